package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;

/** The kernels over rows, by name. */
enum RowKernel {
  ADD(new PointwiseCode.Add()),
  MULTIPLY(new PointwiseCode.Multiply()),
  SCALE(new PointwiseCode.Scale()),
  GELU(new PointwiseCode.Apply(Nonlinearity.GELU)),
  GELU_TANH(new PointwiseCode.Apply(Nonlinearity.GELU_TANH)),
  GELU_QUICK(new PointwiseCode.Apply(Nonlinearity.GELU_QUICK)),
  SILU(new PointwiseCode.Apply(Nonlinearity.SILU)),
  RELU(new PointwiseCode.Apply(Nonlinearity.RELU)),
  HARD_SWISH(new PointwiseCode.Apply(Nonlinearity.HARD_SWISH)),
  HARD_SIGMOID(new PointwiseCode.Apply(Nonlinearity.HARD_SIGMOID)),
  COPY(new PointwiseCode.Apply(Nonlinearity.IDENTITY)),
  GATED_SILU(new PointwiseCode.GatedSilu()),
  RMS_NORM(new NormCode.Rms()),
  LAYER_NORM(new NormCode.Layer()),
  ROTATE_ADJACENT(new RotationCode.Adjacent()),
  ROTATE_HALVES(new RotationCode.Halves());

  private final RowCode code;

  RowKernel(RowCode code) {
    this.code = code;
  }

  RowCode code() {
    return code;
  }

  static RowKernel of(Nonlinearity f) {
    return switch (f) {
      case IDENTITY -> COPY;
      case GELU -> GELU;
      case GELU_TANH -> GELU_TANH;
      case GELU_QUICK -> GELU_QUICK;
      case SILU -> SILU;
      case RELU -> RELU;
      case HARD_SWISH -> HARD_SWISH;
      case HARD_SIGMOID -> HARD_SIGMOID;
    };
  }
}
