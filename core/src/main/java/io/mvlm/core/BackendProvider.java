package io.mvlm.core;

import java.util.List;

/** Makes a backend; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** What a user types: {@code scalar}, {@code vector}, {@code codegen}, {@code opencl}. */
  String name();

  /** The higher, the sooner {@code auto} tries it; negative = only by name or, before all others, if a device is named. */
  int priority();

  /**
   * @param options threads and device
   * @throws BackendUnavailableException if it cannot run here, or (when {@link Options#probed()}) loses to a simpler one
   */
  Backend create(Options options);

  /**
   * Whether weights of a type are computed with by code that is not Java's: work that is fast from its first call, with or without an
   * optimising compiler.
   *
   * @throws BackendUnavailableException as {@link #create}
   */
  default boolean isNative(Options options, TensorType type) {
    return false;
  }

  /**
   * What {@link Options#device()} may name, in the order of their numbers; none for a backend that runs on the processor alone.
   *
   * @throws BackendUnavailableException if the library that knows them is missing
   */
  default List<ComputeDevice> devices() {
    return List.of();
  }

  /**
   * Measures which sizes of work suit a device, and keeps them for every later {@link #create} on it.
   *
   * @return what was found, in one line for people
   * @throws BackendUnavailableException as {@link #create}
   * @throws UnsupportedFeatureException if there is nothing that could be chosen
   */
  default String tune(Options options) {
    throw new UnsupportedFeatureException("the backend " + name() + " has nothing to tune");
  }

  /**
   * @param threads compute threads, at least 1
   * @param probed true if {@code auto} is asking: the provider then tries itself first and refuses where it would be slow or fail
   * @param device number of one of the {@link #devices()}, or a part of its name or platform in any case; null = the provider chooses.
   *     Without effect where there are none
   */
  record Options(int threads, boolean probed, String device) {}
}
