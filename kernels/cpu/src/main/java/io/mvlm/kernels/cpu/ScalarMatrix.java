package io.mvlm.kernels.cpu;

import io.mvlm.core.BlockCodec;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The matrix as the file holds it; each row is dequantised when it is needed and multiplied with float activations. */
final class ScalarMatrix extends PackedMatrix {
  private static final int ROWS = 16;

  private final BlockCodec codec;
  private final long rowBytes;
  private final List<MemorySegment> units;

  private ScalarMatrix(int rows, int columns, TensorType type, List<MemorySegment> units) {
    super(rows, columns);
    this.codec = type.codec();
    this.rowBytes = type.byteSize(columns);
    this.units = units;
  }

  static ScalarMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int count = (reader.rows() + ROWS - 1) / ROWS;
    MemorySegment[] units = new MemorySegment[count];
    context.workers().forEach(count, 1, (from, to, worker) -> {
      for (int u = from; u < to; u++) {
        int rows = Math.min(ROWS, reader.rows() - u * ROWS);
        units[u] = context.allocate(rows * reader.rowBytes());
        units[u].copyFrom(reader.read(u * ROWS, rows, context.scratch(worker)));
      }
    });
    return new ScalarMatrix(reader.rows(), Math.toIntExact(stacked[0].shape().columns()), stacked[0].type(), List.of(units));
  }

  @Override
  public long byteSize() {
    return rowBytes * rows();
  }

  @Override
  public int unitRows(int tokens) {
    return ROWS;
  }

  @Override
  public LinearInput.Form inputForm(int tokens) {
    return LinearInput.Form.FLOATS;
  }

  @Override
  public void multiply(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    float[] w = scratch.floats(0, columns());
    for (int r = fromRow; r < toRow; r++) {
      readRow(r, w, 0, scratch);
      for (int t = 0; t < x.rows(); t++) {
        y[yOffset + t * yStride + r] = dot(x.data(), x.rowOffset(t), w, columns());
      }
    }
  }

  /** Four sums side by side: a quarter of the rounding error and of the latency of one. */
  private static float dot(float[] x, int xo, float[] w, int n) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int k = 0;
    for (; k + 3 < n; k += 4) {
      a += x[xo + k] * w[k];
      b += x[xo + k + 1] * w[k + 1];
      c += x[xo + k + 2] * w[k + 2];
      d += x[xo + k + 3] * w[k + 3];
    }
    for (; k < n; k++) {
      a += x[xo + k] * w[k];
    }
    return a + b + (c + d);
  }

  @Override
  public void readRow(int row, float[] target, int offset, WorkerScratch scratch) {
    codec.dequantize(units.get(row / ROWS), row % ROWS * rowBytes, target, offset, columns());
  }
}
