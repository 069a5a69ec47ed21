package io.mvlm.model;

/** Why an answer ended. */
public enum FinishReason {
  /** The model said so. */
  END,
  /** A stop string came up; it is not part of the text. */
  STOP_STRING,
  /** As many tokens as were asked for. */
  MAX_TOKENS,
  /** No position is left in the context. */
  CONTEXT_FULL,
  /** The caller was interrupted or the conversation closed. */
  CANCELLED
}
