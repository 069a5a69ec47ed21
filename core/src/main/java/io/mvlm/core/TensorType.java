package io.mvlm.core;

import java.util.Locale;

/** The block formats that GGUF files hold and mvlm reads, with ggml's numbers and sizes. */
public enum TensorType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  IQ4_NL(20, 32, 18),
  IQ4_XS(23, 256, 136),
  BF16(30, 1, 2);

  private final int id;
  private final int blockLength;
  private final int blockBytes;

  TensorType(int id, int blockLength, int blockBytes) {
    this.id = id;
    this.blockLength = blockLength;
    this.blockBytes = blockBytes;
  }

  /** The number by which GGUF files name the type. */
  public int id() {
    return id;
  }

  /** Values in a block. */
  public int blockLength() {
    return blockLength;
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Bytes of {@code count} values, a multiple of the block length. @throws ArithmeticException on overflow */
  public long byteSize(long count) {
    if (count % blockLength != 0) {
      throw new IllegalArgumentException(count + " values are no whole number of " + this + " blocks of " + blockLength);
    }
    return Math.multiplyExact(count / blockLength, (long) blockBytes);
  }

  public BlockCodec codec() {
    return BlockCodecs.of(this);
  }

  /** The type with that number, or null if mvlm does not know it. */
  public static TensorType ofId(long id) {
    for (TensorType type : values()) {
      if (type.id == id) {
        return type;
      }
    }
    return null;
  }

  /** @param name in any case, for example {@code q4_0} @throws IllegalArgumentException for an unknown name */
  public static TensorType parse(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
