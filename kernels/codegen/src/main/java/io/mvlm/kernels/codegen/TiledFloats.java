package io.mvlm.kernels.codegen;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/** Activations as floats in tiles of tokens: column after column, the tokens of the tile; columns padded with zeros as in {@link FloatFormat}. */
final class TiledFloats implements LinearInput.Packed {
  /** @param scatter see {@link FloatCode.Scatter} */
  record Form(Tier tier, Kernel scatter) implements LinearInput.OwnForm {
    @Override
    public LinearInput.Packed newPacked() {
      return new TiledFloats(tier, scatter);
    }
  }

  private final Tier tier;
  private final Kernel scatter;
  private float[] values = new float[0];
  private TilePlan plan;
  private int padded;

  private TiledFloats(Tier tier, Kernel scatter) {
    this.tier = tier;
    this.scatter = scatter;
  }

  @Override
  public void pack(LinearInput x, Workers workers) {
    padded = FloatFormat.padded(x.columns());
    plan = TilePlan.of(x.rows(), FloatCode.mostTokens(tier));
    int length = Math.multiplyExact(x.rows(), padded);
    if (values.length < length) {
      values = new float[length];
    }
    MemorySegment from = MemorySegment.ofArray(x.data());
    MemorySegment to = MemorySegment.ofArray(values);
    workers.forEach(plan.tiles(), 1, (first, last, worker) -> {
      for (int tile = first; tile < last; tile++) {
        int size = plan.size(tile);
        for (int t = 0; t < size; t++) {
          Objects.checkFromIndexSize(x.rowOffset(plan.first(tile) + t), x.columns(), x.data().length);
          scatter.call(0, from, to, 4L * x.rowOffset(plan.first(tile) + t), offset(tile) + 4L * t, 4L * size, x.columns(), 0, 0);
        }
        int end = plan.first(tile) * padded;
        Arrays.fill(values, end + x.columns() * size, end + padded * size, 0f);
      }
    });
  }

  TilePlan plan() {
    return plan;
  }

  MemorySegment segment() {
    return MemorySegment.ofArray(values);
  }

  /** Where a tile begins, in bytes. */
  long offset(int tile) {
    return 4L * plan.first(tile) * padded;
  }
}
