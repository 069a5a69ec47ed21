package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;

import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * F16 and BF16: the 16-bit floats of a column's sixteen rows stand together, {@code [columns, 16]}. Products read a few columns at a time as
 * floats: the conversion is a plain loop, which C2 turns into the processor's own instruction. That one is exact for subnormals and takes them
 * at full speed, where arithmetic on the bits would feed subnormal floats to the multiplier (a hundred cycles each on some processors).
 */
final class HalfMatrix extends PanelMatrix {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  /** Columns that a product with few tokens converts at a time: 8 KiB of floats. */
  private static final int STEP = 128;

  private final boolean brain;

  private HalfMatrix(int rows, int columns, boolean brain, PackedLayout layout) {
    super(rows, columns, layout);
    layout.requireGroupBytes(2L * PackedLayout.ROWS * LinearInput.padded(columns));
    this.brain = brain;
  }

  static HalfMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int columns = Packer.columns(stacked[0]);
    PackedLayout layout = Packer.pack(context, reader, LinearInput.padded(columns) / 2, (file, at, words, lane) -> {
      // Two rows share the words of a column. They come in order, so the even one may overwrite what the last group left.
      int shift = lane % 2 * 16;
      for (int k = 0, word = lane / 2; k < columns; k++, word += PackedLayout.ROWS / 2) {
        int bits = QuantReader.half(file, at + 2 * k);
        words[word] = shift == 0 ? bits : words[word] | bits << 16;
      }
    });
    return new HalfMatrix(reader.rows(), columns, stacked[0].type() == TensorType.BF16, layout);
  }

  @Override
  LinearInput.Form vectorForm() {
    return LinearInput.Form.FLOATS;
  }

  @Override
  void multiplyBundle(int row, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch) {
    float[] strip = scratch.floats(2, STEP * PackedLayout.ROWS);
    Arrays.fill(y, yo, yo + PackedLayout.BUNDLE, 0f);
    for (int from = 0; from < columns(); from += STEP) {
      int count = Math.min(STEP, columns() - from);
      for (int r = 0; r < PackedLayout.BUNDLE; r += PackedLayout.ROWS) {
        int group = Math.min((row + r) / PackedLayout.ROWS, layout.groups() - 1);
        toFloats(group, from, count, strip);
        for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
          multiplyAdd(strip, lane, count, x.data(), x.rowOffset(t) + from, y, yo + r + lane);
        }
      }
    }
  }

  /** y[yo + r] += Σ_k strip[16·k + at + r]·x[xo + k] for the rows r of a vector. */
  private static void multiplyAdd(float[] strip, int at, int count, float[] x, int xo, float[] y, int yo) {
    FloatVector a = FloatVector.fromArray(FLOATS, y, yo);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = b;
    FloatVector d = b;
    int k = 0;
    for (; k + 3 < count; k += 4) {
      int p = at + PackedLayout.ROWS * k;
      a = FloatVector.fromArray(FLOATS, strip, p).fma(FloatVector.broadcast(FLOATS, x[xo + k]), a);
      b = FloatVector.fromArray(FLOATS, strip, p + PackedLayout.ROWS).fma(FloatVector.broadcast(FLOATS, x[xo + k + 1]), b);
      c = FloatVector.fromArray(FLOATS, strip, p + 2 * PackedLayout.ROWS).fma(FloatVector.broadcast(FLOATS, x[xo + k + 2]), c);
      d = FloatVector.fromArray(FLOATS, strip, p + 3 * PackedLayout.ROWS).fma(FloatVector.broadcast(FLOATS, x[xo + k + 3]), d);
    }
    for (; k < count; k++) {
      a = FloatVector.fromArray(FLOATS, strip, at + PackedLayout.ROWS * k).fma(FloatVector.broadcast(FLOATS, x[xo + k]), a);
    }
    a.add(b).add(c.add(d)).intoArray(y, yo);
  }

  @Override
  void unpack(int group, int fromColumn, int count, MemorySegment strip, long at, WorkerScratch scratch) {
    // By way of an array: C2 does not vectorise a loop from native memory to native memory, which might overlap.
    float[] step = scratch.floats(2, STEP * PackedLayout.ROWS);
    for (int from = 0; from < count; from += STEP) {
      int columns = Math.min(STEP, count - from);
      toFloats(group, fromColumn + from, columns, step);
      MemorySegment.copy(step, 0, strip, ValueLayout.JAVA_FLOAT, at + from * F32Tile.STRIP_BYTES, columns * PackedLayout.ROWS);
    }
  }

  /** target[16·k + r] = w[r][fromColumn + k] for k in [0, count). */
  private void toFloats(int group, int fromColumn, int count, float[] target) {
    long from = layout.offset(group) + 2L * PackedLayout.ROWS * fromColumn;
    if (brain) {
      fromBrain(layout.segment(group), from, target, count * PackedLayout.ROWS);
    } else {
      fromHalf(layout.segment(group), from, target, count * PackedLayout.ROWS);
    }
  }

  private static void fromHalf(MemorySegment w, long from, float[] target, int n) {
    for (int i = 0; i < n; i++) {
      target[i] = Float.float16ToFloat(w.get(SHORT, from + 2L * i));
    }
  }

  /** A bfloat16 is the upper half of a float. @param n a multiple of 16 */
  private static void fromBrain(MemorySegment w, long from, float[] target, int n) {
    Ranges.check(w, from, 2L * n);
    Ranges.check(target, 0, n);
    for (int i = 0; i < n; i += LANES) {
      ShortVector halves = ShortVector.fromMemorySegment(Lanes.HALF_SHORTS, w, from + 2L * i, Lanes.ORDER);
      IntVector words = (IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0);
      words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(target, i);
    }
  }
}
