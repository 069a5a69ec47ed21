package io.mvlm.kernels.codegen;

/**
 * Divides tokens into tiles, no two of which differ by more than one token: first {@code largeCount} tiles of {@code large}, then
 * {@code smallCount} of {@code large} − 1.
 */
record TilePlan(int large, int largeCount, int smallCount) {
  /** @param tokens at least 1 */
  static TilePlan of(int tokens, int most) {
    int tiles = (tokens + most - 1) / most;
    int small = tokens / tiles;
    int rest = tokens % tiles;
    return rest == 0 ? new TilePlan(small, tiles, 0) : new TilePlan(small + 1, rest, tiles - rest);
  }

  int small() {
    return large - 1;
  }

  int tiles() {
    return largeCount + smallCount;
  }

  /** Tokens of a tile. */
  int size(int tile) {
    return tile < largeCount ? large : small();
  }

  /** Tiles of the same size from this one on. */
  int alike(int tile) {
    return (tile < largeCount ? largeCount : tiles()) - tile;
  }

  /** First token of a tile. */
  int first(int tile) {
    return tile < largeCount ? tile * large : largeCount * large + (tile - largeCount) * small();
  }
}
