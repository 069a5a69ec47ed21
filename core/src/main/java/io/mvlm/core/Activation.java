package io.mvlm.core;

/**
 * A matrix of 32-bit floats that lives wherever the backend keeps it: a handle with a shape, not a pointer. Valid until the
 * {@link Execution.Scope} closes in which it was made.
 */
public interface Activation {
  /** Tokens, patches or positions. */
  int rows();

  /** Features (channels). */
  int columns();
}
