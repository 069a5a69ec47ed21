package io.mvlm.core;

/** Makes a backend; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** What a user types: {@code scalar}, {@code vector}, {@code codegen}, {@code opencl}. */
  String name();

  /** The higher, the sooner {@code auto} tries it; negative = only by name. */
  int priority();

  /**
   * @param options threads and device
   * @throws BackendUnavailableException if it cannot run here, or (when {@link Options#probed()}) loses to a simpler one
   */
  Backend create(Options options);

  /**
   * @param threads compute threads, at least 1
   * @param probed true if {@code auto} is asking: the provider then measures itself first and refuses where it would be slow
   */
  record Options(int threads, boolean probed) {}
}
