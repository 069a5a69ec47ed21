package io.mvlm.core;

import java.util.Objects;

/**
 * What the operations of {@link Execution} may be given. Every backend asks here before it computes, so all refuse the same operands in the
 * same words. There is a method for each operation whose operands must fit together; it throws {@link IllegalArgumentException} where their
 * shapes do not, and {@link IndexOutOfBoundsException} for a row that is not there.
 */
public final class OperandChecks {
  private OperandChecks() {}

  // ---- in and out

  public static void top(Activation x, int k) {
    if (x.rows() != 1 || k < 0 || k > x.columns()) {
      throw misfit("top " + k, "one row of at least as many columns", x);
    }
  }

  // ---- shape

  public static void columns(Activation x, int from, int count) {
    if (from < 0 || count < 0 || count > x.columns() - from) {
      throw misfit("columns", count + " columns from " + from + " on", x);
    }
  }

  public static void rows(Activation x, int from, int count) {
    if (from < 0 || count < 0 || count > x.rows() - from) {
      throw misfit("rows", count + " rows from " + from + " on", x);
    }
  }

  public static void gatherRows(Activation x, int... rows) {
    for (int row : rows) {
      Objects.checkIndex(row, x.rows());
    }
  }

  public static void concatRows(Activation... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("concatRows: expected at least one part, found none");
    }
    for (Activation part : parts) {
      if (part.columns() != parts[0].columns()) {
        throw misfit("concatRows", parts[0].columns() + " columns, as in the first part", part);
      }
    }
  }

  // ---- linear algebra

  public static void embedding(Weight table, int... ids) {
    for (int id : ids) {
      Objects.checkIndex(id, table.rows());
    }
  }

  public static void linear(Activation x, Weight weight, Weight bias) {
    if (x.columns() != weight.columns()) {
      throw misfit("linear", weight.columns() + " columns, as the weight " + weight.shape(), x);
    }
    if (bias != null) {
      vector("linear", "bias", bias, weight.rows());
    }
  }

  public static void addLinear(Activation target, Activation x, Weight weight, Weight bias) {
    linear(x, weight, bias);
    matrix("addLinear", "a target", target, x.rows(), weight.rows());
  }

  public static void patchEmbedding(Activation pixels, Weight kernel) {
    if (pixels.rows() % kernel.shape().dimension(1) != 0) {
      throw misfit("patchEmbedding", "as many rows for each channel of the kernel " + kernel.shape(), pixels);
    }
  }

  public static void depthwise(Activation x, int height, int width, Weight kernel, Weight bias, int stride) {
    matrix("depthwise", "pixels", x, height * width, kernel.rows());
    if (bias != null) {
      vector("depthwise", "bias", bias, x.columns());
    }
    if (stride < 1 || stride > 2) {
      throw new IllegalArgumentException("depthwise: expected stride 1 or 2, found " + stride);
    }
  }

  public static void averagePool2(Activation x, int height, int width) {
    if (x.rows() != height * width || height % 2 != 0 || width % 2 != 0) {
      throw misfit("averagePool2 on " + height + "×" + width, "a row for each pixel, height and width even", x);
    }
  }

  // ---- pointwise

  public static void add(Activation x, Activation y) {
    matrix("add", "a second operand", y, x.rows(), x.columns());
  }

  public static void multiplyColumns(Activation x, Activation s) {
    matrix("multiplyColumns", "factors", s, 1, x.columns());
  }

  public static void gatedSilu(Activation x) {
    if (x.columns() % 2 != 0) {
      throw misfit("gatedSilu", "as many columns of gates as of values", x);
    }
  }

  // ---- normalisation

  public static void layerNorm(Activation x, Weight gain, Weight bias) {
    vector("layerNorm", "gain", gain, x.columns());
    vector("layerNorm", "bias", bias, x.columns());
  }

  public static void rmsNorm(Activation x, Weight gain) {
    vector("rmsNorm", "gain", gain, x.columns());
  }

  // ---- attention

  public static void rotate(Activation x, int headSize, RotaryEmbedding rope, Batch batch) {
    if (x.rows() != batch.rows() || x.columns() % headSize != 0) {
      throw misfit("rotate", batch.rows() + " rows of whole heads of " + headSize, x);
    }
    if (2 * rope.pairs() > headSize) {
      throw new IllegalArgumentException("rotate: expected at most " + headSize / 2 + " pairs in heads of " + headSize + ", found "
          + rope.pairs());
    }
  }

  public static void attention(Activation q, Activation k, Activation v, int headSize) {
    if (q.columns() % headSize != 0) {
      throw misfit("attention", "whole heads of " + headSize, q);
    }
    matrix("attention", "keys", k, q.rows(), q.columns());
    matrix("attention", "values", v, q.rows(), q.columns());
  }

  public static void causalAttention(Activation q, Activation k, Activation v, Batch batch) {
    for (KvCache cache : batch.sequences()) {
      int columns = cache.spec().kvHeads() * cache.spec().headSize();
      if (q.rows() != batch.rows() || q.columns() % columns != 0) {
        throw misfit("causalAttention over " + cache.spec(), "queries of " + batch.rows() + " rows in groups of " + columns
            + " columns", q);
      }
      matrix("causalAttention", "keys", k, batch.rows(), columns);
      matrix("causalAttention", "values", v, batch.rows(), columns);
    }
  }

  // ----

  private static void matrix(String operation, String name, Activation x, int rows, int columns) {
    if (x.rows() != rows || x.columns() != columns) {
      throw misfit(operation, name + " " + shape(rows, columns), x);
    }
  }

  private static void vector(String operation, String name, Weight vector, int count) {
    if (vector.shape().elements() != count) {
      throw new IllegalArgumentException(operation + ": expected a " + name + " of " + count + " values, found " + vector.shape());
    }
  }

  private static String shape(int rows, int columns) {
    return "[" + rows + ", " + columns + "]";
  }

  private static IllegalArgumentException misfit(String operation, String expected, Activation found) {
    return new IllegalArgumentException(operation + ": expected " + expected + ", found " + shape(found.rows(), found.columns()));
  }
}
