package io.mvlm.kernels.cpu;

import io.mvlm.core.Batch;
import io.mvlm.core.RotaryEmbedding;

/** Sines and cosines of one batch {@code [rows, pairs]}, computed once for all layers. */
final class Rotations {
  private RotaryEmbedding rope;
  private Batch batch;
  private float[] cos = new float[0];
  private float[] sin = new float[0];

  void set(RotaryEmbedding rope, Batch batch) {
    if (this.rope == rope && this.batch == batch) {
      return;
    }
    int pairs = rope.pairs();
    if (cos.length < batch.rows() * pairs) {
      cos = new float[batch.rows() * pairs];
      sin = new float[batch.rows() * pairs];
    }
    for (int r = 0; r < batch.rows(); r++) {
      for (int i = 0; i < pairs; i++) {
        double angle = (double) batch.position(r) * rope.inverseFrequencies()[i];
        cos[r * pairs + i] = (float) (Math.cos(angle) * rope.magnitude());
        sin[r * pairs + i] = (float) (Math.sin(angle) * rope.magnitude());
      }
    }
    this.rope = rope;
    this.batch = batch;
  }

  float[] cos() {
    return cos;
  }

  float[] sin() {
    return sin;
  }
}
