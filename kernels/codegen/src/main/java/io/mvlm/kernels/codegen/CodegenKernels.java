package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuActivation;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.CpuKvCache;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The table of generated kernels. Weights of types that are not generated fall through to another table, the Vector API's or the scalar one:
 * it is held, not inherited from, and made when it is needed, so that nothing of the Vector API is linked, nor its module asked for, before.
 */
final class CodegenKernels implements CpuKernels {
  private final Kernels kernels;
  private final Supplier<CpuKernels> others;
  private final RowCalls rows;
  private final Depthwise depthwise;
  private final CacheStore store;
  private final Attention attention;

  /** @param others for weights of types that are not generated; asked when there are some */
  CodegenKernels(Tier tier, Supplier<CpuKernels> others) {
    this.kernels = Kernels.of(tier);
    this.others = others;
    this.rows = new RowCalls(kernels);
    this.depthwise = new Depthwise(kernels);
    this.store = new CacheStore(kernels);
    this.attention = new Attention(kernels);
  }

  CodegenKernels(Tier tier, CpuKernels others) {
    this(tier, () -> others);
  }

  @Override
  public String name() {
    return "codegen";
  }

  @Override
  public String description() {
    return "generated code for " + kernels.tier().description();
  }

  /** Whether products with weights of that type are generated; others go to the kernels behind these. */
  static boolean generates(TensorType type) {
    return BlockFormat.of(type) != null || FloatFormat.of(type) != null;
  }

  @Override
  public PackedMatrix pack(PackingContext context, Tensor... stacked) {
    if (stacked[0].shape().columns() == 0) {
      return others.get().pack(context, stacked); // the loops of generated products run at least once
    }
    BlockFormat blocks = BlockFormat.of(stacked[0].type());
    if (blocks != null) {
      return QuantMatrix.pack(context, blocks, kernels, stacked);
    }
    FloatFormat floats = FloatFormat.of(stacked[0].type());
    return floats == null ? others.get().pack(context, stacked) : FloatMatrix.pack(context, floats, kernels, stacked);
  }

  @Override
  public void store(CpuKvCache cache, int layer, int position, int rows, float[] k, int ko, int kStride, float[] v, int vo, int vStride) {
    store.store(cache, layer, position, rows, k, ko, kStride, v, vo, vStride);
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
    others.get().packTile(x, offset, stride, rows, columns, target, targetOffset, padded);
  }

  @Override
  public void quantize(float[] x, int offset, int columns, int[] pairs, int pairOffset, float[] scales, int scaleOffset, int[] sums,
      int sumOffset, int padded) {
    others.get().quantize(x, offset, columns, pairs, pairOffset, scales, scaleOffset, sums, sumOffset, padded);
  }

  @Override
  public void add(CpuActivation x, CpuActivation y, CpuActivation z) {
    rows.combine(RowKernel.ADD, x, y, z);
  }

  @Override
  public void multiply(CpuActivation x, CpuActivation y, CpuActivation z) {
    rows.combine(RowKernel.MULTIPLY, x, y, z);
  }

  @Override
  public void scale(CpuActivation x, float factor, CpuActivation z) {
    rows.scale(x, factor, z);
  }

  @Override
  public void apply(Nonlinearity f, CpuActivation x, CpuActivation y) {
    rows.apply(f, x, y);
  }

  @Override
  public void gatedSilu(CpuActivation gate, CpuActivation up, CpuActivation y) {
    rows.combine(RowKernel.GATED_SILU, gate, up, y);
  }

  @Override
  public void layerNorm(CpuActivation x, float[] gain, float[] bias, float eps, CpuActivation y) {
    rows.layerNorm(x, gain, bias, eps, y);
  }

  @Override
  public void rmsNorm(CpuActivation x, float[] gain, float eps, CpuActivation y) {
    rows.rmsNorm(x, gain, eps, y);
  }

  @Override
  public void rotateAdjacent(CpuActivation x, int headSize, float[] cos, float[] sin, int at, int pairs) {
    rows.rotate(RowKernel.ROTATE_ADJACENT, x, headSize, cos, sin, at, pairs);
  }

  @Override
  public void rotateHalves(CpuActivation x, int headSize, float[] cos, float[] sin, int at, int pairs) {
    rows.rotate(RowKernel.ROTATE_HALVES, x, headSize, cos, sin, at, pairs);
  }

  @Override
  public void depthwise(CpuActivation x, int height, int width, float[] taps, float[] bias, int stride, CpuActivation y, int from, int to) {
    depthwise.filter(x, height, width, taps, bias, stride, y, from, to);
  }

  @Override
  public long sumWords(MemorySegment memory, long offset, int bytes) {
    Objects.checkFromIndexSize(offset, bytes, memory.byteSize());
    long[] sums = new long[kernels.tier().bits() / Long.SIZE];
    if (bytes > 0) {
      kernels.ceilings().sum().call(0, memory, MemorySegment.ofArray(sums), bytes, offset, 0, 0, 0, 0);
    }
    return Arrays.stream(sums).sum();
  }

  @Override
  public long multiplyAddPeak(int rounds, WorkerScratch scratch) {
    int sums = Ceilings.PEAK_VECTORS * kernels.tier().lanes();
    MemorySegment target = MemorySegment.ofArray(scratch.floats(0, sums));
    if (rounds > 0) {
      kernels.ceilings().peak().call(0, MemorySegment.NULL, target, rounds, 0, 0, 0, 0, 0);
    }
    return (long) rounds * sums;
  }
}
