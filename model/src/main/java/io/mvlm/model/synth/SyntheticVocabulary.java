package io.mvlm.model.synth;

import it.unimi.dsi.fastutil.longs.Long2LongMap;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A SentencePiece vocabulary laid out as LLaMA's: {@code <unk>}, {@code <s>}, {@code </s>}, 256 byte tokens, merged pieces from the best
 * score down, single characters at the end, {@code ▁} first among them. Every merged piece is two other pieces put together. The first
 * pieces come from byte-pair training (Sennrich et al. 2016) on {@link CommonWords}, the rest are pairs of those, so that ordinary English
 * makes a plausible number of tokens.
 *
 * @param tokens the pieces by id
 * @param scores the higher, the sooner merged
 * @param types as files number them: 1 normal, 2 unknown, 3 control, 6 byte
 */
record SyntheticVocabulary(String[] tokens, float[] scores, int[] types) {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;
  private static final int FIRST_BYTE = 3;
  private static final int FIRST_PIECE = FIRST_BYTE + 256;
  private static final int LONGEST_PIECE = 16;
  private static final String SPACE = "▁";

  /** LLaMA's vocabulary has 32000 tokens, of which the last 2129 are single characters. */
  private static final int LLAMA_SIZE = 32000;
  private static final int LLAMA_CHARACTERS = 2129;
  private static final int FEW_CHARACTERS = 189;

  /** First and last of the ranges that single characters are taken from, in this order. */
  private static final int[][] CHARACTERS = {
    {0x21, 0x7e}, {0xa1, 0xac}, {0xae, 0x17f}, {0x391, 0x3a1}, {0x3a3, 0x3a9}, {0x3b1, 0x3c9}, {0x401, 0x401}, {0x410, 0x44f},
    {0x451, 0x451}, {0x2010, 0x2027}, {0x20ac, 0x20ac}, {0x2190, 0x2193}, {0x3041, 0x3096}, {0x30a1, 0x30fa}, {0x4e00, 0x9fa5}};

  /** @param size tokens in all, at least 1000 */
  static SyntheticVocabulary ofSize(int size) {
    int characterCount = size == LLAMA_SIZE ? LLAMA_CHARACTERS : FEW_CHARACTERS;
    List<String> characters = characters(characterCount);
    int mergedCount = size - FIRST_PIECE - characterCount;
    List<String> merged = new ArrayList<>(train(mergedCount));
    fill(merged, characters, mergedCount);

    String[] tokens = new String[size];
    float[] scores = new float[size];
    int[] types = new int[size];
    tokens[0] = "<unk>";
    types[0] = UNKNOWN;
    tokens[1] = "<s>";
    types[1] = CONTROL;
    tokens[2] = "</s>";
    types[2] = CONTROL;
    for (int b = 0; b < 256; b++) {
      tokens[FIRST_BYTE + b] = String.format("<0x%02X>", b);
      types[FIRST_BYTE + b] = BYTE;
    }
    for (int id = FIRST_PIECE; id < size; id++) {
      int piece = id - FIRST_PIECE;
      tokens[id] = piece < mergedCount ? merged.get(piece) : characters.get(piece - mergedCount);
      scores[id] = -piece;
      types[id] = NORMAL;
    }
    return new SyntheticVocabulary(tokens, scores, types);
  }

  private static List<String> characters(int count) {
    List<String> characters = new ArrayList<>();
    characters.add(SPACE);
    for (int[] range : CHARACTERS) {
      for (int c = range[0]; c <= range[1] && characters.size() < count; c++) {
        characters.add(Character.toString(c));
      }
    }
    return characters;
  }

  /** Up to {@code count} pieces in the order in which they merge; fewer when every word has become one piece. */
  private static Set<String> train(int count) {
    List<String> symbols = new ArrayList<>();
    List<int[]> words = new ArrayList<>();
    List<Long> weights = new ArrayList<>();
    String[] common = CommonWords.list();
    for (int rank = 0; rank < common.length; rank++) {
      long weight = 1_000_000L / (rank + 10);
      String word = common[rank];
      words.add(split(SPACE + word, symbols));
      weights.add(8 * weight);
      words.add(split(SPACE + Character.toUpperCase(word.charAt(0)) + word.substring(1), symbols));
      weights.add(weight);
    }
    Set<String> pieces = new LinkedHashSet<>();
    while (pieces.size() < count) {
      long pair = bestPair(words, weights, symbols);
      if (pair < 0) {
        break;
      }
      int left = (int) (pair >>> Integer.SIZE);
      int right = (int) pair;
      String piece = symbols.get(left) + symbols.get(right);
      pieces.add(piece);
      symbols.add(piece);
      int symbol = symbols.size() - 1;
      words.replaceAll(word -> merge(word, left, right, symbol));
    }
    return pieces;
  }

  private static int[] split(String word, List<String> symbols) {
    return word.chars().map(c -> {
      String character = Character.toString(c);
      int symbol = symbols.indexOf(character);
      if (symbol < 0) {
        symbols.add(character);
        symbol = symbols.size() - 1;
      }
      return symbol;
    }).toArray();
  }

  /** The heaviest pair of neighbours, left symbol in the upper half; of equals, the first by its text. −1 if there is none. */
  private static long bestPair(List<int[]> words, List<Long> weights, List<String> symbols) {
    Long2LongOpenHashMap counts = new Long2LongOpenHashMap();
    for (int w = 0; w < words.size(); w++) {
      int[] word = words.get(w);
      for (int i = 0; i + 1 < word.length; i++) {
        counts.addTo((long) word[i] << Integer.SIZE | word[i + 1], weights.get(w));
      }
    }
    long best = -1;
    long bestCount = 0;
    for (Long2LongMap.Entry entry : counts.long2LongEntrySet()) {
      long count = entry.getLongValue();
      if (count > bestCount || count == bestCount && text(entry.getLongKey(), symbols).compareTo(text(best, symbols)) < 0) {
        best = entry.getLongKey();
        bestCount = count;
      }
    }
    return best;
  }

  private static String text(long pair, List<String> symbols) {
    return symbols.get((int) (pair >>> Integer.SIZE)) + ' ' + symbols.get((int) pair);
  }

  private static int[] merge(int[] word, int left, int right, int symbol) {
    int[] merged = new int[word.length];
    int length = 0;
    for (int i = 0; i < word.length; i++) {
      if (i + 1 < word.length && word[i] == left && word[i + 1] == right) {
        merged[length++] = symbol;
        i++;
      } else {
        merged[length++] = word[i];
      }
    }
    return length == word.length ? word : Arrays.copyOf(merged, length);
  }

  /** Adds pairs of pieces, early ones first, until there are {@code count}. */
  private static void fill(List<String> pieces, List<String> characters, int count) {
    List<String> parts = new ArrayList<>(pieces);
    Set<String> known = new LinkedHashSet<>(pieces);
    known.addAll(characters);
    List<String> endings = parts.stream().filter(part -> !part.startsWith(SPACE)).toList();
    for (int sum = 0; pieces.size() < count; sum++) {
      for (int i = 0; i <= sum && pieces.size() < count; i++) {
        if (i < parts.size() && sum - i < endings.size()) {
          String piece = parts.get(i) + endings.get(sum - i);
          if (piece.length() <= LONGEST_PIECE && known.add(piece)) {
            pieces.add(piece);
          }
        }
      }
    }
  }
}
