package io.mvlm.model.image;

/** One colour component of a JPEG frame: its sampling, its samples, and while a progressive file is read its coefficients. */
final class JpegComponent {
  final int id;
  /** Sampling factors, 1 to 4. */
  final int h;
  final int v;
  final int quantTable;

  /** Samples that carry the picture; more are coded, to fill the last blocks. */
  int width;
  int height;

  /** Coded blocks, padded to whole MCUs. */
  int blocksWide;
  int blocksHigh;

  /** Samples, {@code blocksHigh·8} rows of {@code blocksWide·8}. */
  byte[] samples;

  /** Coefficients of a progressive file, 64 per block in natural order, not yet dequantised; else null. */
  short[] coefficients;

  /** The quantisation table at the time of the component's first scan, in natural order. */
  int[] quant;
  JpegHuffman dc;
  JpegHuffman ac;
  int prediction;
  boolean seen;

  JpegComponent(int id, int h, int v, int quantTable) {
    this.id = id;
    this.h = h;
    this.v = v;
    this.quantTable = quantTable;
  }

  int stride() {
    return 8 * blocksWide;
  }
}
