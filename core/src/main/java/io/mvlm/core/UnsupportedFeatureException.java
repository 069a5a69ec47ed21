package io.mvlm.core;

/** The input is well-formed, but asks for something that mvlm does not do; the message names it. */
public class UnsupportedFeatureException extends MvlmException {
  private static final long serialVersionUID = 1L;

  public UnsupportedFeatureException(String message) {
    super(message);
  }
}
