package io.mvlm.kernels.vector;

import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.RotaryEmbedding.Pairing;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.AttentionChecks;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CausalChecks;
import io.mvlm.kernels.cpu.ImageChecks;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.NormChecks;
import io.mvlm.kernels.cpu.PointwiseChecks;
import io.mvlm.kernels.cpu.RotationChecks;

/** A choice of the checks, in a JVM whose vectors have another width. Prints the width; any other output is a failure. */
final class VectorWidthMain {
  private VectorWidthMain() {}

  public static void main(String[] arguments) {
    try (Backends backends = new Backends()) {
      linear(new LinearChecks(backends, 1));
      AttentionChecks attention = new AttentionChecks(backends, 2);
      attention.attention(9, 2, 33, 1);
      attention.attention(70, 1, 64, 1);
      causal(new CausalChecks(backends));
      rows(backends);
    }
    System.out.println(Lanes.FLOATS.vectorBitSize());
  }

  private static void linear(LinearChecks checks) {
    for (TensorType type : TensorType.values()) {
      checks.product(type, 1);
      checks.product(type, 2);
      checks.product(type, 9);
      checks.embedding(type);
    }
    for (int tokens : new int[] {1, 9}) {
      checks.product(TensorType.F32, 300, 2048, tokens); // three segments of memory, the last one shorter
    }
    checks.stacked(1, TensorType.Q4_0, TensorType.Q6_K, TensorType.Q4_0);
    checks.stacked(8, TensorType.Q8_0, TensorType.F16, TensorType.Q4_K);
    checks.epilogues(TensorType.Q4_K, 1, Nonlinearity.GELU);
  }

  private static void causal(CausalChecks checks) {
    for (TensorType type : new TensorType[] {TensorType.F16, TensorType.F32}) {
      CausalChecks.Sequence sequence = new CausalChecks.Sequence(new KvCache.Spec(1, 2, 20, 60, type), 3, 45, 3);
      checks.run(sequence, 45);
      checks.run(sequence, 1);
      checks.run(sequence, 11);
    }
  }

  private static void rows(Backends backends) {
    PointwiseChecks pointwise = new PointwiseChecks(backends, 4);
    for (Nonlinearity f : Nonlinearity.values()) {
      pointwise.nonlinearity(f, 2, 37);
    }
    pointwise.add(2, 37);
    pointwise.multiplyColumns(2, 37);
    pointwise.gatedSilu(2, 37);
    NormChecks norms = new NormChecks(backends, 5);
    norms.layerNorm(2, 77, 1, 0);
    norms.rmsNorm(2, 77, 1);
    ImageChecks images = new ImageChecks(backends, 6);
    images.depthwise(TensorType.F16, 35, 5, 4, 2, true);
    images.averagePool2(35, 4, 2);
    images.patchEmbedding(TensorType.F16, 17, 3, 5, 10, 15);
    RotationChecks rotations = new RotationChecks(backends, 7);
    rotations.rotate(Pairing.ADJACENT, 2, 20, 10, 1);
    rotations.rotate(Pairing.HALVES, 2, 20, 10, 1);
  }
}
