package io.mvlm.core;

/** The work was given up because its caller was interrupted, or its conversation or model was closed; nothing is left half-written. */
public class CancelledException extends MvlmException {
  private static final long serialVersionUID = 1L;

  public CancelledException(String message) {
    super(message);
  }
}
