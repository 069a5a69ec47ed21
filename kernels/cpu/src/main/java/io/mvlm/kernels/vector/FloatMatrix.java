package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.BYTES;
import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;

import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** F32: one vector of sixteen rows for each column. */
final class FloatMatrix extends PanelMatrix {
  private FloatMatrix(int rows, int columns, PackedLayout layout) {
    super(rows, columns, layout);
    layout.requireGroupBytes((long) LinearInput.padded(columns) * PackedLayout.VECTOR);
  }

  static FloatMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int columns = Packer.columns(stacked[0]);
    PackedLayout layout = Packer.pack(context, reader, LinearInput.padded(columns), (file, at, words, lane) -> {
      for (int k = 0; k < columns; k++) {
        words[k * PackedLayout.ROWS + lane] = QuantReader.word(file, at + 4 * k);
      }
    });
    return new FloatMatrix(reader.rows(), columns, layout);
  }

  @Override
  LinearInput.Form vectorForm() {
    return LinearInput.Form.FLOATS;
  }

  @Override
  void multiplyBundle(int row, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch) {
    MemorySegment w = layout.segment(row / PackedLayout.ROWS);
    multiply(w, at(row), at(row + LANES), at(row + 2 * LANES), at(row + 3 * LANES), columns(), x.data(), x.rowOffset(t), y, yo);
  }

  private static void multiply(MemorySegment w, long a, long b, long c, long d, int columns, float[] x, int xo, float[] y, int yo) {
    w = Native.of(w);
    FloatVector sa = FloatVector.zero(FLOATS);
    FloatVector sb = sa;
    FloatVector sc = sa;
    FloatVector sd = sa;
    for (int k = 0; k < columns; k++) {
      long at = (long) k * PackedLayout.VECTOR;
      FloatVector v = FloatVector.broadcast(FLOATS, x[xo + k]);
      sa = FloatVector.fromMemorySegment(FLOATS, w, a + at, ORDER).fma(v, sa);
      sb = FloatVector.fromMemorySegment(FLOATS, w, b + at, ORDER).fma(v, sb);
      sc = FloatVector.fromMemorySegment(FLOATS, w, c + at, ORDER).fma(v, sc);
      sd = FloatVector.fromMemorySegment(FLOATS, w, d + at, ORDER).fma(v, sd);
    }
    sa.intoArray(y, yo);
    sb.intoArray(y, yo + LANES);
    sc.intoArray(y, yo + 2 * LANES);
    sd.intoArray(y, yo + 3 * LANES);
  }

  @Override
  void unpack(int group, int fromColumn, int count, MemorySegment panel, long at) {
    long from = layout.offset(group) + (long) fromColumn * PackedLayout.VECTOR;
    Ranges.check(layout.segment(group), from, (long) count * PackedLayout.VECTOR);
    Ranges.check(panel, at, (count - 1) * F32Tile.ROW_BYTES + PackedLayout.VECTOR);
    copy(layout.segment(group), from, count, panel, at);
  }

  private static void copy(MemorySegment w, long from, int count, MemorySegment panel, long at) {
    w = Native.of(w);
    panel = Native.of(panel);
    for (int k = 0; k < count; k++) {
      for (int lane = 0; lane < PackedLayout.VECTOR; lane += BYTES) {
        FloatVector.fromMemorySegment(FLOATS, w, from + (long) k * PackedLayout.VECTOR + lane, ORDER)
            .intoMemorySegment(panel, at + k * F32Tile.ROW_BYTES + lane, ORDER);
      }
    }
  }
}
