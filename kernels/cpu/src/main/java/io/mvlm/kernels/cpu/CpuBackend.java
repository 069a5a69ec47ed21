package io.mvlm.kernels.cpu;

import io.mvlm.core.Backend;
import io.mvlm.core.ConvolutionKernels;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Role;
import io.mvlm.core.Roofline;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.Weight;
import io.mvlm.core.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs the contract on the processor: threads, memory and the order of work are here, the arithmetic is in {@link CpuKernels}. */
public final class CpuBackend implements Backend {
  /** Bytes: room for many matrices, and little to a system that counts what is asked for and not touched. */
  private static final long WEIGHTS_SLAB = 64 << 20;

  private final CpuKernels kernels;
  private final Workers workers;
  private final WorkerScratch[] scratch;
  private final ZeroedMemory weights = new ZeroedMemory(WEIGHTS_SLAB);
  private boolean closed;

  /** @param threads at least 1 */
  public CpuBackend(CpuKernels kernels, int threads) {
    this.kernels = kernels;
    this.workers = new Workers(threads);
    this.scratch = new WorkerScratch[threads];
    Arrays.setAll(scratch, i -> new WorkerScratch());
  }

  @Override
  public String name() {
    return kernels.name();
  }

  @Override
  public String description() {
    return kernels.name() + " (" + kernels.description() + "), " + workers.size() + (workers.size() == 1 ? " thread" : " threads");
  }

  Workers workers() {
    return workers;
  }

  /** The arithmetic that it runs. */
  public CpuKernels kernels() {
    return kernels;
  }

  WorkerScratch scratch(int worker) {
    return scratch[worker];
  }

  @Override
  public Weight prepare(Role role, Tensor... stacked) {
    return workers.call(() -> switch (role) {
      case LINEAR, EMBEDDING, TIED -> matrix(stacked);
      case CONVOLUTION -> convolution(stacked[0]);
      case VECTOR -> vector(stacked);
    });
  }

  private Weight convolution(Tensor kernel) {
    return kernel.shape().dimension(1) == 1 ? new VectorWeight(kernel.shape(), ConvolutionKernels.channelsLast(kernel))
        : new MatrixWeight(kernel.shape(), matrix(ConvolutionKernels.matrix(kernel)).parts());
  }

  /** Neighbours of one type become one packed matrix. */
  private MatrixWeight matrix(Tensor... stacked) {
    Shape shape = Tensor.stackedShape(stacked);
    List<PackedMatrix> parts = new ArrayList<>();
    for (int from = 0, to; from < stacked.length; from = to) {
      for (to = from + 1; to < stacked.length && stacked[to].type() == stacked[from].type(); to++) {
        // extend the run
      }
      parts.add(kernels.pack(new Packing(), Arrays.copyOfRange(stacked, from, to)));
    }
    return new MatrixWeight(shape, List.copyOf(parts));
  }

  private static VectorWeight vector(Tensor... stacked) {
    if (stacked.length == 1) {
      return new VectorWeight(stacked[0].shape(), stacked[0].toFloats());
    }
    float[] values = Tensor.stackedFloats(stacked);
    return new VectorWeight(Shape.of(values.length), values);
  }

  @Override
  public Execution newExecution() {
    return new CpuExecution(this);
  }

  @Override
  public KvCache newKvCache(KvCache.Spec spec) {
    return new CpuKvCache(spec);
  }

  @Override
  public Roofline measureRoofline() {
    return workers.call(() -> new CpuRoofline(this).measure());
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      workers.close();
      for (WorkerScratch s : scratch) {
        s.freeFile();
        s.freePanel();
      }
      weights.close();
    }
  }

  private final class Packing implements CpuKernels.PackingContext {
    @Override
    public Workers workers() {
      return workers;
    }

    @Override
    public MemorySegment allocate(long bytes) {
      return weights.allocate(bytes);
    }

    @Override
    public WorkerScratch scratch(int worker) {
      return scratch[worker];
    }
  }
}
