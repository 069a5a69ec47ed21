package io.mvlm.core;

import java.util.function.Supplier;

/**
 * Scratch memory and a place in the queue of a backend. Belongs to one thread at a time; several executions of one backend may be used
 * side by side. Every operation takes and gives {@link Activation}s {@code [rows, columns]}; images are stored with channels last, one row
 * for each pixel of the grid in reading order. Operations are called inside {@link #run}; results live until the innermost open
 * {@link Scope} closes. Host arrays are copied on the call; only {@link #read} and {@link #top} wait. Operands that do not fit together are
 * refused as {@link OperandChecks} says.
 */
public interface Execution extends AutoCloseable {
  /**
   * Runs the operations that {@code pass} issues and returns what it returns.
   *
   * @throws CancelledException if the calling thread is interrupted (the interrupt status is kept), its {@link Cancellation} comes, or the
   *     backend is closed before it ends; noticed between operations
   */
  <T> T run(Supplier<T> pass);

  /** Opens a scope: activations made from now on are released when it closes. Scopes nest and close in reverse order. */
  Scope scope();

  /** See {@link #scope()}. */
  interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  // ---- in and out

  /** Copies host values {@code [rows, columns]}, which start at {@code values[0]}. */
  Activation input(float[] values, int rows, int columns);

  /** A {@link Role#VECTOR} weight seen as an activation: {@code [1, n]}, or its rows and columns if it is a matrix. Must not be written to. */
  Activation constant(Weight weight);

  /** Copies {@code x} to the host, row by row; waits for it. */
  float[] read(Activation x);

  /**
   * The {@code k} largest values of the row x {@code [1, n]}, copied to the host; waits for them.
   *
   * @param k 0 to n
   */
  TopValues top(Activation x, int k);

  // ---- shape

  /** Columns {@code from … from + count − 1}, as a view that shares memory. */
  Activation columns(Activation x, int from, int count);

  /** Rows {@code from … from + count − 1}, as a view that shares memory. */
  Activation rows(Activation x, int from, int count);

  /** A copy of the rows named, in that order. */
  Activation gatherRows(Activation x, int... rows);

  /** All rows of {@code parts}, one after the other. */
  Activation concatRows(Activation... parts);

  // ---- linear algebra

  /** Rows {@code ids} of the table. @throws IndexOutOfBoundsException for an id outside it */
  Activation embedding(Weight table, int... ids);

  /** f(x·Wᵀ + bias): x {@code [n, in]}, W {@code [out, in]}, bias {@code [out]} or null. */
  Activation linear(Activation x, Weight weight, Weight bias, Nonlinearity f);

  /** target += x·Wᵀ + bias: a linear layer that ends in a residual connection. */
  void addLinear(Activation target, Activation x, Weight weight, Weight bias);

  /**
   * A convolution whose stride is its kernel size, without padding.
   *
   * @param pixels {@code [channels·height, width]}: planes one after the other
   * @param kernel {@code [d, channels, p, p]}
   * @return {@code [(height/p)·(width/p), d]}
   */
  Activation patchEmbedding(Activation pixels, Weight kernel);

  /**
   * Depthwise 3×3 convolution, padding 1.
   *
   * @param x {@code [height·width, channels]}
   * @param kernel {@code [channels, 1, 3, 3]}
   * @param bias {@code [channels]} or null
   * @param stride 1 or 2
   * @return {@code [⌈height/stride⌉·⌈width/stride⌉, channels]}
   */
  Activation depthwise(Activation x, int height, int width, Weight kernel, Weight bias, int stride);

  /** Mean over 2×2 windows, stride 2: x {@code [height·width, c]}, height and width even → {@code [height/2·width/2, c]}. */
  Activation averagePool2(Activation x, int height, int width);

  /** Mean over all rows: {@code [1, c]}. */
  Activation globalAveragePool(Activation x);

  // ---- pointwise

  /** x + y, of equal shape. */
  Activation add(Activation x, Activation y);

  /** x·s by column: x {@code [n, c]}, s {@code [1, c]}. */
  Activation multiplyColumns(Activation x, Activation s);

  /** f(x) */
  Activation apply(Nonlinearity f, Activation x);

  /** silu(gate)·up: x {@code [n, 2·ff]} with the gate in its first half → {@code [n, ff]} (SwiGLU, Shazeer 2020). */
  Activation gatedSilu(Activation x);

  // ---- normalisation

  /** (x − mean)/√(variance + eps)·gain + bias over the columns of each row (Ba et al. 2016). */
  Activation layerNorm(Activation x, Weight gain, Weight bias, float eps);

  /** x/√(mean(x²) + eps)·gain over the columns of each row (Zhang and Sennrich 2019). */
  Activation rmsNorm(Activation x, Weight gain, float eps);

  // ---- attention

  /** Turns the heads in {@code x [batch rows, heads·headSize]} by their rows' positions, in place. */
  void rotate(Activation x, int headSize, RotaryEmbedding rope, Batch batch);

  /**
   * softmax(q·kᵀ·scale)·v for each head, every row seeing every row; computed block by block with a running softmax.
   *
   * @param q k and v {@code [n, heads·headSize]}
   */
  Activation attention(Activation q, Activation k, Activation v, int headSize, float scale);

  /**
   * Appends k and v to the caches of the batch, then lets each row attend to the positions of its own sequence up to its own.
   * After the last layer the caches' lengths advance.
   *
   * @param q {@code [batch rows, heads·headSize]}
   * @param k and v {@code [batch rows, kvHeads·headSize]}; heads is a multiple of kvHeads, head h uses kv head h·kvHeads/heads
   */
  Activation causalAttention(Activation q, Activation k, Activation v, int layer, Batch batch, float scale);

  @Override
  void close();
}
