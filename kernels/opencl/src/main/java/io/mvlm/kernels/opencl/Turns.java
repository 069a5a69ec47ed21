package io.mvlm.kernels.opencl;

import io.mvlm.core.Batch;
import io.mvlm.core.RotaryEmbedding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Cosines and sines of one batch {@code [rows, pairs]}, brought to the device once for all layers. */
final class Turns implements AutoCloseable {
  private final DeviceMemory memory;
  private final CommandQueue queue;
  private RotaryEmbedding rope;
  private Batch batch;
  private DeviceBuffer buffer;

  Turns(DeviceMemory memory, CommandQueue queue) {
    this.memory = memory;
    this.queue = queue;
  }

  DeviceBuffer of(RotaryEmbedding rope, Batch batch) {
    if (this.rope != rope || this.batch != batch) {
      write(rope, batch);
      this.rope = rope;
      this.batch = batch;
    }
    return buffer;
  }

  private void write(RotaryEmbedding rope, Batch batch) {
    int pairs = rope.pairs();
    long bytes = 2L * Float.BYTES * batch.rows() * pairs;
    if (buffer == null || buffer.byteSize() < bytes) {
      close();
      buffer = memory.allocate(bytes);
    }
    MemorySegment turns = queue.stage(bytes);
    for (int r = 0; r < batch.rows(); r++) {
      for (int i = 0; i < pairs; i++) {
        double angle = (double) batch.position(r) * rope.inverseFrequencies()[i];
        long at = 2L * (r * pairs + i);
        turns.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) (Math.cos(angle) * rope.magnitude()));
        turns.setAtIndex(ValueLayout.JAVA_FLOAT, at + 1, (float) (Math.sin(angle) * rope.magnitude()));
      }
    }
    queue.write(buffer, 0, turns);
  }

  @Override
  public void close() {
    if (buffer != null) {
      buffer.close();
      buffer = null;
      batch = null;
    }
  }
}
