package io.mvlm.cli;

import io.mvlm.model.tokenizer.Tokenizer;

/** Small work on token ids. */
final class TokenIds {
  private TokenIds() {}

  /** The ids, after the begin-of-text token if prompts of this vocabulary start with it. */
  static int[] withBos(Tokenizer tokenizer, int... ids) {
    if (!tokenizer.addBos()) {
      return ids;
    }
    int[] all = new int[ids.length + 1];
    all[0] = tokenizer.bos();
    System.arraycopy(ids, 0, all, 1, ids.length);
    return all;
  }
}
