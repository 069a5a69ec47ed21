package io.mvlm.core;

import java.lang.foreign.MemorySegment;

/** Types without blocks: every value stands alone. Infinities and NaN survive both ways. */
final class FloatCodecs {
  /** IEEE 754 binary32. */
  static final BlockCodec F32 = new F32Codec();

  /** IEEE 754 binary16; quantising rounds to nearest even, and beyond ±65504 to infinity. */
  static final BlockCodec F16 = new F16Codec();

  /** The upper half of a binary32; quantising rounds to nearest even, and keeps NaN a (quiet) NaN. */
  static final BlockCodec BF16 = new Bf16Codec();

  private FloatCodecs() {}

  private static final class F32Codec implements BlockCodec {
    @Override
    public void dequantize(MemorySegment source, long sourceOffset, float[] target, int targetOffset, int count) {
      MemorySegment.copy(source, LittleEndian.FLOAT, sourceOffset, target, targetOffset, count);
    }

    @Override
    public void quantize(float[] source, int sourceOffset, int count, MemorySegment target, long targetOffset) {
      MemorySegment.copy(source, sourceOffset, target, LittleEndian.FLOAT, targetOffset, count);
    }
  }

  private static final class F16Codec implements BlockCodec {
    @Override
    public void dequantize(MemorySegment source, long sourceOffset, float[] target, int targetOffset, int count) {
      for (int i = 0; i < count; i++) {
        target[targetOffset + i] = Float.float16ToFloat(source.get(LittleEndian.SHORT, sourceOffset + 2L * i));
      }
    }

    @Override
    public void quantize(float[] source, int sourceOffset, int count, MemorySegment target, long targetOffset) {
      for (int i = 0; i < count; i++) {
        target.set(LittleEndian.SHORT, targetOffset + 2L * i, Float.floatToFloat16(source[sourceOffset + i]));
      }
    }
  }

  private static final class Bf16Codec implements BlockCodec {
    @Override
    public void dequantize(MemorySegment source, long sourceOffset, float[] target, int targetOffset, int count) {
      for (int i = 0; i < count; i++) {
        target[targetOffset + i] = Float.intBitsToFloat(source.get(LittleEndian.SHORT, sourceOffset + 2L * i) << 16);
      }
    }

    @Override
    public void quantize(float[] source, int sourceOffset, int count, MemorySegment target, long targetOffset) {
      for (int i = 0; i < count; i++) {
        int bits = Float.floatToRawIntBits(source[sourceOffset + i]);
        boolean nan = (bits & 0x7fffffff) > 0x7f800000;
        int upper = nan ? bits >>> 16 | 0x40 : bits + (0x7fff + (bits >>> 16 & 1)) >>> 16;
        target.set(LittleEndian.SHORT, targetOffset + 2L * i, (short) upper);
      }
    }
  }
}
