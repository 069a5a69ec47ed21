package io.mvlm.core;

/**
 * Something that computes: it owns where weights and activations live. The model code is written once against this contract.
 *
 * <p>Thread-safe. Closing cancels the running pass at its next operation, waits until it has ended, and frees everything that was prepared.
 */
public interface Backend extends AutoCloseable {
  /** The short name that chose it, for example {@code vector}. */
  String name();

  /** One line for people: what runs, on what, and why. */
  String description();

  /**
   * Reads tensors from their file and keeps them in the form that suits the role: the one place where repacking or uploading happens, so
   * that each byte is read once.
   *
   * @param stacked one tensor, or several with equal columns that become one by rows (q, k, v; gate, up), also when their types differ
   * @throws UnsupportedFeatureException if there is no kernel for a type in this role
   */
  Weight prepare(Role role, Tensor... stacked);

  /**
   * Asked before weights are prepared, so that a model that cannot fit is refused before time is spent on it.
   *
   * @param bytes of the tensors to come, as their file holds them, and of what else is sure to be needed
   * @throws BackendUnavailableException if the backend's memory is known to be too small for them
   */
  default void requireRoom(long bytes) {}

  Execution newExecution();

  KvCache newKvCache(KvCache.Spec spec);

  /**
   * Measures what this machine gives to this backend's threads, for benchmarks to compare with. Takes a second or two, and up to 1 GiB of
   * memory meanwhile.
   */
  Roofline measureRoofline();

  @Override
  void close();
}
