package io.mvlm.model.tokenizer;

import java.util.BitSet;

/**
 * The tokens of a vocabulary that are recognised in text as they are, instead of being put together by merges; and those that end an
 * answer. Immutable.
 */
final class SpecialTokens {
  /** Tokens that end an answer in the known families of models, whichever of them a file names as its end-of-text token. */
  private static final String[] ENDS = {
    "</s>", "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|endoftext|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>", "<|eot|>", "<EOT>",
  };

  private final PieceTrie all = new PieceTrie();
  private final PieceTrie whitespace = new PieceTrie();
  private final BitSet whitespaceIds = new BitSet();
  private final BitSet ends = new BitSet();

  SpecialTokens(Vocabulary vocabulary) {
    TextTable pieces = vocabulary.pieces();
    byte[] bytes = pieces.bytes();
    for (int id : vocabulary.idsOtherThan(TokenType.NORMAL)) {
      TokenType type = vocabulary.type(id);
      int start = pieces.start(id);
      int end = pieces.start(id + 1);
      if (type == TokenType.USER_DEFINED && isWhitespace(pieces.get(id))) {
        whitespace.add(bytes, start, end, id);
        whitespaceIds.set(id);
      } else if (type == TokenType.CONTROL || type == TokenType.USER_DEFINED || type == TokenType.UNKNOWN) {
        all.add(bytes, start, end, id);
      }
    }
    for (String piece : ENDS) {
      int id = vocabulary.idOf(piece);
      if (id >= 0 && (vocabulary.type(id) == TokenType.CONTROL || vocabulary.type(id) == TokenType.USER_DEFINED)) {
        ends.set(id);
      }
    }
    for (int id : new int[] {vocabulary.eos(), vocabulary.eot()}) {
      if (id != Vocabulary.NONE) {
        ends.set(id);
      }
    }
  }

  private static boolean isWhitespace(String piece) {
    return piece.codePoints().allMatch(c -> c == SentencePieceTokenizer.SPACE_SYMBOL || WordScanner.isSpace(c));
  }

  /** Control and user-defined tokens, but not those of white space alone. */
  PieceTrie all() {
    return all;
  }

  /** User-defined tokens of white space alone: they are recognised in any text. */
  PieceTrie whitespace() {
    return whitespace;
  }

  boolean isWhitespace(int id) {
    return whitespaceIds.get(id);
  }

  boolean isEnd(int id) {
    return id >= 0 && ends.get(id);
  }
}
