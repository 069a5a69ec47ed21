package io.mvlm.kernels.opencl;

import io.mvlm.core.Activation;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures products, nearly all of the work, with a matrix of a language model's size, and keeps the sizes with which they are fastest:
 * first with one token, then with many. Takes a minute at most, which the driver spends on building kernels.
 */
final class Tuner {
  private static final int ROWS = 4096;
  private static final int COLUMNS = 2048;
  private static final int MANY_TOKENS = 64;
  private static final int REPETITIONS = 4;

  private final OpenClBackend backend;
  private final OpenClDevice.Limits limits;
  private final Weight matrix;

  Tuner(OpenClBackend backend, OpenClDevice.Limits limits) {
    this.backend = backend;
    this.limits = limits;
    this.matrix = backend.prepare(Role.LINEAR,
        new Tensor("tuning", TensorType.Q4_0, Shape.of(ROWS, COLUMNS), (offset, destination) -> destination.fill((byte) 0)));
  }

  /** The best of all that fit the device. @param start which sizes the search begins with */
  Tuning tune(Tuning start) {
    return fastest(manyTokens(fastest(oneToken(start), 1)), MANY_TOKENS);
  }

  private List<Tuning> oneToken(Tuning start) {
    List<Tuning> candidates = new ArrayList<>(List.of(start));
    for (int lanes = 1; lanes <= 64; lanes *= 2) {
      for (int rows = 1; rows <= 8; rows *= 2) {
        add(candidates, start.withGemv(lanes, rows));
      }
    }
    return candidates;
  }

  private List<Tuning> manyTokens(Tuning start) {
    List<Tuning> candidates = new ArrayList<>(List.of(start));
    for (int tokens = 2; tokens <= 8; tokens *= 2) {
      add(candidates, start.withTiled(false).withTokens(tokens));
    }
    for (int side = 8; side <= 16; side *= 2) {
      add(candidates, start.withTiled(true).withTileSide(side));
    }
    return candidates;
  }

  private void add(List<Tuning> candidates, Tuning candidate) {
    if (candidate.fits(limits)) {
      candidates.add(candidate);
    }
  }

  /** @throws BackendUnavailableException if the device can run none of them */
  private Tuning fastest(List<Tuning> candidates, int tokens) {
    Tuning best = null;
    long least = Long.MAX_VALUE;
    BackendUnavailableException failure = null;
    for (Tuning candidate : candidates) {
      try {
        long nanos = nanos(candidate, tokens);
        if (nanos < least) {
          best = candidate;
          least = nanos;
        }
      } catch (BackendUnavailableException e) {
        failure = e; // its registers do not suffice for so many items
      }
    }
    if (best == null) {
      throw failure;
    }
    return best;
  }

  /** The shortest time of some products, after one that builds the kernel. */
  private long nanos(Tuning candidate, int tokens) {
    float[] x = new float[tokens * COLUMNS];
    long best = Long.MAX_VALUE;
    try (OpenClExecution ex = new OpenClExecution(backend, candidate)) {
      products(ex, tokens, x);
      for (int i = 0; i < REPETITIONS; i++) {
        best = Math.min(best, products(ex, tokens, x));
      }
    }
    return best;
  }

  /** Eight in a row, so that starting one and waiting for all weigh little. */
  private long products(OpenClExecution ex, int tokens, float... x) {
    return ex.run(() -> {
      Activation input = ex.input(x, tokens, COLUMNS);
      backend.queue().finish();
      long start = System.nanoTime();
      for (int i = 0; i < 8; i++) {
        try (Execution.Scope _ = ex.scope()) {
          ex.linear(input, matrix, null, Nonlinearity.IDENTITY);
        }
      }
      backend.queue().finish();
      return System.nanoTime() - start;
    });
  }
}
