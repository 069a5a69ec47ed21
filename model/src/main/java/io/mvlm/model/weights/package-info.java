/** From tensors in a file to weights in a backend. */
package io.mvlm.model.weights;
