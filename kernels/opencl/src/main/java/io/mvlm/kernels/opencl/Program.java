package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.clCreateKernel;
import static org.lwjgl.opencl.CL10.clReleaseProgram;

import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.Map;
import org.lwjgl.system.MemoryStack;

/** A program that was built, and its kernels, made when first asked for. For one thread at a time. */
final class Program implements AutoCloseable {
  private final long handle;
  private final Map<String, Kernel> kernels = new HashMap<>();

  Program(long handle) {
    this.handle = handle;
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
      return new Kernel(kernel, name);
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
