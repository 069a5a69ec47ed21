package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.CL_FALSE;
import static org.lwjgl.opencl.CL10.CL_MAP_WRITE;
import static org.lwjgl.opencl.CL10.CL_TRUE;
import static org.lwjgl.opencl.CL10.clCreateCommandQueue;
import static org.lwjgl.opencl.CL10.clEnqueueCopyBuffer;
import static org.lwjgl.opencl.CL10.clFinish;
import static org.lwjgl.opencl.CL10.clReleaseCommandQueue;
import static org.lwjgl.opencl.CL10.nclEnqueueMapBuffer;
import static org.lwjgl.opencl.CL10.nclEnqueueNDRangeKernel;
import static org.lwjgl.opencl.CL10.nclEnqueueReadBuffer;
import static org.lwjgl.opencl.CL10.nclEnqueueUnmapMemObject;
import static org.lwjgl.opencl.CL10.nclEnqueueWriteBuffer;
import static org.lwjgl.opencl.CL12.nclEnqueueFillBuffer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/**
 * Commands that the device runs one after the other, in the order in which they were given. For one thread at a time: the backend's worker.
 */
class CommandQueue implements AutoCloseable {
  private final long handle;
  private final List<Long> staged = new ArrayList<>(); // host memory that queued writes still read from

  CommandQueue(long context, OpenClDevice device) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer error = stack.ints(0);
      handle = clCreateCommandQueue(context, device.handle(), 0, error);
      ClErrors.check(error.get(0), "making a command queue");
      LiveObjects.made();
    }
  }

  /**
   * Every command's end.
   *
   * @param code what OpenCL says
   * @param action what was tried
   */
  void check(int code, String action) {
    ClErrors.check(code, action);
  }

  /** Memory of this process for a write that is about to be queued; it lives until the queue has run empty. */
  @SuppressWarnings("restricted")
  MemorySegment stage(long bytes) {
    long address = MemoryUtil.nmemAllocChecked(Math.max(1, bytes));
    staged.add(address);
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  /** Queues a copy of memory that {@link #stage} gave. */
  void write(DeviceBuffer target, long offset, MemorySegment source) {
    if (source.byteSize() > 0) {
      check(nclEnqueueWriteBuffer(handle, target.handle(), CL_FALSE, offset, source.byteSize(), source.address(), 0, 0, 0),
          "writing to it");
    }
  }

  /** Copies to native memory and waits. */
  void read(DeviceBuffer source, long offset, MemorySegment target) {
    if (target.byteSize() > 0) {
      check(nclEnqueueReadBuffer(handle, source.handle(), CL_TRUE, offset, target.byteSize(), target.address(), 0, 0, 0),
          "reading from it");
    }
  }

  /** Queues a copy from buffer to buffer. */
  void copy(DeviceBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes) {
    if (bytes > 0) {
      check(clEnqueueCopyBuffer(handle, source.handle(), target.handle(), sourceOffset, targetOffset, bytes, null, null),
          "copying");
    }
  }

  /** Queues zeros for all of a buffer. */
  void clear(DeviceBuffer buffer) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      ByteBuffer zero = stack.calloc(1);
      check(nclEnqueueFillBuffer(handle, buffer.handle(), MemoryUtil.memAddress(zero), 1, 0, buffer.byteSize(), 0, 0, 0),
          "clearing its memory");
    }
  }

  /** The buffer's memory, to be written to and given back with {@link #unmap}; what was in it is undefined. */
  @SuppressWarnings("restricted")
  MemorySegment map(DeviceBuffer buffer) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer error = stack.ints(0);
      long address = nclEnqueueMapBuffer(handle, buffer.handle(), CL_TRUE, CL_MAP_WRITE, 0, buffer.byteSize(), 0, 0, 0,
          MemoryUtil.memAddress(error));
      check(error.get(0), "mapping its memory");
      return MemorySegment.ofAddress(address).reinterpret(buffer.byteSize());
    }
  }

  void unmap(DeviceBuffer buffer, MemorySegment mapped) {
    check(nclEnqueueUnmapMemObject(handle, buffer.handle(), mapped.address(), 0, 0, 0), "unmapping its memory");
  }

  /**
   * Queues a kernel.
   *
   * @param global work items in each dimension, multiples of {@code local}; nothing is done if one is 0
   * @param local work items of a group in each dimension
   */
  void launch(long kernel, String name, long[] global, long[] local) {
    for (long items : global) {
      if (items == 0) {
        return;
      }
    }
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer all = stack.pointers(global);
      PointerBuffer group = stack.pointers(local);
      check(nclEnqueueNDRangeKernel(handle, kernel, global.length, 0, MemoryUtil.memAddress(all), MemoryUtil.memAddress(group),
          0, 0, 0), "running " + name + " in groups of " + Arrays.toString(local));
    }
  }

  /** Waits until the device has done everything. */
  void finish() {
    int code = clFinish(handle);
    freeStaged();
    check(code, "computing");
  }

  private void freeStaged() {
    staged.forEach(MemoryUtil::nmemFree);
    staged.clear();
  }

  /** A device that is lost now is no error: nobody waits for its results. */
  @Override
  public void close() {
    clFinish(handle);
    freeStaged();
    clReleaseCommandQueue(handle);
    LiveObjects.released();
  }
}
