/** CLIP's vision transformer. */
package io.mvlm.model.vision;
