/** From features of the vision transformer to tokens of the language model. */
package io.mvlm.model.projector;
