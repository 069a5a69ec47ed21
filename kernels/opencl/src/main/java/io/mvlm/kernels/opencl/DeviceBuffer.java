package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.clReleaseMemObject;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A piece of device memory. Closing it while commands that use it are still queued is allowed: OpenCL keeps it until they have ended.
 * Closing again does nothing. Thread-safe.
 */
final class DeviceBuffer implements AutoCloseable {
  private final DeviceMemory owner;
  private final long handle;
  private final long byteSize;
  private final AtomicBoolean closed = new AtomicBoolean();

  DeviceBuffer(DeviceMemory owner, long handle, long byteSize) {
    this.owner = owner;
    this.handle = handle;
    this.byteSize = byteSize;
  }

  /** @throws IllegalStateException if it is closed: a driver that is given a handle of the past ends the process */
  long handle() {
    if (closed.get()) {
      throw new IllegalStateException("device memory of " + byteSize + " bytes is used after it was closed");
    }
    return handle;
  }

  long byteSize() {
    return byteSize;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      clReleaseMemObject(handle);
      owner.forget(this);
    }
  }
}
