package io.mvlm.model.tokenizer;

import io.mvlm.core.InvalidDataException;

/**
 * What a tokenizer is made from: the pieces with their scores and types, the merges, and the special ids, as a model file gives them.
 * Immutable and checked: a {@code Vocabulary} that exists is consistent.
 */
public final class Vocabulary {
  /** SentencePiece BPE with scores and byte fallback. */
  public static final String LLAMA = "llama";
  /** Byte-level BPE with merges. */
  public static final String GPT2 = "gpt2";
  /** No such special token. */
  public static final int NONE = -1;

  private final String source;
  private final String model;
  private final String preTokenizer;
  private final TextTable pieces;
  private final PieceIndex index;
  private final float[] scores;
  private final byte[] types;
  private final TextTable merges;
  private final int bos;
  private final int eos;
  private final int eot;
  private final int unknown;
  private final Boolean addBos;
  private final Boolean addSpacePrefix;
  private final boolean removeExtraWhitespaces;

  private Vocabulary(Builder b) {
    source = b.source;
    model = b.model;
    preTokenizer = b.preTokenizer;
    pieces = b.pieces;
    scores = b.scores;
    merges = b.merges;
    bos = b.bos;
    eos = b.eos;
    eot = b.eot;
    unknown = b.unknown;
    addBos = b.addBos;
    addSpacePrefix = b.addSpacePrefix;
    removeExtraWhitespaces = b.removeExtraWhitespaces;
    int size = pieces.size();
    if (size == 0) {
      throw invalid("no tokens, expected at least one");
    }
    checkId("begin-of-text", bos);
    checkId("end-of-text", eos);
    checkId("end-of-turn", eot);
    checkId("unknown", unknown);
    checkScores();
    int bad = pieces.firstInvalid();
    if (bad >= 0) {
      throw invalid("token " + bad + " is not well-formed UTF-8");
    }
    types = b.types == null ? impliedTypes() : checkedTypes(b.types);
    index = new PieceIndex(pieces);
    checkDuplicates();
  }

  private InvalidDataException invalid(String what) {
    return new InvalidDataException(source + ": vocabulary: " + what);
  }

  private void checkId(String name, int id) {
    if (id < NONE || id >= pieces.size()) {
      throw invalid("the " + name + " token is " + Integer.toUnsignedString(id) + ", expected an id below " + pieces.size());
    }
  }

  private void checkScores() {
    if (scores == null) {
      return;
    }
    if (scores.length != pieces.size()) {
      throw invalid(scores.length + " scores for " + pieces.size() + " tokens, expected as many");
    }
    for (int id = 0; id < scores.length; id++) {
      if (Float.isNaN(scores[id])) {
        throw invalid("the score of token " + id + " is NaN, expected a number");
      }
    }
  }

  private byte[] checkedTypes(int[] numbers) {
    if (numbers.length != pieces.size()) {
      throw invalid(numbers.length + " token types for " + pieces.size() + " tokens, expected as many");
    }
    byte[] checked = new byte[numbers.length];
    for (int id = 0; id < numbers.length; id++) {
      if (TokenType.ofNumber(numbers[id]) == null) {
        throw invalid("the type of token " + id + " is " + numbers[id] + ", expected 1 to 6");
      }
      checked[id] = (byte) numbers[id];
    }
    return checked;
  }

  /** Without types in the file: the special ids, byte pieces by their look, and text. */
  private byte[] impliedTypes() {
    byte[] implied = new byte[pieces.size()];
    for (int id = 0; id < implied.length; id++) {
      boolean isByte = model.equals(LLAMA) && pieces.length(id) == 6 && byteOf(pieces.get(id)) >= 0;
      implied[id] = (byte) (isByte ? TokenType.BYTE : TokenType.NORMAL).number();
    }
    if (unknown != NONE) {
      implied[unknown] = (byte) TokenType.UNKNOWN.number();
    }
    for (int id : new int[] {bos, eos, eot}) {
      if (id != NONE) {
        implied[id] = (byte) TokenType.CONTROL.number();
      }
    }
    return implied;
  }

  private void checkDuplicates() {
    int repeated = index.duplicate();
    if (repeated >= 0 && type(repeated) != TokenType.UNUSED) {
      throw invalid("tokens " + index.duplicateOf() + " and " + repeated + " have the same text, expected no duplicates");
    }
  }

  /** The value of a byte piece such as {@code <0x0A>}, 0 to 255, or −1 if the piece does not look like one. */
  static int byteOf(String piece) {
    if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(piece.charAt(3), 16);
    int low = Character.digit(piece.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /** Where the vocabulary comes from, for messages. */
  public String source() {
    return source;
  }

  /** {@link #LLAMA}, {@link #GPT2}, or what else the file says. */
  public String model() {
    return model;
  }

  /** The name of the rules that cut text into words before merging; empty if the file has none. */
  public String preTokenizer() {
    return preTokenizer;
  }

  /** The number of tokens. */
  public int size() {
    return pieces.size();
  }

  /** The pieces as they stand in the file. */
  public TextTable pieces() {
    return pieces;
  }

  /** The type of a token, whose id is 0 to {@link #size()} − 1. */
  public TokenType type(int id) {
    return TokenType.ofNumber(types[id]);
  }

  /** All ids but those of one type, in order. */
  int[] idsOtherThan(TokenType type) {
    IdBuffer ids = new IdBuffer();
    int number = type.number();
    for (int id = 0; id < types.length; id++) {
      if (types[id] != number) {
        ids.add(id);
      }
    }
    return ids.toArray();
  }

  /** The score of a token; 0 if the file has no scores. */
  float score(int id) {
    return scores == null ? 0 : scores[id];
  }

  boolean hasScores() {
    return scores != null;
  }

  /** The merges as they stand in the file, "left right", most important first; possibly none. Those without such pieces never apply. */
  public TextTable merges() {
    return merges;
  }

  /** The id of this piece, or {@link #NONE}. */
  public int idOf(String piece) {
    return index.find(piece);
  }

  PieceIndex index() {
    return index;
  }

  /** Begin of text, or {@link #NONE}. */
  public int bos() {
    return bos;
  }

  /** End of text, or {@link #NONE}. */
  public int eos() {
    return eos;
  }

  /** End of turn, or {@link #NONE}. */
  public int eot() {
    return eot;
  }

  /** The unknown token, or {@link #NONE}. */
  public int unknown() {
    return unknown;
  }

  /**
   * Whether a prompt starts with {@link #bos()}. A file that does not say it means yes for {@link #LLAMA} and for the pre-tokenizers of
   * Llama 3, no for others; never without such a token.
   */
  public boolean addBos() {
    boolean wanted = addBos != null ? addBos : model.equals(LLAMA) || PreTokenizer.named(preTokenizer) == PreTokenizer.LLAMA_3;
    return wanted && bos != NONE;
  }

  /** Whether SentencePiece puts a space before the text; true if the file does not say. Byte-level BPE never does. */
  public boolean addSpacePrefix() {
    return addSpacePrefix == null || addSpacePrefix;
  }

  /** Whether SentencePiece makes one space of several, and drops those at both ends; false if the file does not say. */
  public boolean removeExtraWhitespaces() {
    return removeExtraWhitespaces;
  }

  /** Collects the parts; everything but the pieces has a default. For one thread. */
  public static final class Builder {
    private final String source;
    private final String model;
    private final TextTable pieces;
    private String preTokenizer = "";
    private float[] scores;
    private int[] types;
    private TextTable merges = TextTable.of();
    private int bos = NONE;
    private int eos = NONE;
    private int eot = NONE;
    private int unknown = NONE;
    private Boolean addBos;
    private Boolean addSpacePrefix;
    private boolean removeExtraWhitespaces;

    /**
     * @param source where the vocabulary comes from, for messages
     * @param model {@link #LLAMA} or {@link #GPT2}
     */
    public Builder(String source, String model, TextTable pieces) {
      this.source = source;
      this.model = model;
      this.pieces = pieces;
    }

    public Builder preTokenizer(String name) {
      preTokenizer = name;
      return this;
    }

    /** One for each piece, higher merges first; not copied. */
    public Builder scores(float[] scores) {
      this.scores = scores;
      return this;
    }

    /** One for each piece, 1 to 6: see {@link TokenType}. */
    public Builder types(int[] types) {
      this.types = types;
      return this;
    }

    public Builder merges(TextTable merges) {
      this.merges = merges;
      return this;
    }

    public Builder bos(int id) {
      bos = id;
      return this;
    }

    public Builder eos(int id) {
      eos = id;
      return this;
    }

    public Builder eot(int id) {
      eot = id;
      return this;
    }

    public Builder unknown(int id) {
      unknown = id;
      return this;
    }

    public Builder addBos(boolean add) {
      addBos = add;
      return this;
    }

    public Builder addSpacePrefix(boolean add) {
      addSpacePrefix = add;
      return this;
    }

    public Builder removeExtraWhitespaces(boolean remove) {
      removeExtraWhitespaces = remove;
      return this;
    }

    /** @throws InvalidDataException if the parts do not fit together */
    public Vocabulary build() {
      return new Vocabulary(this);
    }
  }
}
