package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.CpuKvCache;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * The table of generated kernels. What is not generated falls through to another table, the Vector API's or the scalar one: it is held, not
 * inherited from, so that nothing of the Vector API is linked where its module is missing.
 */
final class CodegenKernels implements CpuKernels {
  private final Kernels kernels;
  private final CpuKernels others;
  private final Attention attention;

  CodegenKernels(Tier tier, CpuKernels others) {
    this.kernels = Kernels.of(tier);
    this.others = others;
    this.attention = new Attention(kernels);
  }

  @Override
  public String name() {
    return "codegen";
  }

  @Override
  public String description() {
    return "generated code for " + kernels.tier().description() + ", the rest " + others.description();
  }

  @Override
  public PackedMatrix pack(PackingContext context, Tensor... stacked) {
    if (stacked[0].shape().columns() == 0) {
      return others.pack(context, stacked); // the loops of generated products run at least once
    }
    BlockFormat blocks = BlockFormat.of(stacked[0].type());
    if (blocks != null) {
      return QuantMatrix.pack(context, blocks, kernels, stacked);
    }
    FloatFormat floats = FloatFormat.of(stacked[0].type());
    return floats == null ? others.pack(context, stacked) : FloatMatrix.pack(context, floats, kernels, stacked);
  }

  @Override
  public void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow,
      int toRow, float[] y, int yo, int yStride, WorkerScratch scratch) {
    attention.attend(q, qo, k, ko, v, vo, stride, n, headSize, scale, fromRow, toRow, y, yo, yStride, scratch);
  }

  @Override
  public void attendCached(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int qStride, int rows, int firstPosition, int group,
      float scale, float[] y, int yo, int yStride, WorkerScratch scratch) {
    attention.attendCached(cache, layer, kvHead, q, qo, qStride, rows, firstPosition, group, scale, y, yo, yStride, scratch);
  }

  // ---- not generated

  @Override
  public void packTile(float[] x, int offset, int stride, int rows, int columns, float[] target, int targetOffset, int padded) {
    others.packTile(x, offset, stride, rows, columns, target, targetOffset, padded);
  }

  @Override
  public void quantize(float[] x, int offset, int columns, int[] pairs, int pairOffset, float[] scales, int scaleOffset, int[] sums,
      int sumOffset, int padded) {
    others.quantize(x, offset, columns, pairs, pairOffset, scales, scaleOffset, sums, sumOffset, padded);
  }

  @Override
  public void add(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    others.add(x, xo, y, yo, z, zo, n);
  }

  @Override
  public void multiply(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    others.multiply(x, xo, y, yo, z, zo, n);
  }

  @Override
  public void multiplyAdd(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    others.multiplyAdd(x, xo, y, yo, z, zo, n);
  }

  @Override
  public void scale(float[] x, int xo, float factor, float[] z, int zo, int n) {
    others.scale(x, xo, factor, z, zo, n);
  }

  @Override
  public void apply(Nonlinearity f, float[] x, int xo, float[] y, int yo, int n) {
    others.apply(f, x, xo, y, yo, n);
  }

  @Override
  public void gatedSilu(float[] gate, int go, float[] up, int uo, float[] y, int yo, int n) {
    others.gatedSilu(gate, go, up, uo, y, yo, n);
  }

  @Override
  public void layerNorm(float[] x, int xo, float[] gain, float[] bias, float eps, float[] y, int yo, int n) {
    others.layerNorm(x, xo, gain, bias, eps, y, yo, n);
  }

  @Override
  public void rmsNorm(float[] x, int xo, float[] gain, float eps, float[] y, int yo, int n) {
    others.rmsNorm(x, xo, gain, eps, y, yo, n);
  }

  @Override
  public void rotateAdjacent(float[] x, int xo, float[] cos, float[] sin, int at, int pairs) {
    others.rotateAdjacent(x, xo, cos, sin, at, pairs);
  }

  @Override
  public void rotateHalves(float[] x, int xo, float[] cos, float[] sin, int at, int pairs) {
    others.rotateHalves(x, xo, cos, sin, at, pairs);
  }

  @Override
  public long sumWords(MemorySegment memory, long offset, int bytes) {
    return others.sumWords(memory, offset, bytes);
  }

  @Override
  public long multiplyAddPeak(int rounds, WorkerScratch scratch) {
    return others.multiplyAddPeak(rounds, scratch);
  }
}
