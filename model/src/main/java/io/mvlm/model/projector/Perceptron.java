package io.mvlm.model.projector;

import io.mvlm.core.Activation;
import io.mvlm.core.Execution;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Weight;
import io.mvlm.model.weights.WeightLoader;

/**
 * Linear → GELU (the exact one, as trained) → Linear: how every projector begins.
 *
 * @param first {@code [width, d]}
 * @param second {@code [width, width]}
 */
record Perceptron(Weight first, Weight firstBias, Weight second, Weight secondBias) {
  private static final int LARGEST_WIDTH = 1 << 20;

  /** @param d features of the vision transformer; the file's shapes give the width */
  static Perceptron load(WeightLoader weights, String first, String second, int d) {
    long hidden = weights.file().tensor(first + ".weight").shape().rows();
    long width = weights.file().tensor(second + ".weight").shape().rows();
    if (hidden > LARGEST_WIDTH || width > LARGEST_WIDTH) {
      throw new InvalidDataException(weights.file().name() + ": the projector " + first + " has " + hidden + " and " + width
          + " features, expected at most " + LARGEST_WIDTH);
    }
    return new Perceptron(weights.matrix(first + ".weight", hidden, d), weights.vector(first + ".bias", hidden),
        weights.matrix(second + ".weight", width, hidden), weights.vector(second + ".bias", width));
  }

  int width() {
    return (int) second.shape().dimension(0);
  }

  Activation forward(Execution e, Activation x) {
    return e.linear(e.linear(x, first, firstBias, Nonlinearity.GELU), second, secondBias, Nonlinearity.IDENTITY);
  }
}
