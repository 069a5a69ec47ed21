package io.mvlm.bench;

import io.mvlm.core.Roofline;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What a kernel gets done, counted beside its calls; JMH divides by the time and shows a row for each field. The unit of time is the second,
 * unless {@code -tu} says otherwise.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rates {
  /** 10⁹ bytes: weights as a file holds them, keys and values, or what goes in and out. */
  public double gigabytes;
  /** 10⁹ multiply-adds. */
  public double gigaMultiplyAdds;
  /**
   * The part of the time that it would take at the roofline measured in the same JVM: bytes at the speed of memory or multiply-adds in
   * f32, whichever is longer. Above 1 where caches hold the data, or products are of small integers.
   */
  public double ofRoofline;

  void add(int calls, double bytes, double multiplyAdds, Roofline roofline) {
    gigabytes += calls * bytes / 1e9;
    gigaMultiplyAdds += calls * multiplyAdds / 1e9;
    ofRoofline += calls * Math.max(bytes / roofline.readGbPerSecond(), multiplyAdds / roofline.fmaGmacPerSecond()) / 1e9;
  }
}
