package io.mvlm.kernels.cpu;

import io.mvlm.core.Workers;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The left side of a matrix product, x {@code [rows, columns]}, in the forms that kernels ask for. Reused from call to call; belongs to one
 * execution.
 */
public final class LinearInput {
  /** Ways to store x. */
  public enum Form {
    /** As it is: {@link LinearInput#data}. */
    FLOATS,
    /** Tiles of {@link LinearInput#TILE} tokens, tokens fastest: {@link LinearInput#tiles}. */
    TILES,
    /** 8-bit integers with one scale for each {@link LinearInput#BLOCK} columns: {@link LinearInput#pairs}. */
    INT8,
    /**
     * Made of {@link #INT8}, which is there too: factors for weights of 4, 5, 6 and 8 bits in a layout that belongs to the maker of the kernels:
     * {@link LinearInput#packed}.
     */
    FACTORS4, FACTORS5, FACTORS6, FACTORS8,
    /** 8-bit integers in tiles of a layout that belongs to the maker of the kernels: {@link LinearInput#packed}. */
    TILED_INT8,
    /** Floats in tiles of a layout that belongs to the maker of the kernels: {@link LinearInput#packed}. */
    TILED_FLOATS
  }

  /** Holds x in one of the forms whose layout belongs to the maker of the kernels. Reused from call to call. */
  public interface Packed {
    /** Takes over what x holds now. Inside a pass. */
    void pack(LinearInput x, Workers workers);
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
  private final Map<Form, Packed> packed = new EnumMap<>(Form.class);
  private final Set<Form> hasPacked = EnumSet.noneOf(Form.class);

  LinearInput(CpuKernels kernels) {
    this.kernels = kernels;
  }

  void set(CpuActivation x) {
    this.x = x;
    this.padded = padded(x.columns());
    this.hasTiles = false;
    this.hasPairs = false;
    this.hasPacked.clear();
  }

  /** Makes the form available; does nothing the second time. Inside a pass. */
  void prepare(Form form, Workers workers) {
    switch (form) {
      case FLOATS -> {
        // as it is
      }
      case TILES -> {
        if (!hasTiles) {
          packTiles(workers);
          hasTiles = true;
        }
      }
      case INT8 -> {
        if (!hasPairs) {
          quantize();
          hasPairs = true;
        }
      }
      case FACTORS4, FACTORS5, FACTORS6, FACTORS8 -> {
        prepare(Form.INT8, workers);
        pack(form, workers);
      }
      case TILED_INT8, TILED_FLOATS -> pack(form, workers);
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

  private void pack(Form form, Workers workers) {
    if (hasPacked.add(form)) {
      packed.computeIfAbsent(form, kernels::newPacked).pack(this, workers);
    }
  }

  /** What the maker of the kernels made of x. */
  public Packed packed(Form form) {
    return packed.get(form);
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
