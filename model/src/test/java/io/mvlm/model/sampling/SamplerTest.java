package io.mvlm.model.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.MvlmException;
import io.mvlm.core.TopValues;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final GenerationOptions FREE = GenerationOptions.defaults().withTemperature(1).withTopK(0).withTopP(1);

  private static int next(GenerationOptions options, float... logits) {
    return new Sampler(options).next(logits);
  }

  /** How often each id comes in 20000 draws, as a share. */
  private static double[] shares(GenerationOptions options, float... logits) {
    Sampler sampler = new Sampler(options);
    double[] shares = new double[logits.length];
    for (int i = 0; i < 20000; i++) {
      shares[sampler.next(logits)]++;
    }
    return Arrays.stream(shares).map(count -> count / 20000).toArray();
  }

  private static float[] logits(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]);
    }
    return logits;
  }

  private static float[] random(int size, DoubleSupplier numbers) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) numbers.getAsDouble();
    }
    return values;
  }

  @Test
  void greedyTakesTheLargestAndTheLowestIdAmongEquals() {
    GenerationOptions greedy = GenerationOptions.defaults();
    assertEquals(2, next(greedy, -5, 0, 3, 1));
    assertEquals(1, next(greedy, 0, 3, 3, 3));
    assertEquals(3, next(greedy, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, -1e30f));
    assertEquals(1, next(FREE.withTopK(1), 0, 3, 3));
  }

  @Test
  void damagedLogits() {
    for (GenerationOptions options : new GenerationOptions[] {GenerationOptions.defaults(), FREE}) {
      String message = assertThrows(MvlmException.class, () -> next(options, 0, Float.NaN)).getMessage();
      assertTrue(message.contains("token 1"), message);
      assertThrows(MvlmException.class, () -> next(options, 0, Float.POSITIVE_INFINITY));
      assertThrows(MvlmException.class, () -> next(options, Float.NEGATIVE_INFINITY));
      assertThrows(MvlmException.class, () -> next(options));
      assertThrows(MvlmException.class, () -> new Sampler(options).next(new TopValues(new float[] {Float.NaN}, new int[] {1})));
    }
  }

  @Test
  void drawsFollowTheProbabilities() {
    assertArrayEquals(new double[] {0.5, 0.3, 0.2}, shares(FREE, logits(0.5, 0.3, 0.2)), 0.015);
    double[] sharper = shares(FREE.withTemperature(0.5), logits(0.5, 0.3, 0.2));
    assertArrayEquals(new double[] {0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38}, sharper, 0.015);
  }

  @Test
  void limits() {
    float[] logits = logits(0.1, 0.4, 0.2, 0.3);
    assertArrayEquals(new double[] {0, 4 / 7.0, 0, 3 / 7.0}, shares(FREE.withTopK(2), logits), 0.015);
    assertArrayEquals(new double[] {0, 4 / 7.0, 0, 3 / 7.0}, shares(FREE.withTopP(0.65), logits), 0.015);
    assertArrayEquals(new double[] {0, 4 / 9.0, 2 / 9.0, 3 / 9.0}, shares(FREE.withTopP(0.75), logits), 0.015);
    assertArrayEquals(new double[] {0, 4 / 7.0, 0, 3 / 7.0}, shares(FREE.withMinP(0.6), logits), 0.015);
    assertArrayEquals(new double[] {0, 1, 0, 0}, shares(FREE.withMinP(1), logits), 0);
    assertArrayEquals(new double[] {0, 1, 0, 0}, shares(FREE.withTopP(1e-9), logits), 0);
    // Top-p counts in what top-k has left: 0.4 of 0.7 is enough for 0.55.
    assertArrayEquals(new double[] {0, 1, 0, 0}, shares(FREE.withTopK(2).withTopP(0.55), logits), 0);
  }

  @Test
  void ruledOutTokensNeverCome() {
    double[] shares = shares(FREE.withTopP(0.999999), 1, Float.NEGATIVE_INFINITY, 1);
    assertArrayEquals(new double[] {0.5, 0, 0.5}, shares, 0.015);
    assertEquals(0, shares(FREE, Float.NEGATIVE_INFINITY, 0)[0]);
  }

  @Test
  void tinyTemperatureIsGreedy() {
    assertArrayEquals(new double[] {0, 1, 0}, shares(FREE.withTemperature(1e-300), 1, 1.001f, -3), 0);
  }

  @Test
  void sameSeedSameTokens() {
    Random random = new Random(3);
    float[] logits = random(1000, random::nextDouble);
    Sampler one = new Sampler(FREE.withSeed(7));
    Sampler two = new Sampler(FREE.withSeed(7));
    Sampler other = new Sampler(FREE.withSeed(8));
    int[] first = IntStream.range(0, 50).map(i -> one.next(logits)).toArray();
    assertArrayEquals(first, IntStream.range(0, 50).map(i -> two.next(logits)).toArray());
    assertTrue(!Arrays.equals(first, IntStream.range(0, 50).map(i -> other.next(logits)).toArray()));
  }

  @Test
  void repeatPenaltyWorksOnWhatWasSeen() {
    GenerationOptions options = GenerationOptions.defaults().withRepeatPenalty(2).withRepeatWindow(2);
    Sampler sampler = new Sampler(options);
    float[] logits = {4, 3, 2.5f, -1};
    float[] before = logits.clone();
    int[] got = IntStream.range(0, 5).map(i -> sampler.next(logits)).toArray();
    // 0 (4), then 1 (3), then 2 (2.5 against 2 and 1.5), then 0 again: it has left the window of two.
    assertArrayEquals(new int[] {0, 1, 2, 0, 1}, got);
    assertArrayEquals(before, logits);
    Sampler prompted = new Sampler(options);
    prompted.saw(5, -3, 1000, 0, 1);
    assertEquals(2, prompted.next(logits));
    Sampler negative = new Sampler(options);
    negative.saw(0);
    assertEquals(1, negative.next(new float[] {-1, -1.5f}));
  }

  @Property(tries = 300)
  void topTokensAreThoseOfASort(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int size,
      @ForAll @IntRange(min = 1, max = 70) int k, @ForAll @DoubleRange(min = 0.01, max = 1) double p) {
    Random random = new Random(seed);
    float[] logits = random(size, () -> random.nextInt(12) / 2.0);
    int[] sorted = IntStream.range(0, size).boxed().sorted((a, b) -> Float.compare(logits[b], logits[a])).mapToInt(i -> i).toArray();
    int kept = Math.min(k, size);
    double total = IntStream.range(0, kept).mapToDouble(i -> Math.exp(logits[sorted[i]])).sum();
    BitSet allowed = new BitSet();
    double mass = 0;
    for (int i = 0; i < kept && mass < p * total + 1e-9; i++) {
      allowed.set(sorted[i]);
      mass += Math.exp(logits[sorted[i]]);
    }
    Sampler sampler = new Sampler(FREE.withTopK(k).withTopP(p).withSeed(seed));
    for (int i = 0; i < 50; i++) {
      assertTrue(allowed.get(sampler.next(logits)));
    }
  }

  /** What a device sends over is enough. */
  @Property(tries = 300)
  void theNeededTokensAreAsGoodAsAll(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int size,
      @ForAll @IntRange(min = 1, max = 70) int k, @ForAll @DoubleRange(min = 0.01, max = 1) double p) {
    Random random = new Random(seed);
    for (GenerationOptions options : new GenerationOptions[] {GenerationOptions.defaults(), FREE.withTopK(k),
        FREE.withTopK(k).withTopP(p), FREE.withTopK(k).withMinP(p).withSeed(seed)}) {
      Sampler all = new Sampler(options);
      Sampler some = new Sampler(options);
      assertEquals(options.temperature() == 0 ? 1 : k, some.needed());
      for (int i = 0; i < 20; i++) {
        float[] logits = random(size, () -> random.nextInt(12) / 2.0);
        assertEquals(all.next(logits), some.next(TopValues.of(logits, 0, size, Math.min(size, some.needed()))));
      }
    }
  }

  @Test
  void penaltiesAndUnlimitedDrawsNeedAll() {
    assertEquals(0, new Sampler(FREE).needed());
    assertEquals(0, new Sampler(GenerationOptions.defaults().withRepeatPenalty(1.1)).needed());
    assertEquals(1, new Sampler(GenerationOptions.defaults().withRepeatPenalty(1.1).withRepeatWindow(0)).needed());
  }

  @Test
  void largeVocabularies() {
    float[] flat = new float[256 << 10];
    Random random = new Random(1);
    float[] steep = random(256 << 10, () -> random.nextGaussian() * 4);
    for (GenerationOptions options : new GenerationOptions[] {
        FREE, FREE.withTopK(40), FREE.withTopP(0.95), FREE.withTopK(200000).withTopP(0.99), FREE.withMinP(0.01)}) {
      Sampler sampler = new Sampler(options);
      assertTimeout(Duration.ofSeconds(10), () -> IntStream.range(0, 5).forEach(i -> {
        sampler.next(flat);
        sampler.next(steep);
      }));
    }
  }
}
