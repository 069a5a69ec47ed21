package io.mvlm.core;

/** A prompt does not fit into what is left of the context; thrown before any of it is computed. */
public class ContextFullException extends MvlmException {
  private static final long serialVersionUID = 1L;

  public ContextFullException(String message) {
    super(message);
  }
}
