package io.mvlm.kernels.opencl;

import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Brings tensors to the device: some megabytes of rows at a time are read from the file, and their blocks taken apart into the planes of
 * the {@link BlockLayout}. Where device and processor share their memory, the planes are those of the mapped buffer; elsewhere the
 * processor fills memory of its own, which is copied to the device. On the backend's worker.
 */
final class WeightUpload {
  /** Bytes of rows that are read at once. */
  private static final long CHUNK = 4 << 20;

  private final DeviceMemory memory;
  private final CommandQueue queue;
  private final boolean unified;

  WeightUpload(DeviceMemory memory, CommandQueue queue, boolean unified) {
    this.memory = memory;
    this.queue = queue;
    this.unified = unified;
  }

  DeviceVector vector(Shape shape, float... values) {
    return new DeviceVector(shape, memory.filled((long) values.length * Float.BYTES, buffer -> {
      MemorySegment staged = queue.stage((long) values.length * Float.BYTES);
      MemorySegment.copy(values, 0, staged, ValueLayout.JAVA_FLOAT, 0, values.length);
      queue.write(buffer, 0, staged);
      queue.finish();
    }));
  }

  /** Neighbours of one type become one part, unless that exceeds the largest buffer. @param shape {@code [sum of rows, columns]} */
  DeviceMatrix matrix(Shape shape, Tensor... stacked) {
    List<MatrixPart> parts = new ArrayList<>();
    try {
      addParts(parts, Math.toIntExact(shape.columns()), stacked);
    } catch (Throwable e) {
      parts.forEach(part -> part.buffer().close());
      throw e;
    }
    return new DeviceMatrix(shape, List.copyOf(parts));
  }

  private void addParts(List<MatrixPart> parts, int columns, Tensor... stacked) {
    int first = 0;
    for (int from = 0, to; from < stacked.length; from = to) {
      for (to = from + 1; to < stacked.length && stacked[to].type() == stacked[from].type(); to++) {
        // extend the run
      }
      Tensor[] run = Arrays.copyOfRange(stacked, from, to);
      int rows = Math.toIntExact(Arrays.stream(run).mapToLong(tensor -> tensor.shape().rows()).sum());
      for (int begin = 0, end; begin < rows; begin = end) {
        end = begin + rowsOfBuffer(BlockLayout.of(run[0].type()), rows - begin, columns);
        parts.add(part(run, columns, begin, end, first));
      }
      first += rows;
    }
  }

  /** How many of {@code rows} fit into the largest buffer, whose offsets must fit 32 bits as well. */
  private int rowsOfBuffer(BlockLayout layout, int rows, int columns) {
    int fitting = rows;
    while (fitting > 1 && layout.planes(fitting, columns)[4] > Math.min(memory.largestBuffer(), 0xffff_ffffL)) {
      fitting = (fitting + 1) / 2;
    }
    return fitting;
  }

  /** Rows {@code [begin, end)} of the run. @param first the row of the whole matrix at which the run starts */
  private MatrixPart part(Tensor[] run, int columns, int begin, int end, int first) {
    BlockLayout layout = BlockLayout.of(run[0].type());
    long[] planes = layout.planes(end - begin, columns);
    DeviceBuffer filled = memory.filled(planes[4], buffer -> read(run, columns, begin, end, layout, planes, buffer));
    return new MatrixPart(layout, filled, planes, end - begin, columns, first + begin);
  }

  private void read(Tensor[] run, int columns, int begin, int end, BlockLayout layout, long[] planes, DeviceBuffer buffer) {
    try (Destination destination = unified ? new Mapped(buffer) : new Staged(buffer); Arena arena = Arena.ofConfined()) {
      long rowBytes = layout.type().byteSize(columns);
      int step = Math.clamp(CHUNK / Math.max(1, rowBytes), 1, end - begin);
      MemorySegment raw = arena.allocate(rowBytes * step, Long.BYTES);
      int start = 0; // of the tensor at hand, in the run
      for (Tensor tensor : run) {
        int stop = start + (int) tensor.shape().rows();
        for (int r = Math.max(begin, start); r < Math.min(end, stop); r += step) {
          int count = Math.min(step, Math.min(end, stop) - r);
          MemorySegment some = raw.asSlice(0, rowBytes * count);
          tensor.data().read((r - start) * rowBytes, some);
          layout.spread(some, r - begin, count, columns, planes, destination);
          destination.flush();
        }
        start = stop;
      }
    }
  }

  private interface Destination extends BlockLayout.Target, AutoCloseable {
    /** What was written is on its way. */
    void flush();

    @Override
    void close();
  }

  private final class Mapped implements Destination {
    private final DeviceBuffer buffer;
    private final MemorySegment memory;

    Mapped(DeviceBuffer buffer) {
      this.buffer = buffer;
      this.memory = queue.map(buffer);
    }

    @Override
    public MemorySegment at(long offset, long bytes) {
      return memory.asSlice(offset, bytes);
    }

    @Override
    public void flush() {
      // it is there already
    }

    @Override
    public void close() {
      queue.unmap(buffer, memory);
      queue.finish();
    }
  }

  private final class Staged implements Destination {
    private final DeviceBuffer buffer;

    private record Piece(long offset, MemorySegment bytes) {}

    private final List<Piece> pieces = new ArrayList<>();

    Staged(DeviceBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public MemorySegment at(long offset, long bytes) {
      MemorySegment staged = queue.stage(bytes);
      pieces.add(new Piece(offset, staged));
      return staged;
    }

    @Override
    public void flush() {
      pieces.forEach(piece -> queue.write(buffer, piece.offset(), piece.bytes()));
      pieces.clear();
      queue.finish();
    }

    @Override
    public void close() {
      queue.finish();
    }
  }
}
