package io.mvlm.model.tokenizer;

/**
 * The rules that cut text into words before byte-level BPE merges inside each word. Each constant shows the regular expressions that it
 * stands for; {@link WordScanner} does them by hand, in one pass and without recursion.
 */
public enum PreTokenizer {
  /**
   * GPT-2: {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}.
   */
  GPT_2,
  /** Every digit {@code \p{N}} is a word; what is between them is cut as by {@link #GPT_2}. */
  SMOLLM,
  /**
   * Llama 3: {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}.
   * A word that is a piece as a whole is taken as it is, without merges.
   */
  LLAMA_3,
  /** Qwen 2: as {@link #LLAMA_3}, with {@code \p{N}} in the place of {@code \p{N}{1,3}}, and merges always. */
  QWEN_2,
  /**
   * For files that name none: runs of {@code [\p{P}$+<=>^~|]} are words; the rest is cut as by {@link #GPT_2}; then numbers are cut off
   * the space before them, and cut into {@code [0-9][0-9][0-9]} and what is between.
   */
  DEFAULT;

  /** The rules that a file's {@code tokenizer.ggml.pre} names, or null if the name is unknown. */
  public static PreTokenizer named(String name) {
    return switch (name) {
      case "gpt-2", "phi-2", "mpt", "olmo", "jais" -> GPT_2;
      case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone" -> SMOLLM;
      case "llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral" -> LLAMA_3;
      case "qwen2", "deepseek-r1-qwen", "megrez", "stablelm2" -> QWEN_2;
      case "default" -> DEFAULT;
      default -> null;
    };
  }
}
