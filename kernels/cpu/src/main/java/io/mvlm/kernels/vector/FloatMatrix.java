package io.mvlm.kernels.vector;

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
  void multiplyGroup(int group, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch) {
    MemorySegment w = layout.group(group);
    for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
      multiply(w, 4L * lane, columns(), x.data(), x.rowOffset(t), y, yo + lane);
    }
  }

  private static void multiply(MemorySegment w, long at, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    int k = 0;
    for (; k + 1 < columns; k += 2) {
      a = column(w, at, k).fma(FloatVector.broadcast(FLOATS, x[xo + k]), a);
      b = column(w, at, k + 1).fma(FloatVector.broadcast(FLOATS, x[xo + k + 1]), b);
    }
    if (k < columns) {
      a = column(w, at, k).fma(FloatVector.broadcast(FLOATS, x[xo + k]), a);
    }
    a.add(b).intoArray(y, yo);
  }

  private static FloatVector column(MemorySegment w, long at, int k) {
    return FloatVector.fromMemorySegment(FLOATS, w, at + (long) k * PackedLayout.VECTOR, ORDER);
  }

  @Override
  void unpack(int group, int fromColumn, int count, MemorySegment strip, long at, WorkerScratch scratch) {
    MemorySegment.copy(layout.group(group), (long) fromColumn * PackedLayout.VECTOR, strip, at, (long) count * PackedLayout.VECTOR);
  }
}
