package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Tile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Products by the matrix unit (AMX): up to 32 tokens of {@link SplitFloats} with two groups of 16 rows that {@link SplitCode} prepared, in two by two
 * tiles of 32-bit sums. Where both sides are pairs of bfloat16 three of four products are made; that of the second parts, 2⁻¹⁶ of the whole at most,
 * is left out. Sums of a slice of the columns are kept in memory until the next.
 *
 * <p>kernel(a: panels; x: tiles; y; p0: bytes from x to the first block of the first tile; p1: bytes from y to the first result; p2: bytes between
 * the results of two tokens; p3: blocks of 32 columns; p4: tiles; p5: pairs of groups; p6: bytes between two tiles; p7: bytes from a to the sums,
 * 128 for each token and pair; p8: {@link #FIRST_SLICE} and {@link #LAST_SLICE})
 *
 * @param tokens of a tile
 * @param parts of both sides, one or two
 */
record TileProduct(int tokens, int parts) implements Routine.Generator {
  /** Twice the rows of a tile register. */
  static final int MOST_TOKENS = 32;
  /** Sums begin at zero. */
  static final int FIRST_SLICE = 1;
  /** Sums go to y. */
  static final int LAST_SLICE = 2;

  private static final int TILE_ROWS = 16;
  private static final int TILE_ROW_BYTES = 64;
  private static final int TILE_BYTES = TILE_ROWS * TILE_ROW_BYTES;

  private static final Gpr PANEL = Gpr.RDI;
  private static final Gpr X = Gpr.RSI;
  private static final Gpr Y = Gpr.RDX;
  private static final Gpr LEFT = Gpr.RCX;
  private static final Gpr PLACE = Gpr.R8;
  private static final Gpr Y_STRIDE = Gpr.R9;
  private static final Gpr WEIGHTS = Gpr.R10;
  private static final Gpr MORE_WEIGHTS = Gpr.R11;
  private static final Gpr ROW = Gpr.RAX;
  private static final Gpr SUMS_ROW = Gpr.R12;
  private static final Gpr TILE_X = Gpr.R13;
  private static final Gpr SUMS = Gpr.R14;
  private static final Gpr TILES_LEFT = Gpr.R15;
  private static final Gpr PAIRS_LEFT = Gpr.RBX;
  private static final Gpr PAIR_Y = Gpr.RBP;

  private static final Tile[][] TOTALS = {{Tile.T0, Tile.T1}, {Tile.T2, Tile.T3}};
  private static final Tile[] ACTIVATIONS = {Tile.T4, Tile.T5};
  private static final Tile[] COLUMNS = {Tile.T6, Tile.T7};

  /** Tile registers that the tokens take. */
  private int halves() {
    return (tokens + TILE_ROWS - 1) / TILE_ROWS;
  }

  @Override
  public void write(Routine r) {
    Assembler a = r.a;
    r.enter(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
    a.add(X, Gpr.RCX);
    a.add(Y, Gpr.R8);
    a.ldtilecfg(r.constant(shapes()));
    r.argument(7, SUMS);
    a.add(SUMS, PANEL);
    a.mov(ROW, TILE_ROW_BYTES);
    a.mov(SUMS_ROW, 4 * Panels.PAIR_ROWS);
    r.argument(4, TILES_LEFT);
    a.mov(TILE_X, X);
    Label tile = a.here();
    a.mov(WEIGHTS, PANEL);
    a.mov(PAIR_Y, Y);
    r.argument(5, PAIRS_LEFT);
    Label pair = a.here();
    a.mov(X, TILE_X);
    begin(r);
    r.argument(3, LEFT);
    a.imul(MORE_WEIGHTS, LEFT, parts * SplitCode.PART_BYTES);
    a.add(MORE_WEIGHTS, WEIGHTS);
    a.align(16);
    Label block = a.here();
    multiply(a);
    a.add(X, SplitFloats.blockBytes(tokens, parts));
    a.add(WEIGHTS, parts * SplitCode.PART_BYTES);
    a.add(MORE_WEIGHTS, parts * SplitCode.PART_BYTES);
    a.dec(LEFT);
    a.jcc(Condition.NOT_EQUAL, block);
    end(r);
    a.mov(WEIGHTS, MORE_WEIGHTS);
    a.add(SUMS, 4 * Panels.PAIR_ROWS * tokens);
    a.add(PAIR_Y, 4 * Panels.PAIR_ROWS);
    a.dec(PAIRS_LEFT);
    a.jcc(Condition.NOT_EQUAL, pair);
    r.argument(6, PLACE);
    a.add(TILE_X, PLACE);
    a.imul(PLACE, Y_STRIDE, tokens);
    a.add(Y, PLACE);
    a.dec(TILES_LEFT);
    a.jcc(Condition.NOT_EQUAL, tile);
    a.tilerelease();
    r.leave();
  }

  /** The palette, then for each tile the bytes of a row, then its rows (Intel's manual, volume 1, "Tile configuration"). */
  private int[] shapes() {
    ByteBuffer shapes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    shapes.put(0, (byte) 1);
    for (Tile tile : Tile.values()) {
      boolean second = tile == Tile.T2 || tile == Tile.T3 || tile == Tile.T5;
      boolean columns = tile == Tile.T6 || tile == Tile.T7;
      int rows = columns ? TILE_ROWS : second ? tokens - TILE_ROWS : Math.min(tokens, TILE_ROWS);
      if (rows > 0) {
        shapes.putShort(16 + 2 * tile.ordinal(), (short) TILE_ROW_BYTES);
        shapes.put(48 + tile.ordinal(), (byte) rows);
      }
    }
    int[] words = new int[shapes.capacity() / Integer.BYTES];
    shapes.asIntBuffer().get(words);
    return words;
  }

  private void begin(Routine r) {
    Label first = new Label();
    Label begun = new Label();
    flag(r, FIRST_SLICE);
    r.a.jcc(Condition.NOT_EQUAL, first);
    for (int i = 0; i < halves(); i++) {
      for (int j = 0; j < 2; j++) {
        r.a.tileloadd(TOTALS[i][j], sums(i, j));
      }
    }
    r.a.jmp(begun);
    r.a.bind(first);
    for (int i = 0; i < halves(); i++) {
      for (int j = 0; j < 2; j++) {
        r.a.tilezero(TOTALS[i][j]);
      }
    }
    r.a.bind(begun);
  }

  private void end(Routine r) {
    Label last = new Label();
    Label ended = new Label();
    flag(r, LAST_SLICE);
    r.a.jcc(Condition.NOT_EQUAL, last);
    for (int i = 0; i < halves(); i++) {
      for (int j = 0; j < 2; j++) {
        r.a.tilestored(sums(i, j), TOTALS[i][j]);
      }
    }
    r.a.jmp(ended);
    r.a.bind(last);
    r.a.mov(PLACE, PAIR_Y);
    for (int i = 0; i < halves(); i++) {
      for (int j = 0; j < 2; j++) {
        r.a.tilestored(Mem.at(PLACE, Y_STRIDE, 1, j * TILE_ROW_BYTES), TOTALS[i][j]);
      }
      if (i + 1 < halves()) {
        r.a.imul(PLACE, Y_STRIDE, TILE_ROWS);
        r.a.add(PLACE, PAIR_Y);
      }
    }
    r.a.bind(ended);
  }

  private static Mem sums(int half, int group) {
    return Mem.at(SUMS, SUMS_ROW, 1, half * TILE_ROWS * 4 * Panels.PAIR_ROWS + group * TILE_ROW_BYTES);
  }

  /** Not equal, if the flag is set. */
  private static void flag(Routine r, int flag) {
    r.argument(8, PLACE);
    r.a.and(PLACE, flag);
  }

  /**
   * A block of 32 columns: if there are two parts, second parts of activations with first ones of weights; both first ones; first with second. Loads
   * stand between the products: a tile register cannot be loaded before the products that read it have begun.
   */
  private void multiply(Assembler a) {
    for (int part = parts - 1; part >= 0; part--) {
      for (int i = 0; i < halves(); i++) {
        load(a, ACTIVATIONS[i], X, part * TILE_ROW_BYTES * tokens + i * TILE_BYTES);
        for (int j = 0; j < 2; j++) {
          if (part == parts - 1 && i == 0) {
            loadColumns(a, j, 0);
          }
          a.tdpbf16ps(TOTALS[i][j], ACTIVATIONS[i], COLUMNS[j]);
        }
      }
    }
    for (int j = 0; j < 2 && parts == 2; j++) {
      loadColumns(a, j, 1);
      for (int i = 0; i < halves(); i++) {
        a.tdpbf16ps(TOTALS[i][j], ACTIVATIONS[i], COLUMNS[j]);
      }
    }
  }

  private static void loadColumns(Assembler a, int group, int part) {
    load(a, COLUMNS[group], group == 0 ? WEIGHTS : MORE_WEIGHTS, part * TILE_BYTES);
  }

  /** Loads without a displacement decode faster. */
  private static void load(Assembler a, Tile to, Gpr base, int offset) {
    if (offset == 0) {
      a.tileloadd(to, Mem.at(base, ROW, 1, 0));
    } else {
      a.lea(PLACE, Mem.at(base, offset));
      a.tileloadd(to, Mem.at(PLACE, ROW, 1, 0));
    }
  }
}
