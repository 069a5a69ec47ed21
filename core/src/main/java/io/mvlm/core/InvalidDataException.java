package io.mvlm.core;

/** A file (model, image, vocabulary) is damaged, hostile or not of the expected kind; says file, place, found and expected. */
public class InvalidDataException extends MvlmException {
  private static final long serialVersionUID = 1L;

  public InvalidDataException(String message) {
    super(message);
  }

  public InvalidDataException(String message, Throwable cause) {
    super(message, cause);
  }
}
