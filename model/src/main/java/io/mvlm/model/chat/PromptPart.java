package io.mvlm.model.chat;

/** A part of a tokenised prompt. */
public sealed interface PromptPart {
  /** @param ids one or more token ids; not to be changed */
  record Tokens(int[] ids) implements PromptPart {}

  /** @param index which image has its embeddings here; numbered from 0 over all messages rendered together */
  record Image(int index) implements PromptPart {}
}
