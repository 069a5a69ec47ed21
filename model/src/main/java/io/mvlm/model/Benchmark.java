package io.mvlm.model;

import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.Roofline;
import io.mvlm.core.TensorType;
import io.mvlm.model.image.RgbImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Measures whole models on one backend: prefill and decoding of random tokens, and encoding of a random picture. Nothing is sampled, and
 * loading does not count. Each test is run until it gets no faster before it is measured.
 *
 * <p>Rates are put in relation to what the machine gives ({@link Roofline}):
 * <ul>
 * <li>Decoding is bound by memory: bytes of weights that one token needs × tokens a second ÷ bytes read a second. These are the file's bytes
 *     of all tensors, without the embedding table unless it is the output layer too. Keys and values are not counted.
 * <li>Prefill and pictures are bound by arithmetic: multiply-adds a second ÷ f32 multiply-adds a second. These are rows × elements of the
 *     blocks' matrices, plus 2·heads·headSize in each block for every pair of positions of which one sees the other: n·(n + 1)/2 pairs in a
 *     prompt of n tokens, n² in a picture of n rows. Every row counts whole, though behind the last attention only those are needed whose
 *     logits somebody asked for. Output layer, patch embedding, projector, norms and the like are not counted.
 * </ul>
 * Kernels that multiply small integers can come to more than 1, and so can those that read memory in several streams.
 */
public final class Benchmark {
  /** Hears how the tests go on, in the calling thread. */
  @FunctionalInterface
  public interface Listener {
    /**
     * @param test the test at hand, as in {@link BenchmarkResult.Row#test}
     * @param done runs so far, of all tests; a warm-up counts as one
     * @param total runs of all tests
     */
    void progress(String test, int done, int total);
  }

  /** Steps of decoding in a run of a warm-up. */
  private static final int WARM_STEPS = 16;
  /** A warm-up ends when so many runs were not faster than the best before them … */
  private static final int SETTLED = 2;
  /** … by this factor … */
  private static final double FASTER = 0.98;
  /** … and does not begin another run after this time. */
  private static final long WARM_NANOS = 15_000_000_000L;
  private static final long SEED = 1;

  private final BenchmarkPlan plan;
  private final MobileVlm model;
  private final Sequence sequence;
  private final Random random = new Random(SEED);
  private final List<Test> tests = new ArrayList<>();

  /**
   * Something to measure.
   *
   * @param units what one run of it produces: tokens, or pictures
   * @param ceiling units a second that would be all that the machine gives
   * @param before what must be done before each run, without being measured
   * @param warmUp the run, or a shorter one that is like it
   */
  private record Test(String name, TensorType type, int units, int repetitions, ToDoubleFunction<Roofline> ceiling, Runnable before,
      Runnable warmUp, Runnable run) {}

  /** @param rates units a second of each run */
  private record Measured(Test test, double[] rates) {
    BenchmarkResult.Row row(Roofline roofline) {
      double mean = Arrays.stream(rates).average().orElseThrow();
      double squares = Arrays.stream(rates).map(rate -> (rate - mean) * (rate - mean)).sum();
      double deviation = rates.length == 1 ? 0 : Math.sqrt(squares / (rates.length - 1));
      return new BenchmarkResult.Row(test.name, test.type, mean, deviation, mean / test.ceiling.applyAsDouble(roofline));
    }
  }

  private Benchmark(BenchmarkPlan plan, MobileVlm model, Sequence sequence) {
    this.plan = plan;
    this.model = model;
    this.sequence = sequence;
  }

  /**
   * Loads the models as {@code options} say, but with a context that is long enough, and measures them. Takes up to 1 GiB of memory before
   * and after.
   *
   * @param mmproj the vision file, or null for the language model alone
   * @throws io.mvlm.core.CancelledException if the calling thread is interrupted
   * @throws io.mvlm.core.MvlmException if the models cannot be loaded, as by {@link MobileVlm#load(Path, Path, LoadOptions)}
   */
  public static BenchmarkResult run(Path languageModel, Path mmproj, LoadOptions options, BenchmarkPlan plan, Listener listener) {
    ModelWork.Language language = ModelWork.Language.of(languageModel);
    ModelWork.Vision vision = mmproj == null ? null : ModelWork.Vision.of(mmproj);
    LoadOptions chosen;
    Roofline first;
    try (Backend backend = Backends.open(options)) {
      chosen = options.withBackend(backend.name()).withContext(plan.context());
      first = backend.measureRoofline();
    }
    List<Measured> measured;
    try (MobileVlm model = MobileVlm.load(languageModel, mmproj, chosen); Sequence sequence = model.newSequence()) {
      Benchmark benchmark = new Benchmark(plan, model, sequence);
      benchmark.addLanguage(language);
      if (vision != null) {
        benchmark.addVision(vision);
      }
      measured = benchmark.measure(listener);
    }
    try (Backend backend = Backends.open(chosen)) {
      Roofline roofline = first.max(backend.measureRoofline());
      return new BenchmarkResult(chosen.backend(), chosen.computeThreads(), roofline, measured.stream().map(m -> m.row(roofline)).toList());
    }
  }

  private void addLanguage(ModelWork.Language work) {
    int prompt = plan.promptTokens();
    if (prompt > 0) {
      double each = work.prompt(prompt) / prompt;
      Runnable run = () -> read(prompt);
      tests.add(new Test("pp" + prompt, work.type(), prompt, plan.repetitions(), r -> r.fmaGmacPerSecond() * 1e9 / each, () -> fill(0), run,
          run));
    }
    int steps = plan.generatedTokens();
    if (steps > 0) {
      for (int depth : plan.depths()) {
        tests.add(new Test("tg" + steps + (depth == 0 ? "" : "@d" + depth), work.type(), steps, plan.repetitions(),
            r -> r.readGbPerSecond() * 1e9 / work.tokenBytes(), () -> fill(depth), () -> decode(Math.min(steps, WARM_STEPS)),
            () -> decode(steps)));
      }
    }
  }

  private void addVision(ModelWork.Vision work) {
    int size = model.requireVision().imageSize();
    byte[] rgb = new byte[3 * size * size];
    random.nextBytes(rgb);
    RgbImage picture = RgbImage.of(size, size, rgb);
    Runnable run = () -> model.encode(picture);
    tests.add(new Test(BenchmarkResult.IMAGE, work.type(), 1, plan.imageRepetitions(), r -> r.fmaGmacPerSecond() * 1e9 / work.image(),
        () -> {}, run, run));
  }

  private void decode(int steps) {
    for (int i = 0; i < steps; i++) {
      read(1);
    }
  }

  /** Lets the context hold {@code depth} tokens. */
  private void fill(int depth) {
    sequence.truncate(Math.min(depth, sequence.length()));
    if (depth > sequence.length()) {
      read(depth - sequence.length());
    }
  }

  private void read(int tokens) {
    sequence.read(List.of(new PromptChunk.Ids(random.ints(tokens, 0, model.tokenizer().size()).toArray())), Execution::read);
  }

  private List<Measured> measure(Listener listener) {
    List<Measured> results = new ArrayList<>();
    int total = tests.stream().mapToInt(test -> 1 + test.repetitions).sum();
    int done = 0;
    for (Test test : tests) {
      listener.progress(test.name, done++, total);
      warmUp(test);
      double[] rates = new double[test.repetitions];
      for (int i = 0; i < rates.length; i++) {
        listener.progress(test.name, done++, total);
        rates[i] = test.units / seconds(test, test.run);
      }
      results.add(new Measured(test, rates));
    }
    return results;
  }

  private static void warmUp(Test test) {
    long end = System.nanoTime() + WARM_NANOS;
    double best = Double.POSITIVE_INFINITY;
    int settled = 0;
    do {
      double seconds = seconds(test, test.warmUp);
      settled = seconds < best * FASTER ? 0 : settled + 1;
      best = Math.min(best, seconds);
    } while (settled < SETTLED && System.nanoTime() < end);
  }

  private static double seconds(Test test, Runnable run) {
    test.before.run();
    long start = System.nanoTime();
    run.run();
    return (System.nanoTime() - start) / 1e9;
  }
}
