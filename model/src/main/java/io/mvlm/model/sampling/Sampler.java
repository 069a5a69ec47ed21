package io.mvlm.model.sampling;

import io.mvlm.core.MvlmException;
import io.mvlm.core.TopValues;

/**
 * Chooses the next token from logits. In this order: repeat penalty; then the largest logit (temperature 0), or division by the
 * temperature, top-k, top-p and min-p on what top-k has left, and a draw. Among equal logits, lower ids come first. The same options,
 * logits and history give the same token on every machine. Memory for one vocabulary is kept between calls; for one thread at a time.
 */
public final class Sampler {
  private final GenerationOptions options;
  private final RecentTokens recent;
  private long state;
  private int[] candidates = {};
  private float[] penalised = {};
  private double[] weights = {};

  public Sampler(GenerationOptions options) {
    this.options = options;
    this.recent = new RecentTokens(penalises() ? options.repeatWindow() : 0);
    this.state = options.seed();
  }

  /** Tells what stands before the token that comes next: the prompt, front to back. What {@link #next} chose is known already. */
  public void saw(int... ids) {
    for (int id : ids) {
      recent.add(id);
    }
  }

  /**
   * How many of the largest logits are enough to choose the next token from with {@link #next(TopValues)}; 0 if {@link #next(float[])} must
   * see all of them.
   */
  public int needed() {
    return penalises() ? 0 : limit();
  }

  private boolean penalises() {
    return options.repeatPenalty() != 1 && options.repeatWindow() > 0;
  }

  /** 0 for none. */
  private int limit() {
    return options.temperature() == 0 ? 1 : options.topK();
  }

  /**
   * Chooses the next token.
   *
   * @param logits one for each token; not changed. Minus infinity rules a token out
   * @return its id
   * @throws MvlmException if a logit is NaN or plus infinity, or all are minus infinity
   */
  public int next(float[] logits) {
    float[] scores = penalise(logits);
    int limit = limit();
    TopValues best = TopValues.of(scores, 0, scores.length, Math.min(limit == 0 ? 1 : limit, scores.length));
    requireSound(best);
    int id = limit == 0 ? drawFromAll(scores, best.values()[0]) : draw(best);
    recent.add(id);
    return id;
  }

  /**
   * Chooses the next token as {@link #next(float[])} does.
   *
   * @param best the {@link #needed} largest logits, or all if there are fewer; columns are ids
   */
  public int next(TopValues best) {
    requireSound(best);
    int id = draw(best);
    recent.add(id);
    return id;
  }

  private float[] penalise(float[] logits) {
    if (recent.isEmpty()) {
      return logits;
    }
    if (penalised.length != logits.length) {
      penalised = new float[logits.length];
    }
    System.arraycopy(logits, 0, penalised, 0, logits.length);
    double penalty = options.repeatPenalty();
    recent.forEachDistinct(id -> {
      if (id >= 0 && id < penalised.length) {
        float logit = penalised[id];
        penalised[id] = (float) (logit > 0 ? logit / penalty : logit * penalty);
      }
    });
    return penalised;
  }

  private static void requireSound(TopValues best) {
    float largest = best.values().length == 0 ? Float.NEGATIVE_INFINITY : best.values()[0];
    if (!(largest < Float.POSITIVE_INFINITY)) {
      throw new MvlmException("the logit of token " + best.columns()[0] + " is " + largest
          + ", expected a finite number: the model's output is damaged");
    }
    if (largest == Float.NEGATIVE_INFINITY) {
      throw new MvlmException("all logits are minus infinity, expected at least one finite number");
    }
  }

  /** Draws among all of {@code best} that top-p and min-p leave. */
  private int draw(TopValues best) {
    float[] scores = best.values();
    if (scores.length == 1) {
      return best.columns()[0];
    }
    reserve(scores.length);
    double total = 0;
    for (int i = 0; i < scores.length; i++) {
      weights[i] = weight(scores[i], scores[0]);
      total += weights[i];
    }
    int kept = 0;
    double mass = 0;
    while (kept < scores.length && mass < options.topP() * total
        && (kept == 0 || weights[kept] > 0 && weights[kept] >= options.minP())) {
      mass += weights[kept++];
    }
    return best.columns()[place(kept, mass)];
  }

  private int drawFromAll(float[] scores, float largest) {
    reserve(scores.length);
    double total = 0;
    for (int id = 0; id < scores.length; id++) {
      candidates[id] = id;
      weights[id] = weight(scores[id], largest);
      total += weights[id];
    }
    return options.topP() < 1 || options.minP() > 0 ? drawFromTop(scores, largest, total) : place(scores.length, total);
  }

  private void reserve(int count) {
    if (weights.length < count) {
      candidates = new int[count];
      weights = new double[count];
    }
  }

  /** Takes candidates off a heap, most likely first, until top-p or min-p ends the row; then draws among those taken. */
  private int drawFromTop(float[] scores, float largest, double total) {
    int count = scores.length;
    MostLikely.heapify(scores, candidates, count);
    double mass = 0;
    int kept = 0;
    while (kept < count && mass < options.topP() * total) {
      double weight = weight(scores[candidates[0]], largest);
      if (kept > 0 && (weight == 0 || weight < options.minP())) {
        break;
      }
      MostLikely.removeFirst(scores, candidates, count - kept);
      weights[kept++] = weight;
      mass += weight;
    }
    return candidates[count - 1 - place(kept, mass)];
  }

  /** Draws one of the first {@code count} of {@link #weights}, which sum up to {@code mass}; never one of weight 0. */
  private int place(int count, double mass) {
    double target = uniform() * mass;
    int chosen = 0;
    for (int i = 0; i < count && target >= 0; i++) {
      if (weights[i] > 0) {
        chosen = i;
        target -= weights[i];
      }
    }
    return chosen;
  }

  /** The probability relative to the most likely token. */
  private double weight(float score, float largest) {
    return StrictMath.exp((score - (double) largest) / options.temperature());
  }

  /** The next number of SplitMix64 (Steele, Lea and Flood 2014), 0 to 1 without 1. */
  private double uniform() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 11) * 0x1p-53;
  }
}
