/** The language model. */
package io.mvlm.model.llama;
