package io.mvlm.model.tokenizer;

import java.util.Optional;

/**
 * Byte-level BPE (GPT-2 and after): the text is cut into words ({@link PreTokenizer}), each word starts as its bytes, and neighbours merge
 * in the order of the merges. Bytes that the vocabulary has no piece for are left out.
 */
public final class BytePairTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;
  private final SpecialTokens specials;
  private final PreTokenizer rules;
  private final boolean wholeWords;
  private final int[] byteIds = new int[256];
  /** Finds the rank of "left right". */
  private final PieceIndex ranks;

  public BytePairTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    PreTokenizer named = PreTokenizer.named(vocabulary.preTokenizer());
    rules = named == null ? PreTokenizer.DEFAULT : named;
    wholeWords = rules == PreTokenizer.LLAMA_3;
    specials = new SpecialTokens(vocabulary);
    byte[] letter = new byte[3];
    for (int b = 0; b < 256; b++) {
      String character = String.valueOf(ByteAlphabet.character(b));
      byteIds[b] = ordinary(vocabulary.index().find(letter, 0, Utf8.encode(character, 0, 1, letter, 0)));
    }
    ranks = new PieceIndex(vocabulary.merges());
  }

  private int ordinary(int id) {
    return id >= 0 && vocabulary.type(id) == TokenType.NORMAL ? id : -1;
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
  public Optional<String> warning() {
    if (PreTokenizer.named(vocabulary.preTokenizer()) != null) {
      return Optional.empty();
    }
    String name = vocabulary.preTokenizer();
    String found = name.isEmpty() ? "no pre-tokenizer" : "the unknown pre-tokenizer '" + name + "'";
    return Optional.of(vocabulary.source() + ": the vocabulary names " + found + "; the default rules are used, and answers may suffer");
  }

  @Override
  public StreamingDecoder decoder() {
    return new Decoder();
  }

  /** {@inheritDoc} Byte-level BPE puts no space before text, so {@code continues} makes no difference. */
  @Override
  public int[] encode(String text, boolean parseSpecial, boolean continues) {
    byte[] bytes = Utf8.encode(text);
    IdBuffer ids = new IdBuffer();
    Words words = new Words(text, ids);
    PieceTrie whitespace = specials.whitespace();
    boolean parse = parseSpecial && !specials.all().isEmpty();
    int startChar = 0;
    int atChar = 0;
    for (int at = 0; at < bytes.length && (parse || !whitespace.isEmpty()); ) {
      int id = parse ? specials.all().longest(bytes, at, bytes.length) : -1;
      if (id < 0 && !whitespace.isEmpty()) {
        id = whitespace.longest(bytes, at, bytes.length);
      }
      int next = at + (id < 0 ? Utf8.width(bytes[at]) : vocabulary.pieces().length(id));
      int nextChar = atChar + chars(bytes, at, next);
      if (id >= 0) {
        words.encode(startChar, atChar);
        ids.add(id);
        startChar = nextChar;
      }
      at = next;
      atChar = nextChar;
    }
    words.encode(startChar, text.length());
    return ids.toArray();
  }

  /** The number of UTF-16 chars of well-formed {@code bytes[from, to)}. */
  private static int chars(byte[] bytes, int from, int to) {
    int chars = 0;
    for (int i = from; i < to; i++) {
      chars += Utf8.isContinuation(bytes[i]) ? 0 : Utf8.width(bytes[i]) == 4 ? 2 : 1;
    }
    return chars;
  }

  /** Encodes the words of one text; its arrays serve one word after the other. */
  private final class Words {
    private final String text;
    private final IdBuffer ids;
    private final MergeQueue queue = new MergeQueue();
    private byte[] bytes = new byte[64];
    /** Symbol s has the id {@code symbols[s]}, −1 after it was merged into its left neighbour. */
    private int[] symbols = new int[64];
    private int[] previous = new int[64];
    private int[] next = new int[64];
    private byte[] pair = new byte[64];

    Words(String text, IdBuffer ids) {
      this.text = text;
      this.ids = ids;
    }

    void encode(int from, int to) {
      WordScanner scanner = new WordScanner(rules, text, from, to);
      while (scanner.next()) {
        encodeWord(scanner.start(), scanner.end());
      }
    }

    private void encodeWord(int from, int to) {
      reserve(Math.multiplyExact(to - from, 3));
      int length = Utf8.encode(text, from, to, bytes, 0);
      int whole = wholeWords && length <= vocabulary.index().longest() ? wholeWord(length) : -1;
      if (whole >= 0) {
        ids.add(whole);
        return;
      }
      int count = 0;
      for (int i = 0; i < length; i++) {
        int id = byteIds[bytes[i] & 0xFF];
        if (id >= 0) {
          symbols[count] = id;
          previous[count] = count - 1;
          next[count] = ++count;
        }
      }
      if (count > 0) {
        next[count - 1] = -1;
        mergeAll();
      }
    }

    private int wholeWord(int length) {
      StringBuilder piece = new StringBuilder(length);
      for (int i = 0; i < length; i++) {
        piece.append(ByteAlphabet.character(bytes[i] & 0xFF));
      }
      return ordinary(vocabulary.idOf(piece.toString()));
    }

    private void mergeAll() {
      for (int s = 0; next[s] >= 0; s = next[s]) {
        offer(s);
      }
      while (!queue.isEmpty()) {
        long entry = queue.poll();
        merge(MergeQueue.position(entry), MergeQueue.priority(entry));
      }
      for (int s = 0; s >= 0; s = next[s]) {
        ids.add(symbols[s]);
      }
    }

    /** The rank at which a symbol merges with its right neighbour, or −1. */
    private int rank(int left) {
      TextTable pieces = vocabulary.pieces();
      int middle = pieces.length(symbols[left]);
      int length = middle + 1 + pieces.length(symbols[next[left]]);
      if (length > ranks.longest()) {
        return -1;
      }
      if (length > pair.length) {
        pair = new byte[Math.max(length, 2 * pair.length)];
      }
      System.arraycopy(pieces.bytes(), pieces.start(symbols[left]), pair, 0, middle);
      pair[middle] = ' ';
      System.arraycopy(pieces.bytes(), pieces.start(symbols[next[left]]), pair, middle + 1, length - middle - 1);
      return ranks.find(pair, 0, length);
    }

    private void offer(int left) {
      int rank = rank(left);
      if (rank >= 0) {
        queue.add(rank, left);
      }
    }

    /** Merges a symbol with its right neighbour, unless the entry is out of date: the pair then has another rank, or none. */
    private void merge(int left, int rank) {
      if (symbols[left] < 0 || next[left] < 0 || rank(left) != rank) {
        return;
      }
      int right = next[left];
      int leftLength = vocabulary.pieces().length(symbols[left]);
      int length = leftLength + vocabulary.pieces().length(symbols[right]);
      System.arraycopy(pair, leftLength + 1, pair, leftLength, length - leftLength);
      int merged = ordinary(vocabulary.index().find(pair, 0, length));
      if (merged < 0) {
        return;
      }
      symbols[left] = merged;
      symbols[right] = -1;
      next[left] = next[right];
      if (next[left] >= 0) {
        previous[next[left]] = left;
      }
      if (previous[left] >= 0) {
        offer(previous[left]);
      }
      if (next[left] >= 0) {
        offer(left);
      }
    }

    private void reserve(int size) {
      if (size > bytes.length) {
        int larger = Math.max(size, bytes.length * 2);
        bytes = new byte[larger];
        symbols = new int[larger];
        previous = new int[larger];
        next = new int[larger];
      }
    }
  }

  /** Text from ids: the bytes of all pieces in a row, as characters. */
  private final class Decoder implements StreamingDecoder {
    private final Utf8Assembler assembler = new Utf8Assembler(false);
    private final StringBuilder out = new StringBuilder();

    @Override
    public String push(int id) {
      String piece = piece(id);
      switch (vocabulary.type(id)) {
        case CONTROL -> assembler.flush(out);
        case USER_DEFINED, UNKNOWN -> {
          assembler.flush(out);
          out.append(piece);
        }
        default -> piece.chars().forEach(c -> pushCharacter((char) c));
      }
      return take();
    }

    private void pushCharacter(char c) {
      int value = ByteAlphabet.value(c);
      if (value >= 0) {
        assembler.push((byte) value, out);
      } else {
        assembler.flush(out);
        out.append(c);
      }
    }

    private String take() {
      String text = out.toString();
      out.setLength(0);
      return text;
    }

    @Override
    public String flush() {
      assembler.flush(out);
      return take();
    }
  }
}
