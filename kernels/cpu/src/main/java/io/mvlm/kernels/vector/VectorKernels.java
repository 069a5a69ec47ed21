package io.mvlm.kernels.vector;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKvCache;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.ScalarKernels;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * The table of Vector API kernels. Products of quantised weights with up to three rows take activations rounded to 8 bits in blocks of 32;
 * everything else computes in 32-bit floats.
 */
public final class VectorKernels extends ScalarKernels {
  /** @throws BackendUnavailableException if vectors are not of 128, 256 or 512 bits */
  static void requireLanes() {
    if (!Lanes.fit()) {
      throw new BackendUnavailableException("the vector backend needs vectors of 128, 256 or 512 bits, this JVM prefers "
          + Lanes.FLOATS.vectorBitSize() + " (-XX:MaxVectorSize=64 limits it to 512)");
    }
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public String description() {
    return "Vector API, " + Lanes.FLOATS.vectorBitSize() + " bit";
  }

  @Override
  public PackedMatrix pack(PackingContext context, Tensor... stacked) {
    return switch (stacked[0].type()) {
      case F32 -> FloatMatrix.pack(context, stacked);
      case F16, BF16 -> HalfMatrix.pack(context, stacked);
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS -> QuantMatrix.pack(context, stacked);
    };
  }

  @Override
  public void packTile(float[] x, int offset, int stride, int rows, int columns, float[] target, int targetOffset, int padded) {
    if (rows == LinearInput.TILE && columns == padded) {
      VectorRows.packTile(x, offset, stride, columns, target, targetOffset);
    } else {
      super.packTile(x, offset, stride, rows, columns, target, targetOffset, padded);
    }
  }

  @Override
  public void quantize(float[] x, int offset, int columns, int[] pairs, int pairOffset, float[] scales, int scaleOffset, int[] sums,
      int sumOffset, int padded) {
    if (columns == padded) {
      VectorRows.quantize(x, offset, columns, pairs, pairOffset, scales, scaleOffset, sums, sumOffset);
    } else {
      super.quantize(x, offset, columns, pairs, pairOffset, scales, scaleOffset, sums, sumOffset, padded);
    }
  }

  @Override
  public void add(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    int done = VectorPointwise.add(x, xo, y, yo, z, zo, n);
    super.add(x, xo + done, y, yo + done, z, zo + done, n - done);
  }

  @Override
  public void multiply(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    int done = VectorPointwise.multiply(x, xo, y, yo, z, zo, n);
    super.multiply(x, xo + done, y, yo + done, z, zo + done, n - done);
  }

  @Override
  public void multiplyAdd(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    int done = VectorPointwise.multiplyAdd(x, xo, y, yo, z, zo, n);
    super.multiplyAdd(x, xo + done, y, yo + done, z, zo + done, n - done);
  }

  @Override
  public void scale(float[] x, int xo, float factor, float[] z, int zo, int n) {
    int done = VectorPointwise.scale(x, xo, factor, z, zo, n);
    super.scale(x, xo + done, factor, z, zo + done, n - done);
  }

  @Override
  public void apply(Nonlinearity f, float[] x, int xo, float[] y, int yo, int n) {
    int done = VectorPointwise.apply(f, x, xo, y, yo, n);
    super.apply(f, x, xo + done, y, yo + done, n - done);
  }

  @Override
  public void gatedSilu(float[] gate, int go, float[] up, int uo, float[] y, int yo, int n) {
    int done = VectorPointwise.gatedSilu(gate, go, up, uo, y, yo, n);
    super.gatedSilu(gate, go + done, up, uo + done, y, yo + done, n - done);
  }

  @Override
  public void layerNorm(float[] x, int xo, float[] gain, float[] bias, float eps, float[] y, int yo, int n) {
    VectorRows.layerNorm(x, xo, gain, bias, eps, y, yo, n);
  }

  @Override
  public void rmsNorm(float[] x, int xo, float[] gain, float eps, float[] y, int yo, int n) {
    VectorRows.rmsNorm(x, xo, gain, eps, y, yo, n);
  }

  @Override
  public void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow,
      int toRow, float[] y, int yo, int yStride, WorkerScratch scratch) {
    VectorAttention.attend(q, qo, k, ko, v, vo, stride, n, headSize, scale, fromRow, toRow, y, yo, yStride, scratch);
  }

  @Override
  public void attendCached(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int qStride, int rows, int firstPosition, int group,
      float scale, float[] y, int yo, int yStride, WorkerScratch scratch) {
    VectorAttention.attendCached(cache, layer, kvHead, q, qo, qStride, rows, firstPosition, group, scale, y, yo, yStride, scratch);
  }

  @Override
  public long sumWords(MemorySegment memory, long offset, int bytes) {
    return VectorCeilings.sumWords(memory, offset, bytes);
  }

  @Override
  public long multiplyAddPeak(int rounds, WorkerScratch scratch) {
    return VectorCeilings.multiplyAdds(rounds, scratch.floats(0, VectorCeilings.SUMS));
  }
}
