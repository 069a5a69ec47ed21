package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.CL_MEM_ALLOC_HOST_PTR;
import static org.lwjgl.opencl.CL10.CL_MEM_READ_WRITE;
import static org.lwjgl.opencl.CL10.nclCreateBuffer;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import java.nio.IntBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** The memory of one device as one context uses it: every buffer comes from here, is counted, and goes with it. Thread-safe. */
final class DeviceMemory implements AutoCloseable {
  private static final AtomicLong BYTES_OF_PROCESS = new AtomicLong();

  private final long context;
  private final ComputeDevice device;
  private final Set<DeviceBuffer> live = ConcurrentHashMap.newKeySet();
  private final AtomicLong bytes = new AtomicLong();

  DeviceMemory(long context, ComputeDevice device) {
    this.context = context;
    this.device = device;
  }

  /** Bytes in buffers of all devices and contexts of this process. */
  static long bytesOfProcess() {
    return BYTES_OF_PROCESS.get();
  }

  /** Bytes in buffers. */
  long bytes() {
    return bytes.get();
  }

  /** The largest buffer that the device allows. */
  long largestBuffer() {
    return device.largestBufferBytes();
  }

  /** @throws BackendUnavailableException if {@code more} bytes do not fit beside what is there */
  void requireRoom(long more) {
    if (more > device.memoryBytes() - bytes.get()) {
      throw new BackendUnavailableException(device.name() + " has " + megabytes(device.memoryBytes()) + " of memory, "
          + megabytes(bytes.get()) + " of it in use, but " + megabytes(more)
          + " more are needed: use a smaller model, --ctx or --kv f16, or another --backend");
    }
  }

  private static String megabytes(long bytes) {
    return (bytes + (1 << 20) - 1 >> 20) + " MB";
  }

  /**
   * A buffer with undefined content; where device and processor share their memory, one that the processor can reach without a copy.
   *
   * @param byteSize at least 0
   * @throws BackendUnavailableException if there is not so much memory
   */
  DeviceBuffer allocate(long byteSize) {
    long size = Math.max(byteSize, Long.BYTES); // OpenCL knows no empty buffer
    requireRoom(size);
    if (size > device.largestBufferBytes()) {
      throw new BackendUnavailableException(device.name() + " allows buffers of " + megabytes(device.largestBufferBytes()) + ", but "
          + megabytes(size) + " are needed in one: use a smaller --ctx");
    }
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer error = stack.ints(0);
      long flags = CL_MEM_READ_WRITE | (device.unifiedMemory() ? CL_MEM_ALLOC_HOST_PTR : 0);
      long handle = nclCreateBuffer(context, flags, size, 0, MemoryUtil.memAddress(error));
      ClErrors.check(error.get(0), "allocating " + megabytes(size) + " beside " + megabytes(bytes.get()) + " on " + device.name());
      DeviceBuffer buffer = new DeviceBuffer(this, handle, size);
      live.add(buffer);
      bytes.addAndGet(size);
      BYTES_OF_PROCESS.addAndGet(size);
      LiveObjects.made();
      return buffer;
    }
  }

  /**
   * A buffer that {@code fill} gives its content; it goes again if that fails.
   *
   * @throws BackendUnavailableException if there is not so much memory, or the device fails
   */
  DeviceBuffer filled(long byteSize, Consumer<DeviceBuffer> fill) {
    DeviceBuffer buffer = allocate(byteSize);
    try {
      fill.accept(buffer);
      return buffer;
    } catch (Throwable e) {
      buffer.close();
      throw e;
    }
  }

  void forget(DeviceBuffer buffer) {
    live.remove(buffer);
    bytes.addAndGet(-buffer.byteSize());
    BYTES_OF_PROCESS.addAndGet(-buffer.byteSize());
    LiveObjects.released();
  }

  @Override
  public void close() {
    List.copyOf(live).forEach(DeviceBuffer::close);
  }
}
