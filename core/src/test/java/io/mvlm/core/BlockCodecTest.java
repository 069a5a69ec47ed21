package io.mvlm.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockCodecTest {
  private static final int COUNT = 1024;

  private static float[] roundTrip(TensorType type, float[] values) {
    // An odd offset on both sides: files promise no alignment to codecs.
    MemorySegment blocks = MemorySegment.ofArray(new byte[(int) type.byteSize(values.length) + 3]);
    float[] shifted = new float[values.length + 5];
    System.arraycopy(values, 0, shifted, 5, values.length);
    type.codec().quantize(shifted, 5, values.length, blocks, 3);
    float[] back = new float[values.length + 7];
    type.codec().dequantize(blocks, 3, back, 7, values.length);
    return Arrays.copyOfRange(back, 7, back.length);
  }

  private static double relativeError(float[] got, float[] want) {
    double error = 0;
    double norm = 0;
    for (int i = 0; i < want.length; i++) {
      error += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
      norm += (double) want[i] * want[i];
    }
    return Math.sqrt(error / norm);
  }

  private static float[] normal(long seed, float deviation, float mean) {
    Random random = new Random(seed);
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      values[i] = (float) random.nextGaussian() * deviation + mean;
    }
    return values;
  }

  /** Relative error on normally distributed values, with some margin over what good quantisers of each format reach. */
  private static double bound(TensorType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 5e-4;
      case BF16 -> 3e-3;
      case Q8_0 -> 8e-3;
      case Q6_K -> 0.022;
      case Q5_K, Q5_1, Q5_0 -> 0.055;
      case Q4_K, Q4_1, Q4_0, IQ4_NL, IQ4_XS -> 0.11;
      case Q3_K -> 0.19;
      case Q2_K -> 0.32;
    };
  }

  @ParameterizedTest
  @EnumSource
  void comesBackWithinTheErrorOfTheFormat(TensorType type) {
    for (float deviation : new float[] {1f, 1e-3f, 300f}) {
      float[] values = normal(type.ordinal(), deviation, 0);
      double error = relativeError(roundTrip(type, values), values);
      assertTrue(error <= bound(type), type + " at deviation " + deviation + ": " + error);
    }
  }

  @ParameterizedTest
  @EnumSource
  void followsAShiftedDistribution(TensorType type) {
    float[] values = normal(31 + type.ordinal(), 1f, 2f);
    double error = relativeError(roundTrip(type, values), values);
    assertTrue(error <= bound(type), type + ": " + error);
  }

  @ParameterizedTest
  @EnumSource
  void zerosStayZero(TensorType type) {
    float[] back = roundTrip(type, new float[COUNT]);
    for (float v : back) {
      assertEquals(0f, v, 0f, type.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void blocksOfOneValueAndZerosKeepIt(TensorType type) {
    for (int at : new int[] {0, 17, 255, 1023}) {
      float[] values = new float[COUNT];
      values[at] = at % 2 == 0 ? 0.75f : -0.75f;
      float[] back = roundTrip(type, values);
      assertEquals(values[at], back[at], 0.005f, type + " at " + at);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"}, mode = EnumSource.Mode.EXCLUDE)
  void hostileValuesGiveFiniteOnes(TensorType type) {
    Random random = new Random(7);
    float[] hostile = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE,
        -1e-38f, 1e-30f, -0f, 65505f, -70000f};
    for (int round = 0; round < 200; round++) {
      float[] values = new float[COUNT];
      for (int i = 0; i < COUNT; i++) {
        values[i] = switch (round % 3) {
          case 0 -> hostile[random.nextInt(hostile.length)];
          case 1 -> random.nextInt(20) == 0 ? hostile[random.nextInt(hostile.length)] : random.nextFloat();
          default -> Float.intBitsToFloat(random.nextInt());
        };
      }
      for (float v : roundTrip(type, values)) {
        assertTrue(Float.isFinite(v), type + " gave " + v);
      }
    }
  }

  @Test
  void nanCountsAsZeroAndDoesNotSpoilItsNeighbours() {
    for (TensorType type : TensorType.values()) {
      if (type.blockLength() > 1) {
        float[] values = normal(3, 1f, 0);
        values[100] = 0f;
        float[] clean = roundTrip(type, values);
        values[100] = Float.NaN;
        assertArrayEquals(clean, roundTrip(type, values), type.toString());
      }
    }
  }

  @Test
  void plainTypesKeepSpecialValues() {
    float[] special = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, 1f};
    for (TensorType type : new TensorType[] {TensorType.F32, TensorType.F16, TensorType.BF16}) {
      assertArrayEquals(special, roundTrip(type, special), type.toString());
    }
    assertTrue(Float.isInfinite(roundTrip(TensorType.BF16, new float[] {Float.MAX_VALUE})[0]));
    assertTrue(Float.isNaN(roundTrip(TensorType.BF16, new float[] {Float.intBitsToFloat(0x7f800001)})[0]));
  }

  @Test
  void bf16RoundsHalvesToEven() {
    float[] halves = {Float.intBitsToFloat(0x3f808000), Float.intBitsToFloat(0x3f818000), Float.intBitsToFloat(0x3f808001)};
    float[] back = roundTrip(TensorType.BF16, halves);
    assertEquals(0x3f800000, Float.floatToRawIntBits(back[0]));
    assertEquals(0x3f820000, Float.floatToRawIntBits(back[1]));
    assertEquals(0x3f810000, Float.floatToRawIntBits(back[2]));
  }

  @Test
  void q8RoundsHalvesAwayFromZero() {
    float[] values = new float[32];
    values[0] = 127f;
    values[1] = 0.5f;
    values[2] = -0.5f;
    values[3] = 2.5f;
    values[4] = 0.49999997f;
    float[] back = roundTrip(TensorType.Q8_0, values);
    assertArrayEquals(new float[] {127f, 1f, -1f, 3f, 0f}, Arrays.copyOf(back, 5));
  }

  /** Blocks written out by hand, from the descriptions of the formats. */
  @Test
  void blocksByHand() {
    byte[] q4 = new byte[18];
    q4[1] = 0x40; // d = 2
    q4[2] = (byte) 0xf1;
    float[] y = new float[32];
    TensorType.Q4_0.codec().dequantize(MemorySegment.ofArray(q4), 0, y, 0, 32);
    assertEquals(2f * (1 - 8), y[0]);
    assertEquals(2f * (15 - 8), y[16]);
    assertEquals(-16f, y[1]);

    byte[] q6 = new byte[210];
    q6[209] = 0x3c; // d = 1
    q6[192 + 12] = -3; // the scale of values 192 to 207
    q6[64] = 0x50; // low nibble of value 192: 5
    q6[128 + 32] = 0x20; // high bits of value 192: 2
    float[] z = new float[256];
    TensorType.Q6_K.codec().dequantize(MemorySegment.ofArray(q6), 0, z, 0, 256);
    assertEquals(-3f * (5 + 2 * 16 - 32), z[192]);
    assertEquals(-3f * -32, z[193]);
    assertEquals(0f, z[0], 0f);
  }

  @Test
  void refusesPartsOfBlocks() {
    MemorySegment memory = MemorySegment.ofArray(new byte[1000]);
    for (TensorType type : TensorType.values()) {
      if (type.blockLength() > 1) {
        assertThrows(IllegalArgumentException.class, () -> type.codec().dequantize(memory, 0, new float[300], 0, type.blockLength() + 1));
        assertThrows(IllegalArgumentException.class, () -> type.codec().quantize(new float[300], 0, type.blockLength() - 1, memory, 0));
      }
    }
  }
}
