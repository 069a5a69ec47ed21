package io.mvlm.kernels.opencl;

import io.mvlm.core.ActivationStack;

/**
 * Activations in buffers of a device. Commands run in order, so memory that is given out again is not written to before the last command
 * that reads it has ended.
 */
final class DeviceScratch extends ActivationStack<DeviceBuffer, DeviceActivation> {
  private static final int ALIGNMENT = 64;

  private final DeviceMemory memory;

  DeviceScratch(DeviceMemory memory) {
    super(ALIGNMENT);
    this.memory = memory;
  }

  @Override
  protected DeviceBuffer newChunk(int floats) {
    return memory.allocate((long) floats * Float.BYTES);
  }

  @Override
  protected long length(DeviceBuffer chunk) {
    return chunk.byteSize() / Float.BYTES;
  }

  @Override
  protected void free(DeviceBuffer chunk) {
    chunk.close();
  }

  @Override
  protected DeviceActivation matrix(DeviceBuffer chunk, int offset, int rows, int columns) {
    return new DeviceActivation(chunk, offset, rows, columns, columns);
  }
}
