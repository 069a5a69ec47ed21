package io.mvlm.model.tokenizer;

import io.mvlm.core.InvalidDataException;
import java.util.Arrays;

/**
 * SentencePiece BPE (Kudo and Richardson 2018) as the LLaMA vocabularies use it: spaces are written ▁, a text starts with one; neighbours
 * whose union is a piece merge in the order of the pieces' scores; characters that no piece covers are written as bytes.
 */
public final class SentencePieceTokenizer implements Tokenizer {
  /** What stands for a space in pieces: ▁, U+2581. */
  static final int SPACE_SYMBOL = 0x2581;
  /** What an unknown token reads as. */
  private static final String UNKNOWN_TEXT = " \u2047 ";
  private static final byte[] SPACE = {(byte) 0xE2, (byte) 0x96, (byte) 0x81};

  private final Vocabulary vocabulary;
  private final SpecialTokens specials;
  private final int[] byteIds = new int[256];

  /** @throws InvalidDataException if the vocabulary has no scores, or a piece of type "byte" that is none */
  public SentencePieceTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    if (!vocabulary.hasScores()) {
      throw new InvalidDataException(vocabulary.source() + ": vocabulary: no scores, expected one for each token of a 'llama' vocabulary");
    }
    specials = new SpecialTokens(vocabulary);
    Arrays.fill(byteIds, -1);
    for (int id : vocabulary.idsOtherThan(TokenType.NORMAL)) {
      if (vocabulary.type(id) == TokenType.BYTE) {
        int value = vocabulary.pieces().length(id) == 6 ? Vocabulary.byteOf(vocabulary.pieces().get(id)) : -1;
        if (value < 0) {
          throw new InvalidDataException(
              vocabulary.source() + ": vocabulary: token " + id + " is of type byte, expected a text like <0x0A>");
        }
        byteIds[value] = id;
      }
    }
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public boolean isEndOfGeneration(int id) {
    return specials.isEnd(id);
  }

  @Override
  public StreamingDecoder decoder() {
    return new Decoder();
  }

  @Override
  public int[] encode(String text, boolean parseSpecial, boolean continues) {
    byte[] bytes = Utf8.encode(text);
    IdBuffer ids = new IdBuffer();
    boolean afresh = !continues;
    int start = 0;
    if (parseSpecial && !specials.all().isEmpty()) {
      for (int at = 0; at < bytes.length; ) {
        int id = specials.all().longest(bytes, at, bytes.length);
        if (id < 0) {
          at++;
          continue;
        }
        encodeText(bytes, start, at, afresh, ids);
        ids.add(id);
        at += vocabulary.pieces().length(id);
        start = at;
        afresh = true;
      }
    }
    encodeText(bytes, start, bytes.length, afresh, ids);
    return ids.toArray();
  }

  private void encodeText(byte[] bytes, int from, int to, boolean afresh, IdBuffer ids) {
    byte[] normal = normalise(bytes, from, to, afresh && vocabulary.addSpacePrefix());
    if (normal.length > 0) {
      new ScoredMerges(vocabulary, specials, normal).run(byteIds, ids);
    }
  }

  /** Spaces become ▁, with one more before the text if wanted; empty text stays empty. */
  private byte[] normalise(byte[] bytes, int from, int to, boolean prefix) {
    int start = from;
    int end = to;
    boolean collapse = vocabulary.removeExtraWhitespaces();
    while (collapse && start < end && bytes[start] == ' ') {
      start++;
    }
    while (collapse && end > start && bytes[end - 1] == ' ') {
      end--;
    }
    if (start == end) {
      return new byte[0];
    }
    int spaces = prefix ? 1 : 0;
    for (int i = start; i < end; i++) {
      spaces += bytes[i] == ' ' ? 1 : 0;
    }
    byte[] out = new byte[Math.addExact(end - start, Math.multiplyExact(spaces, 3))];
    int at = 0;
    if (prefix) {
      at = space(out, at);
    }
    for (int i = start; i < end; i++) {
      if (bytes[i] != ' ') {
        out[at++] = bytes[i];
      } else if (!collapse || bytes[i - 1] != ' ') {
        at = space(out, at);
      }
    }
    return Arrays.copyOf(out, at);
  }

  private static int space(byte[] out, int at) {
    System.arraycopy(SPACE, 0, out, at, SPACE.length);
    return at + SPACE.length;
  }

  /** Text from ids as SentencePiece gives it: the space before the text is dropped, byte pieces that follow each other form characters. */
  private final class Decoder implements StreamingDecoder {
    private final Utf8Assembler assembler = new Utf8Assembler(true);
    private final StringBuilder out = new StringBuilder();
    private boolean atStart = true;

    @Override
    public String push(int id) {
      String piece = piece(id);
      switch (vocabulary.type(id)) {
        case BYTE -> assembler.push((byte) Vocabulary.byteOf(piece), out);
        case CONTROL -> assembler.flush(out);
        case UNKNOWN -> appendText(UNKNOWN_TEXT);
        default -> appendText(piece);
      }
      return take();
    }

    private void appendText(String piece) {
      assembler.flush(out);
      boolean collapse = vocabulary.removeExtraWhitespaces();
      boolean drop = atStart && out.isEmpty() && (vocabulary.addSpacePrefix() || collapse)
          && !piece.isEmpty() && piece.charAt(0) == SPACE_SYMBOL;
      out.append(piece.replace((char) SPACE_SYMBOL, ' '), drop ? 1 : 0, piece.length());
      atStart &= out.isEmpty() && (collapse || !drop);
    }

    private String take() {
      atStart &= out.isEmpty();
      String text = out.toString();
      out.setLength(0);
      return text;
    }

    @Override
    public String flush() {
      assembler.flush(out);
      String text = take();
      atStart = true;
      return text;
    }
  }
}
