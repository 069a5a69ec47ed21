/** From logits to the next token: generation options, the sampler, and the search for stop strings in streamed text. */
package io.mvlm.model.sampling;
