package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;

import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.RowReader;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** F16 and BF16: a word holds two neighbouring columns of a row. Odd and padded columns are zero. */
final class HalfMatrix extends PanelMatrix {
  private final boolean brain;

  private HalfMatrix(int rows, int columns, boolean brain, PackedLayout layout) {
    super(rows, columns, layout);
    this.brain = brain;
  }

  static HalfMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int columns = Packer.columns(stacked[0]);
    PackedLayout layout = Packer.pack(context, reader, LinearInput.padded(columns) / 2, (file, at, words, lane) -> {
      for (int i = 0; i < columns / 2; i++) {
        words[i * PackedLayout.ROWS + lane] = QuantReader.word(file, at + 4 * i);
      }
      if (columns % 2 == 1) {
        words[columns / 2 * PackedLayout.ROWS + lane] = QuantReader.half(file, at + 2 * (columns - 1));
      }
    });
    return new HalfMatrix(reader.rows(), columns, stacked[0].type() == TensorType.BF16, layout);
  }

  @Override
  LinearInput.Form vectorForm() {
    return LinearInput.Form.FLOATS;
  }

  @Override
  void multiplyGroup(int group, LinearInput x, int t, float[] y, int yo) {
    for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
      if (brain) {
        multiplyBrain(layout.group(group), lane, columns(), x.data(), x.rowOffset(t), y, yo + lane);
      } else {
        multiplyHalf(layout.group(group), lane, columns(), x.data(), x.rowOffset(t), y, yo + lane);
      }
    }
  }

  private static void multiplyHalf(MemorySegment w, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int k = 0;
    for (; k + 3 < columns; k += 4) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, 32L * k + 4 * lane, ORDER);
      IntVector u = IntVector.fromMemorySegment(INTS, w, 32L * k + 64 + 4 * lane, ORDER);
      a = Lanes.lowerHalf(v).fma(FloatVector.broadcast(FLOATS, x[xo + k] * LinearInput.SCALE), a);
      b = Lanes.upperHalf(v).fma(FloatVector.broadcast(FLOATS, x[xo + k + 1] * LinearInput.SCALE), b);
      c = Lanes.lowerHalf(u).fma(FloatVector.broadcast(FLOATS, x[xo + k + 2] * LinearInput.SCALE), c);
      d = Lanes.upperHalf(u).fma(FloatVector.broadcast(FLOATS, x[xo + k + 3] * LinearInput.SCALE), d);
    }
    for (; k < columns; k++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, 64L * (k / 2) + 4 * lane, ORDER);
      FloatVector f = Lanes.lowerHalf(v.lanewise(VectorOperators.LSHR, k % 2 * 16));
      a = f.fma(FloatVector.broadcast(FLOATS, x[xo + k] * LinearInput.SCALE), a);
    }
    a.add(b).add(c.add(d)).mul(LinearInput.UNSCALE).intoArray(y, yo);
  }

  private static void multiplyBrain(MemorySegment w, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    int k = 0;
    for (; k + 1 < columns; k += 2) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, 32L * k + 4 * lane, ORDER);
      a = lowerBrain(v).fma(FloatVector.broadcast(FLOATS, x[xo + k]), a);
      b = upperBrain(v).fma(FloatVector.broadcast(FLOATS, x[xo + k + 1]), b);
    }
    if (k < columns) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, 32L * k + 4 * lane, ORDER);
      a = lowerBrain(v).fma(FloatVector.broadcast(FLOATS, x[xo + k]), a);
    }
    a.add(b).intoArray(y, yo);
  }

  private static FloatVector lowerBrain(IntVector pairs) {
    return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static FloatVector upperBrain(IntVector pairs) {
    return pairs.and(0xffff0000).reinterpretAsFloats();
  }

  @Override
  void unpack(int group, int fromColumn, int count, float[] panel, int at) {
    MemorySegment w = layout.group(group);
    for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
      long from = 32L * fromColumn + 4 * lane;
      if (brain) {
        unpackBrain(w, from, count, panel, at + lane);
      } else {
        unpackHalf(w, from, count, panel, at + lane);
      }
    }
  }

  /** Shared with attention: {@code count} columns, two to a word, words of neighbouring pairs one {@link PackedLayout#VECTOR} apart. */
  static void unpackHalf(MemorySegment w, long from, int count, float[] panel, int at) {
    for (int k = 0; k < count; k += 2) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, from + 32L * k, ORDER);
      Lanes.lowerHalf(v).mul(0x1p112f).intoArray(panel, at + k * PackedLayout.PANEL);
      Lanes.upperHalf(v).mul(0x1p112f).intoArray(panel, at + (k + 1) * PackedLayout.PANEL);
    }
  }

  private static void unpackBrain(MemorySegment w, long from, int count, float[] panel, int at) {
    for (int k = 0; k < count; k += 2) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, from + 32L * k, ORDER);
      lowerBrain(v).intoArray(panel, at + k * PackedLayout.PANEL);
      upperBrain(v).intoArray(panel, at + (k + 1) * PackedLayout.PANEL);
    }
  }
}
