package io.mvlm.model.tokenizer;

import io.mvlm.core.InvalidDataException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A list of short texts kept as UTF-8 in one array: a vocabulary has 100 000 of them, and a start of the program needs few as strings.
 * Immutable.
 */
public final class TextTable {
  private final byte[] bytes;
  private final int[] starts;

  private TextTable(byte[] bytes, int[] starts) {
    this.bytes = bytes;
    this.starts = starts;
  }

  /** The texts in this order; lone surrogates, which UTF-8 does not have, become question marks. */
  public static TextTable of(String... texts) {
    Builder builder = new Builder(texts.length);
    for (String text : texts) {
      builder.add(text.getBytes(StandardCharsets.UTF_8));
    }
    return builder.build();
  }

  /** The number of texts. */
  public int size() {
    return starts.length - 1;
  }

  /**
   * @param index 0 to {@link #size()} − 1
   * @return the text; what is no UTF-8 in it as U+FFFD
   */
  public String get(int index) {
    return new String(bytes, starts[index], starts[index + 1] - starts[index], StandardCharsets.UTF_8);
  }

  /** The array that holds all texts one behind the other; not to be written to. */
  byte[] bytes() {
    return bytes;
  }

  /** Where a text starts in {@link #bytes()}; {@code start(size())} is the end of the last one. */
  int start(int index) {
    return starts[index];
  }

  int length(int index) {
    return starts[index + 1] - starts[index];
  }

  /** The first text that is not well-formed UTF-8, or −1. */
  int firstInvalid() {
    if (Utf8.isValid(bytes, 0, starts[size()]) && noneStartsInside()) {
      return -1;
    }
    for (int i = 0; i < size(); i++) {
      if (!Utf8.isValid(bytes, starts[i], starts[i + 1])) {
        return i;
      }
    }
    return -1;
  }

  private boolean noneStartsInside() {
    for (int i = 0; i < size(); i++) {
      if (starts[i] < bytes.length && Utf8.isContinuation(bytes[starts[i]])) {
        return false;
      }
    }
    return true;
  }

  /** Collects texts one by one; for one thread. */
  public static final class Builder {
    private byte[] bytes;
    private int[] starts;
    private int size;

    /** @param expected how many texts will come, at a guess */
    public Builder(int expected) {
      bytes = new byte[16 + 8 * Math.min(expected, 1 << 20)];
      starts = new int[1 + Math.min(expected, 1 << 20)];
    }

    /** Adds one text, given as UTF-8. */
    public Builder add(byte[] text) {
      return add(text, 0, text.length);
    }

    /**
     * Adds {@code source[from, from + length)} as one text.
     *
     * @throws InvalidDataException if all texts together have more than 1 GiB
     */
    public Builder add(byte[] source, int from, int length) {
      int end = starts[size];
      if (length > (1 << 30) - end) {
        throw new InvalidDataException("vocabulary texts: more than 1 GiB, expected less");
      }
      if (end + length > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end + length, bytes.length * 2));
      }
      if (size + 2 > starts.length) {
        starts = Arrays.copyOf(starts, 2 * starts.length + 1);
      }
      System.arraycopy(source, from, bytes, end, length);
      starts[++size] = end + length;
      return this;
    }

    public TextTable build() {
      return new TextTable(Arrays.copyOf(bytes, starts[size]), Arrays.copyOf(starts, size + 1));
    }
  }
}
