package io.mvlm.core;

import java.lang.foreign.MemorySegment;

/** The way over many blocks, for types that are described by one. */
abstract class BlockwiseCodec implements BlockCodec {
  private final TensorType type;

  BlockwiseCodec(TensorType type) {
    this.type = type;
  }

  /** Encodes one block after the other; may keep scratch memory between them. */
  @FunctionalInterface
  interface Encoder {
    /** The block's values start at {@code x[from]}, its bytes at {@code s[at]}. */
    void encode(float[] x, int from, MemorySegment s, long at);
  }

  /** Decodes one block: its bytes start at {@code s[at]}, its values at {@code y[to]}. */
  abstract void decode(MemorySegment s, long at, float[] y, int to);

  /** A fresh one, for one thread. */
  abstract Encoder encoder();

  @Override
  public final void dequantize(MemorySegment source, long sourceOffset, float[] target, int targetOffset, int count) {
    int blocks = BlockCodecs.blocks(type, count);
    long bytes = type.blockBytes();
    int length = type.blockLength();
    for (int b = 0; b < blocks; b++) {
      decode(source, sourceOffset + bytes * b, target, targetOffset + length * b);
    }
  }

  @Override
  public final void quantize(float[] source, int sourceOffset, int count, MemorySegment target, long targetOffset) {
    int blocks = BlockCodecs.blocks(type, count);
    Encoder encoder = encoder();
    for (int b = 0; b < blocks; b++) {
      encoder.encode(source, sourceOffset + type.blockLength() * b, target, targetOffset + (long) type.blockBytes() * b);
    }
  }
}
