package io.mvlm.kernels.opencl;

/**
 * Sizes of work groups, and which form of a kernel a device runs.
 *
 * @param gemvLanes work items that share a row of a product with one token, a power of two
 * @param gemvRows rows of a work group of it
 * @param tiled whether products with many tokens go through tiles in local memory
 * @param tileSide work items on each side of a tile
 * @param tokens tokens of a work item of products without tiles
 * @param directRows rows of a work group of them, a work item for each
 * @param reductionItems work items that share a row of a norm, a power of two
 * @param attentionItems positions that attention scores at once, a power of two
 * @param pointwiseItems work items of a group of everything else
 */
record Tuning(int gemvLanes, int gemvRows, boolean tiled, int tileSide, int tokens, int directRows, int reductionItems, int attentionItems,
    int pointwiseItems) {
  /** Bytes of local memory that every tile takes for each work item of a side. */
  private static final int TILE_BYTES = 2 * 32 * 4 * Float.BYTES;

  /**
   * What suits a kind of device: on a processor a work item is a loop, so each does much; on a GPU many share each row. Local memory that
   * is global memory (processors, Mali) gains nothing from tiles.
   */
  static Tuning of(OpenClDevice.Limits limits) {
    int items = Integer.highestOneBit(limits.workGroup());
    if (limits.processor()) {
      return new Tuning(1, Math.min(8, items), false, 8, 8, Math.min(8, items), Math.min(8, items), Math.min(16, items),
          Math.min(64, items));
    }
    int side = items >= 256 && limits.localBytes() >= 2 * 16 * TILE_BYTES ? 16 : 8;
    boolean tiled = limits.localIsFast() && items >= side * side && limits.localBytes() >= 2 * side * TILE_BYTES;
    return new Tuning(Math.min(32, items), Math.clamp(items / 32, 1, 4), tiled, side, 4, Math.min(64, items), Math.min(128, items),
        Math.min(64, items), Math.min(64, items));
  }

  /** Whether a device with these limits can run it. */
  boolean fits(OpenClDevice.Limits limits) {
    return isPowerOfTwo(gemvLanes) && gemvRows >= 1 && (long) gemvLanes * gemvRows <= limits.workGroup() && tokens >= 1 && tokens <= 16
        && directRows >= 1 && directRows <= limits.workGroup() && (tileSide == 8 || tileSide == 16)
        && (!tiled || tileSide * tileSide <= limits.workGroup() && tileSide * TILE_BYTES <= limits.localBytes());
  }

  private static boolean isPowerOfTwo(int n) {
    return n >= 1 && n <= 1024 && Integer.bitCount(n) == 1;
  }

  Tuning withGemv(int lanes, int rows) {
    return new Tuning(lanes, rows, tiled, tileSide, tokens, directRows, reductionItems, attentionItems, pointwiseItems);
  }

  Tuning withTiled(boolean yes) {
    return new Tuning(gemvLanes, gemvRows, yes, tileSide, tokens, directRows, reductionItems, attentionItems, pointwiseItems);
  }

  Tuning withTileSide(int items) {
    return new Tuning(gemvLanes, gemvRows, tiled, items, tokens, directRows, reductionItems, attentionItems, pointwiseItems);
  }

  Tuning withDirect(int tokensOfItem, int rowsOfGroup) {
    return new Tuning(gemvLanes, gemvRows, tiled, tileSide, tokensOfItem, rowsOfGroup, reductionItems, attentionItems, pointwiseItems);
  }

  /** For people. */
  String description() {
    return "one token: " + gemvLanes + (gemvLanes == 1 ? " item" : " items") + " a row, " + gemvRows + " rows a group; many tokens: "
        + (tiled ? "tiles of " + 4 * tileSide + "×" + 4 * tileSide + " in local memory" : tokens + " tokens an item, " + directRows
        + " rows a group, without local memory");
  }
}
