package io.mvlm.model;

/** Hears how loading goes on; called from any thread, and should return quickly. */
public interface LoadListener {
  /** Hears nothing. */
  LoadListener SILENT = (what, done, total) -> {};

  /**
   * @param what the file that is being loaded
   * @param done bytes so far, of all files
   * @param total bytes of all files
   */
  void progress(String what, long done, long total);

  /** One line that a person may want to read: why a backend was passed over, a tokenizer that is guessed. */
  default void note(String line) {}

  /** One line that a person should read: something that was asked for is done in another way. */
  default void warning(String line) {
    note(line);
  }
}
