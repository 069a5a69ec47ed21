package io.mvlm.model.demo;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Chooses. Not thread-safe. */
record Chance(RandomGenerator random) {
  /** One of them, each equally likely. */
  @SafeVarargs
  final <T> T one(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** One of them, each equally likely. */
  <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** One of them, each equally likely, if there are any. */
  <T> Optional<T> any(Collection<T> choices) {
    return choices.isEmpty() ? Optional.empty() : Optional.of(one(List.copyOf(choices)));
  }

  boolean toss() {
    return random.nextBoolean();
  }

  /** Between two numbers; the second one where that is not the larger. */
  double between(double low, double high) {
    return low < high ? random.nextDouble(low, high) : high;
  }
}
