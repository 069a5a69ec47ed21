package io.mvlm.model.projector;

import io.mvlm.core.Activation;
import io.mvlm.core.Execution;
import io.mvlm.model.vision.ClipVisionConfig;
import io.mvlm.model.weights.WeightLoader;

/** LLaVA-1.5's projector (Liu et al. 2023): a perceptron on every feature. */
public final class MlpProjector implements Projector {
  private final Perceptron perceptron;
  private final int tokens;

  MlpProjector(ClipVisionConfig vision, WeightLoader weights) {
    perceptron = Perceptron.load(weights, "mm.0", "mm.2", vision.width());
    tokens = vision.patches();
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public int width() {
    return perceptron.width();
  }

  @Override
  public Activation forward(Execution e, Activation features) {
    return perceptron.forward(e, features);
  }
}
