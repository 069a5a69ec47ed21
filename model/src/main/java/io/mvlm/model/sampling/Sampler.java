package io.mvlm.model.sampling;

import io.mvlm.core.MvlmException;

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
    this.recent = new RecentTokens(options.repeatPenalty() == 1 ? 0 : options.repeatWindow());
    this.state = options.seed();
  }

  /** Tells what stands before the token that comes next: the prompt, front to back. What {@link #next} chose is known already. */
  public void saw(int... ids) {
    for (int id : ids) {
      recent.add(id);
    }
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
    int best = best(scores);
    int id = options.temperature() == 0 || options.topK() == 1 ? best : draw(scores, best);
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

  /** The lowest id of the largest score. */
  private static int best(float[] scores) {
    int best = -1;
    float largest = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < scores.length; id++) {
      float score = scores[id];
      if (!(score < Float.POSITIVE_INFINITY)) {
        throw new MvlmException("the logit of token " + id + " is " + score + ", expected a finite number: the model's output is damaged");
      }
      if (score > largest) {
        largest = score;
        best = id;
      }
    }
    if (best < 0) {
      throw new MvlmException("all " + scores.length + " logits are minus infinity, expected at least one finite number");
    }
    return best;
  }

  private int draw(float[] scores, int best) {
    if (candidates.length < scores.length) {
      candidates = new int[scores.length];
      weights = new double[scores.length];
    }
    boolean limited = options.topK() > 0 && options.topK() < scores.length;
    int count = limited ? TopTokens.select(scores, options.topK(), candidates) : all(scores.length);
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += weight(scores[candidates[i]], scores[best]);
    }
    boolean ordered = options.topP() < 1 || options.minP() > 0;
    if (ordered) {
      return drawFromTop(scores, scores[best], count, total);
    }
    double target = uniform() * total;
    int chosen = best;
    for (int i = 0; i < count && target >= 0; i++) {
      double weight = weight(scores[candidates[i]], scores[best]);
      if (weight > 0) {
        chosen = candidates[i];
        target -= weight;
      }
    }
    return chosen;
  }

  private int all(int count) {
    for (int id = 0; id < count; id++) {
      candidates[id] = id;
    }
    return count;
  }

  /** Takes candidates off a heap, most likely first, until top-p or min-p ends the row; then draws among those taken. */
  private int drawFromTop(float[] scores, float largest, int count, double total) {
    TopTokens.heapify(scores, candidates, count);
    double mass = 0;
    int kept = 0;
    for (int left = count; left > 0; left--) {
      double weight = weight(scores[candidates[0]], largest);
      if (kept > 0 && (weight == 0 || weight < options.minP())) {
        break;
      }
      TopTokens.removeFirst(scores, candidates, left);
      weights[kept++] = weight;
      mass += weight;
      if (mass >= options.topP() * total) {
        break;
      }
    }
    double target = uniform() * mass;
    int chosen = 0;
    for (int i = 0; i < kept && target >= 0; i++) {
      chosen = i;
      target -= weights[i];
    }
    return candidates[count - 1 - chosen];
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
