package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.CL_CONTEXT_PLATFORM;
import static org.lwjgl.opencl.CL10.clCreateContext;
import static org.lwjgl.opencl.CL10.clReleaseContext;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import io.mvlm.core.ConvolutionKernels;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Role;
import io.mvlm.core.Roofline;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.Weight;
import io.mvlm.core.Workers;
import java.nio.IntBuffer;
import java.util.function.Supplier;
import org.lwjgl.system.MemoryStack;

/**
 * Runs the contract on one OpenCL device. One worker thread gives all commands to one queue, so passes of several callers take turns, and
 * the device sees commands in the order in which they depend on each other.
 */
final class OpenClBackend implements Backend {
  private final OpenClDevice device;
  private final Tuning tuning;
  private final long context;
  private final DeviceMemory memory;
  private final CommandQueue queue;
  private final Programs programs;
  private final KernelSet kernels;
  private final WeightUpload upload;
  private final Workers workers;
  private boolean closed;

  /** Makes the queue of a context. */
  interface QueueMaker {
    CommandQueue make(long context, OpenClDevice device);
  }

  /** With the features that the user asks for, the sizes that were found best for the device, and the user's cache of programs. */
  static OpenClBackend ofUser(OpenClDevice device) {
    device.requireVersion();
    Features features = Features.ofUser(device.info());
    return new OpenClBackend(device, TuningFile.ofUser(device, features).find().orElseGet(() -> Tuning.of(device.limits())), features,
        ProgramCache.ofUser(device), CommandQueue::new);
  }

  OpenClBackend(OpenClDevice device, Tuning tuning, Features features, ProgramCache cache, QueueMaker queues) {
    this.device = device;
    this.tuning = tuning;
    this.context = context(device);
    CommandQueue made = null;
    try {
      made = queues.make(context, device);
      this.queue = made;
      this.memory = new DeviceMemory(context, device.info());
      this.programs = new Programs(context, device, features, cache);
      this.kernels = new KernelSet(programs, tuning);
      this.upload = new WeightUpload(memory, queue, device.info().unifiedMemory());
      this.workers = new Workers(1);
    } catch (Throwable e) { // no thread, for example, is an Error
      if (made != null) {
        made.close();
      }
      release(context);
      throw e;
    }
  }

  private static long context(OpenClDevice device) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer error = stack.ints(0);
      long context = clCreateContext(stack.pointers(CL_CONTEXT_PLATFORM, device.platform(), 0), device.handle(), null, 0, error);
      ClErrors.check(error.get(0), "being opened");
      LiveObjects.made();
      return context;
    }
  }

  private static void release(long context) {
    clReleaseContext(context);
    LiveObjects.released();
  }

  @Override
  public String name() {
    return "opencl";
  }

  @Override
  public String description() {
    ComputeDevice info = device.info();
    return "opencl (" + info.name() + ", " + info.platform() + ", " + info.computeUnits()
        + (info.computeUnits() == 1 ? " compute unit" : " compute units") + (tuning.tiled() ? ", tiles in local memory" : "")
        + (features().used().isEmpty() ? "" : ", with " + features().description()) + ")";
  }

  DeviceMemory memory() {
    return memory;
  }

  CommandQueue queue() {
    return queue;
  }

  Programs programs() {
    return programs;
  }

  Features features() {
    return programs.features();
  }

  Tuning tuning() {
    return tuning;
  }

  boolean processor() {
    return device.limits().processor();
  }

  int computeUnits() {
    return device.info().computeUnits();
  }

  Workers workers() {
    return workers;
  }

  /** Runs {@code body} on the worker that owns the queue. */
  <T> T call(Supplier<T> body) {
    return workers.call(body);
  }

  /**
   * Builds the kernels that every model needs, and adds two numbers. Whatever it throws, the backend is closed then.
   *
   * @throws BackendUnavailableException if the device fails
   */
  void probe() {
    try {
      call(() -> {
        kernels.build();
        return null;
      });
      try (Execution ex = newExecution()) {
        float sum = ex.run(() -> ex.read(ex.add(ex.input(new float[] {1}, 1, 1), ex.input(new float[] {2}, 1, 1))))[0];
        if (sum != 3) {
          throw new BackendUnavailableException(device.info().name() + " finds that 1 + 2 is " + sum + ": its driver is damaged");
        }
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  @Override
  public void requireRoom(long bytes) {
    memory.requireRoom(bytes);
  }

  @Override
  public Weight prepare(Role role, Tensor... stacked) {
    return call(() -> switch (role) {
      case LINEAR, EMBEDDING, TIED -> built(upload.matrix(Tensor.stackedShape(stacked), stacked));
      case CONVOLUTION -> convolution(stacked[0]);
      case VECTOR -> vector(stacked);
    });
  }

  /** A matrix on the device, without the kernels that it is multiplied by. */
  Weight upload(Tensor matrix) {
    return call(() -> upload.matrix(matrix.shape(), matrix));
  }

  private Weight convolution(Tensor kernel) {
    if (kernel.shape().dimension(1) == 1) {
      return upload.vector(kernel.shape(), ConvolutionKernels.channelsLast(kernel));
    }
    Tensor matrix = ConvolutionKernels.matrix(kernel);
    return built(new DeviceMatrix(kernel.shape(), upload.matrix(matrix.shape(), matrix).parts()));
  }

  /** Builds what the matrix is multiplied by, so that a driver that cannot is known while a model is loaded. */
  private DeviceMatrix built(DeviceMatrix matrix) {
    try {
      matrix.parts().forEach(part -> kernels.linear(kernels.gemv(tuning.gemvLanes()), part.layout()));
    } catch (Throwable e) {
      matrix.parts().forEach(part -> part.buffer().close());
      throw e;
    }
    return matrix;
  }

  private DeviceVector vector(Tensor... stacked) {
    if (stacked.length == 1) {
      return upload.vector(stacked[0].shape(), stacked[0].toFloats());
    }
    float[] values = Tensor.stackedFloats(stacked);
    return upload.vector(Shape.of(values.length), values);
  }

  @Override
  public Execution newExecution() {
    return new OpenClExecution(this, tuning);
  }

  @Override
  public KvCache newKvCache(KvCache.Spec spec) {
    return new OpenClKvCache(this, spec);
  }

  @Override
  public Roofline measureRoofline() {
    return call(() -> new OpenClRoofline(this).measure());
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    workers.close();
    queue.close();
    memory.close();
    programs.close();
    release(context);
  }
}
