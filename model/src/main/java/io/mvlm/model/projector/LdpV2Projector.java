package io.mvlm.model.projector;

import io.mvlm.core.Activation;
import io.mvlm.core.Execution;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.Role;
import io.mvlm.core.Weight;
import io.mvlm.model.vision.ClipVisionConfig;
import io.mvlm.model.weights.WeightLoader;

/**
 * The lightweight downsample projector of MobileVLM V2 (Chu et al. 2024): a perceptron, 2×2 average pooling, and a positional encoding
 * generator, which is a depthwise convolution plus its input.
 */
public final class LdpV2Projector implements Projector {
  private final int grid;
  private final Perceptron perceptron;
  private final Weight peg; // [width, 1, 3, 3]
  private final Weight pegBias;

  LdpV2Projector(ClipVisionConfig vision, WeightLoader weights) {
    grid = vision.grid();
    if (grid % 2 != 0) {
      throw new InvalidDataException(weights.file().name() + ": a grid of " + grid + "×" + grid + " patches cannot be pooled 2×2");
    }
    perceptron = Perceptron.load(weights, "mm.model.mlp.0", "mm.model.mlp.2", vision.width());
    peg = weights.prepare(Role.CONVOLUTION, weights.tensor("mm.model.peg.0.weight", width(), 1, 3, 3));
    pegBias = weights.vector("mm.model.peg.0.bias", width());
  }

  @Override
  public int tokens() {
    return grid / 2 * (grid / 2);
  }

  @Override
  public int width() {
    return perceptron.width();
  }

  @Override
  public Activation forward(Execution e, Activation features) {
    Activation x = e.averagePool2(perceptron.forward(e, features), grid, grid); // [tokens, width]
    return e.add(e.depthwise(x, grid / 2, grid / 2, peg, pegBias, 1), x);
  }
}
