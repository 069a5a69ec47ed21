package io.mvlm.core;

/** The kernels of convolutions in the order in which backends compute with them. */
public final class ConvolutionKernels {
  private ConvolutionKernels() {}

  /** Kernel {@code [d, c, p, p]} as the matrix {@code [d, c·p·p]} that unfolded patches are multiplied with. */
  public static Tensor matrix(Tensor kernel) {
    long d = kernel.shape().dimension(0);
    return new Tensor(kernel.name(), kernel.type(), Shape.of(d, kernel.shape().elements() / Math.max(1, d)), kernel.data());
  }

  /** Depthwise kernel {@code [c, 1, 3, 3]} as {@code [9, c]}: channels are fastest, as in images. */
  public static float[] channelsLast(Tensor kernel) {
    int channels = (int) kernel.shape().dimension(0);
    int taps = Math.toIntExact(kernel.shape().elements() / Math.max(1, channels));
    float[] values = kernel.toFloats();
    float[] transposed = new float[values.length];
    for (int c = 0; c < channels; c++) {
      for (int tap = 0; tap < taps; tap++) {
        transposed[tap * channels + c] = values[c * taps + tap];
      }
    }
    return transposed;
  }
}
