package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.CL_KERNEL_WORK_GROUP_SIZE;
import static org.lwjgl.opencl.CL10.clCreateKernel;
import static org.lwjgl.opencl.CL10.clReleaseProgram;
import static org.lwjgl.opencl.CL10.nclGetKernelWorkGroupInfo;

import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.Map;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** A program that was built, and its kernels, made when first asked for. For one thread at a time. */
final class Program implements AutoCloseable {
  private final long handle;
  private final OpenClDevice device;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /** @param device the one that it was built for */
  Program(long handle, OpenClDevice device) {
    this.handle = handle;
    this.device = device;
    LiveObjects.made();
  }

  /** The kernel, ready to take its arguments. */
  Kernel kernel(String name) {
    return kernels.computeIfAbsent(name, this::make).begin();
  }

  private Kernel make(String name) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer error = stack.ints(0);
      long kernel = clCreateKernel(handle, name, error);
      ClErrors.check(error.get(0), "making the kernel " + name);
      return new Kernel(kernel, name, groupLimit(kernel));
    }
  }

  /** A driver that does not know it leaves it at what the device allows. */
  private int groupLimit(long kernel) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer items = stack.callocPointer(1);
      int code = nclGetKernelWorkGroupInfo(kernel, device.handle(), CL_KERNEL_WORK_GROUP_SIZE, items.sizeof(),
          MemoryUtil.memAddress(items), 0);
      return code == 0 && items.get(0) > 0 ? (int) Math.min(Integer.MAX_VALUE, items.get(0)) : device.limits().workGroup();
    }
  }

  @Override
  public void close() {
    kernels.values().forEach(Kernel::close);
    kernels.clear();
    clReleaseProgram(handle);
    LiveObjects.released();
  }
}
