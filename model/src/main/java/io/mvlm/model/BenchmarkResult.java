package io.mvlm.model;

import io.mvlm.core.Roofline;
import io.mvlm.core.TensorType;
import java.util.List;

/**
 * What a {@link Benchmark} found.
 *
 * @param backend name of the backend that computed
 * @param threads its compute threads
 * @param roofline what the machine gave it, the better of a measurement before and one after the tests
 * @param rows one for each test
 */
public record BenchmarkResult(String backend, int threads, Roofline roofline, List<Row> rows) {
  /** The test of the vision model; all others count tokens. */
  static final String IMAGE = "image";

  /**
   * One test.
   *
   * @param test {@code pp208}: prefill of 208 tokens; {@code tg64}: 64 steps of decoding; {@code tg64@d1000}: the same behind 1000 tokens;
   *     {@code image}: one picture from pixels to embeddings
   * @param type the type that holds most bytes of the matrices of the model's blocks
   * @param rate tokens, or images, a second: the mean of all repetitions
   * @param deviation standard deviation of a repetition, 0 if there was but one
   * @param fractionOfRoofline of what the machine gives, how much the test used; see {@link Benchmark}
   */
  public record Row(String test, TensorType type, double rate, double deviation, double fractionOfRoofline) {
    /** What {@link #rate} counts. */
    public String unit() {
      return test.equals(IMAGE) ? "images/s" : "tokens/s";
    }
  }
}
