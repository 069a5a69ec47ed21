package io.mvlm.model.projector;

import io.mvlm.core.Activation;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Weight;
import io.mvlm.model.vision.ClipVisionConfig;
import io.mvlm.model.weights.WeightLoader;

/**
 * The lightweight downsample projector of MobileVLM V1 (Chu et al. 2023): a perceptron, then two inverted-residual blocks as in MobileNetV3
 * (Howard et al. 2019), of which the second halves the grid.
 */
public final class LdpProjector implements Projector {
  private final int grid;
  private final float eps;
  private final Perceptron perceptron;
  private final InvertedResidual same;
  private final InvertedResidual down;

  /**
   * Depthwise 3×3, norm, HardSwish; squeeze and excite; pointwise, norm.
   *
   * @param depthwise {@code [width, 1, 3, 3]}, without bias
   * @param squeeze {@code [width/4, width]}
   * @param excite {@code [width, width/4]}
   * @param pointwise {@code [width, width]}: a 1×1 convolution, which with channels last is a linear layer; without bias
   */
  private record InvertedResidual(Weight depthwise, Weight norm1, Weight norm1Bias, Weight squeeze, Weight squeezeBias, Weight excite,
      Weight exciteBias, Weight pointwise, Weight norm2, Weight norm2Bias) {}

  LdpProjector(ClipVisionConfig vision, WeightLoader weights) {
    grid = vision.grid();
    eps = vision.eps();
    perceptron = Perceptron.load(weights, "mm.model.mlp.1", "mm.model.mlp.3", vision.width());
    same = block(weights, "mm.model.mb_block.1.block.", width());
    down = block(weights, "mm.model.mb_block.2.block.", width());
  }

  private static InvertedResidual block(WeightLoader weights, String name, int width) {
    long squeezed = weights.file().tensor(name + "1.fc1.bias").shape().elements();
    return new InvertedResidual(weights.prepare(Role.CONVOLUTION, weights.tensor(name + "0.0.weight", width, 1, 3, 3)),
        weights.vector(name + "0.1.weight", width), weights.vector(name + "0.1.bias", width),
        weights.matrix(name + "1.fc1.weight", squeezed, width), weights.vector(name + "1.fc1.bias", squeezed),
        weights.matrix(name + "1.fc2.weight", width, squeezed), weights.vector(name + "1.fc2.bias", width),
        weights.matrix(name + "2.0.weight", width, width), weights.vector(name + "2.1.weight", width),
        weights.vector(name + "2.1.bias", width));
  }

  @Override
  public int tokens() {
    return (grid + 1) / 2 * ((grid + 1) / 2);
  }

  @Override
  public int width() {
    return perceptron.width();
  }

  @Override
  public Activation forward(Execution e, Activation features) {
    Activation x = perceptron.forward(e, features); // [grid², width]
    x = e.add(forward(e, x, same, 1), x);
    return forward(e, x, down, 2); // [tokens, width]
  }

  private Activation forward(Execution e, Activation x, InvertedResidual block, int stride) {
    Activation h = e.depthwise(x, grid, grid, block.depthwise, null, stride);
    h = e.apply(Nonlinearity.HARD_SWISH, e.layerNorm(h, block.norm1, block.norm1Bias, eps));
    Activation squeezed = e.linear(e.globalAveragePool(h), block.squeeze, block.squeezeBias, Nonlinearity.RELU);
    h = e.multiplyColumns(h, e.linear(squeezed, block.excite, block.exciteBias, Nonlinearity.HARD_SIGMOID));
    h = e.linear(h, block.pointwise, null, Nonlinearity.IDENTITY);
    return e.layerNorm(h, block.norm2, block.norm2Bias, eps);
  }
}
