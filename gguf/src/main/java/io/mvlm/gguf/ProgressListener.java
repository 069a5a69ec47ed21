package io.mvlm.gguf;

/** Hears how far a long piece of work is. Called now and then, by one thread at a time, not necessarily the one that started the work. */
@FunctionalInterface
public interface ProgressListener {
  /** Hears nothing. */
  ProgressListener NONE = (done, total) -> {};

  /** @param done bytes done of {@code total}; does not decrease, and reaches {@code total} at the end */
  void progress(long done, long total);
}
