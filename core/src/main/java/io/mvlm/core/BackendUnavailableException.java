package io.mvlm.core;

/** A backend cannot run here; the message names what is missing (a flag, a JDK, a device) and how to get it. */
public class BackendUnavailableException extends MvlmException {
  private static final long serialVersionUID = 1L;

  public BackendUnavailableException(String message) {
    super(message);
  }
}
