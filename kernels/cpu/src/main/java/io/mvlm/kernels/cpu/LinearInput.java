package io.mvlm.kernels.cpu;

import io.mvlm.core.Workers;
import java.util.ArrayList;
import java.util.List;

/**
 * The left side of a matrix product, x {@code [rows, columns]}, in the forms that kernels ask for. Reused from call to call; belongs to one
 * execution.
 */
public final class LinearInput {
  /** Ways to store x. */
  public sealed interface Form permits CommonForm, OwnForm {
    /** As it is: {@link LinearInput#data}. */
    Form FLOATS = CommonForm.FLOATS;
    /** Tiles of {@link LinearInput#TILE} tokens, tokens fastest: {@link LinearInput#tiles}. */
    Form TILES = CommonForm.TILES;
    /** 8-bit integers with one scale for each {@link LinearInput#BLOCK} columns: {@link LinearInput#pairs}. */
    Form INT8 = CommonForm.INT8;
  }

  private enum CommonForm implements Form {
    FLOATS, TILES, INT8
  }

  /** A layout that belongs to the maker of the kernels: {@link LinearInput#packed}. The same object stands for the same form. */
  public non-sealed interface OwnForm extends Form {
    /** An empty holder. */
    Packed newPacked();

    /** A form that is there when x is packed. */
    default Form madeOf() {
      return Form.FLOATS;
    }
  }

  /** Holds x in an {@link OwnForm}. Reused from call to call. */
  public interface Packed {
    /** Takes over what x holds now. Inside a pass. */
    void pack(LinearInput x, Workers workers);
  }

  /** What was packed for a form, and whether it is of the present x. */
  private static final class Holder {
    final OwnForm form;
    final Packed packed;
    boolean current;

    Holder(OwnForm form) {
      this.form = form;
      this.packed = form.newPacked();
    }
  }

  /** Tokens of a tile. */
  public static final int TILE = 8;
  /** Columns that share a scale in {@link Form#INT8}, and the multiple to which columns are padded with zeros in both packed forms. */
  public static final int BLOCK = 32;
  /** Columns whose sum is kept in {@link Form#INT8}. */
  public static final int HALF = 16;
  /**
   * Factor on scales and float inputs, taken back at the end by {@link #UNSCALE}: kernels read a half-precision float as 2^−112 times its
   * value with three cheap operations, and splitting 2^112 over both ends keeps every intermediate inside the range of a float.
   */
  public static final float SCALE = 0x1p56f;
  /** See {@link #SCALE}. */
  public static final float UNSCALE = 0x1p56f;

  private final CpuKernels kernels;
  private CpuActivation x;
  private int padded;
  private float[] tiles = new float[0];
  private int[] pairs = new int[0];
  private float[] scales = new float[0];
  private int[] sums = new int[0];
  private boolean hasTiles;
  private boolean hasPairs;
  private final List<Holder> holders = new ArrayList<>();

  LinearInput(CpuKernels kernels) {
    this.kernels = kernels;
  }

  void set(CpuActivation x) {
    this.x = x;
    this.padded = padded(x.columns());
    this.hasTiles = false;
    this.hasPairs = false;
    for (int i = 0; i < holders.size(); i++) {
      holders.get(i).current = false;
    }
  }

  /** Makes the form available; does nothing the second time. Inside a pass. */
  void prepare(Form form, Workers workers) {
    switch (form) {
      case CommonForm.FLOATS -> {
        // as it is
      }
      case CommonForm.TILES -> {
        if (!hasTiles) {
          packTiles(workers);
          hasTiles = true;
        }
      }
      case CommonForm.INT8 -> {
        if (!hasPairs) {
          quantize();
          hasPairs = true;
        }
      }
      case OwnForm own -> {
        prepare(own.madeOf(), workers);
        Holder holder = holder(own);
        if (holder == null) {
          holder = new Holder(own);
          holders.add(holder);
        }
        if (!holder.current) {
          holder.packed.pack(this, workers);
          holder.current = true;
        }
      }
    }
  }

  private void packTiles(Workers workers) {
    int count = (x.rows() + TILE - 1) / TILE;
    if (tiles.length < count * TILE * padded) {
      tiles = new float[count * TILE * padded];
    }
    workers.forEach(count, 4, (from, to, worker) -> {
      for (int t = from; t < to; t++) {
        int rows = Math.min(TILE, x.rows() - t * TILE);
        kernels.packTile(x.data(), x.row(t * TILE), x.stride(), rows, x.columns(), tiles, tileOffset(t), padded);
      }
    });
  }

  private void quantize() {
    if (pairs.length < x.rows() * padded / 2) {
      pairs = new int[x.rows() * padded / 2];
      scales = new float[x.rows() * padded / BLOCK];
      sums = new int[x.rows() * padded / HALF];
    }
    for (int r = 0; r < x.rows(); r++) {
      kernels.quantize(x.data(), x.row(r), x.columns(), pairs, pairOffset(r), scales, scaleOffset(r), sums, sumOffset(r), padded);
    }
  }

  private Holder holder(OwnForm form) {
    for (int i = 0; i < holders.size(); i++) {
      if (holders.get(i).form == form) {
        return holders.get(i);
      }
    }
    return null;
  }

  /** What the maker of the kernels made of x for this form, which was prepared. */
  public Packed packed(OwnForm form) {
    return holder(form).packed;
  }

  /** Columns rounded up to whole blocks. */
  public static int padded(int columns) {
    return columns + (-columns & BLOCK - 1);
  }

  public int rows() {
    return x.rows();
  }

  public int columns() {
    return x.columns();
  }

  /** {@link Form#FLOATS}: row r begins at {@link #rowOffset}. */
  public float[] data() {
    return x.data();
  }

  public int rowOffset(int r) {
    return x.row(r);
  }

  /** Floats between the beginnings of two rows of {@link #data}. */
  public int stride() {
    return x.stride();
  }

  /** {@link Form#TILES}: element (token t of the tile, column k) is at {@code tileOffset(tile) + k·TILE + t}; missing tokens are zero. */
  public float[] tiles() {
    return tiles;
  }

  public int tileOffset(int tile) {
    return tile * TILE * padded;
  }

  /** {@link Form#INT8}: columns 2i and 2i + 1 of row r as the lower and upper 16 bits of {@code pairs[pairOffset(r) + i]}. */
  public int[] pairs() {
    return pairs;
  }

  public int pairOffset(int r) {
    return r * (padded / 2);
  }

  /** {@link Form#INT8}: the value of one step of each block, times {@link #SCALE}. */
  public float[] scales() {
    return scales;
  }

  public int scaleOffset(int r) {
    return r * (padded / BLOCK);
  }

  /** {@link Form#INT8}: sums of the integers of each half block. */
  public int[] sums() {
    return sums;
  }

  public int sumOffset(int r) {
    return r * (padded / HALF);
  }
}
