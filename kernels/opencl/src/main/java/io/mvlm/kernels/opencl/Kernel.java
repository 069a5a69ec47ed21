package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.clReleaseKernel;
import static org.lwjgl.opencl.CL10.clSetKernelArg;
import static org.lwjgl.opencl.CL10.clSetKernelArg1f;
import static org.lwjgl.opencl.CL10.clSetKernelArg1i;
import static org.lwjgl.opencl.CL10.clSetKernelArg1p;

/**
 * A function of a program. Its arguments are given one after the other, in the order of the source, then it is run. Where its registers do
 * not suffice for a group of the wanted height, the height is halved until they do; the width is what the source counts on. For one thread.
 */
final class Kernel implements AutoCloseable {
  private final long handle;
  private final String name;
  private final int limit;
  private int next;

  /** @param limit work items of a group that the device can run it with */
  Kernel(long handle, String name, int limit) {
    this.handle = handle;
    this.name = name;
    this.limit = limit;
    LiveObjects.made();
  }

  /** Begins with the first argument. */
  Kernel begin() {
    next = 0;
    return this;
  }

  Kernel with(DeviceBuffer buffer) {
    return checked(clSetKernelArg1p(handle, next, buffer.handle()));
  }

  Kernel with(int value) {
    return checked(clSetKernelArg1i(handle, next, value));
  }

  Kernel with(float value) {
    return checked(clSetKernelArg1f(handle, next, value));
  }

  /** Buffer, offset of the first value, distance of two rows. */
  Kernel with(DeviceActivation x) {
    return with(x.buffer()).with(x.offset()).with(x.stride());
  }

  /** Local memory of so many floats. */
  Kernel withLocal(int floats) {
    return checked(clSetKernelArg(handle, next, (long) floats * Float.BYTES));
  }

  private Kernel checked(int code) {
    ClErrors.check(code, "taking argument " + next + " of " + name);
    next++;
    return this;
  }

  /** Queues it over {@code width} items in groups of {@code group}; items past the width are rounded up to. */
  void run(CommandQueue queue, int width, int group) {
    queue.launch(handle, name, new long[] {roundUp(width, group)}, new long[] {group});
  }

  /** The same in two dimensions. */
  void run(CommandQueue queue, int width, int widthGroup, int height, int heightGroup) {
    int rows = fitting(widthGroup, heightGroup);
    queue.launch(handle, name, new long[] {roundUp(width, widthGroup), roundUp(height, rows)}, new long[] {widthGroup, rows});
  }

  /** The same in three dimensions, the last in groups of 1. */
  void run(CommandQueue queue, int width, int widthGroup, int height, int heightGroup, int depth) {
    int rows = fitting(widthGroup, heightGroup);
    queue.launch(handle, name, new long[] {roundUp(width, widthGroup), roundUp(height, rows), depth}, new long[] {widthGroup, rows, 1});
  }

  private int fitting(int widthGroup, int heightGroup) {
    int rows = heightGroup;
    while (rows > 1 && (long) widthGroup * rows > limit) {
      rows /= 2;
    }
    return rows;
  }

  private static long roundUp(int count, int group) {
    return ((long) count + group - 1) / group * group;
  }

  @Override
  public void close() {
    clReleaseKernel(handle);
    LiveObjects.released();
  }
}
