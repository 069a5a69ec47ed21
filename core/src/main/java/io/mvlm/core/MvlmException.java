package io.mvlm.core;

/** The root of everything that mvlm throws on purpose; the message is one line that says what to do or what was found. */
public class MvlmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MvlmException(String message) {
    super(message);
  }

  public MvlmException(String message, Throwable cause) {
    super(message, cause);
  }
}
