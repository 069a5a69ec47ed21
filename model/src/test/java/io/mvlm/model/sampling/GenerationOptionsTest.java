package io.mvlm.model.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GenerationOptionsTest {
  private static final GenerationOptions DEFAULTS = GenerationOptions.defaults();

  @Test
  void defaultsAreGreedy() {
    assertEquals(0, DEFAULTS.temperature());
    assertEquals(512, DEFAULTS.maxTokens());
    assertEquals(1, DEFAULTS.repeatPenalty());
    assertEquals(List.of(), DEFAULTS.stop());
  }

  @Test
  void everyValueCanBeChanged() {
    GenerationOptions changed = DEFAULTS.withMaxTokens(1).withTemperature(2).withTopK(3).withTopP(0.4).withMinP(0.5).withRepeatPenalty(6)
        .withRepeatWindow(7).withSeed(8).withStop(List.of("9"));
    assertEquals(new GenerationOptions(1, 2, 3, 0.4, 0.5, 6, 7, 8, List.of("9")), changed);
  }

  @Test
  void rangesAreChecked() {
    refused("maximum number of tokens is 0", () -> DEFAULTS.withMaxTokens(0));
    refused("temperature is -0.1", () -> DEFAULTS.withTemperature(-0.1));
    refused("temperature is NaN", () -> DEFAULTS.withTemperature(Double.NaN));
    refused("temperature is Infinity", () -> DEFAULTS.withTemperature(Double.POSITIVE_INFINITY));
    refused("top-k is -1", () -> DEFAULTS.withTopK(-1));
    refused("top-p is 0.0", () -> DEFAULTS.withTopP(0));
    refused("top-p is 1.1", () -> DEFAULTS.withTopP(1.1));
    refused("min-p is NaN", () -> DEFAULTS.withMinP(Double.NaN));
    refused("repeat penalty is 0.0", () -> DEFAULTS.withRepeatPenalty(0));
    refused("repeat window is -1", () -> DEFAULTS.withRepeatWindow(-1));
    refused("stop string", () -> DEFAULTS.withStop(List.of("a", "")));
  }

  private static void refused(String expected, Executable change) {
    String message = assertThrows(IllegalArgumentException.class, change).getMessage();
    assertTrue(message.startsWith(expected) && message.contains("expected"), message);
  }
}
