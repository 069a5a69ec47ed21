package io.mvlm.gguf;

import io.mvlm.core.InvalidDataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the header of a file from front to back through a buffer. Every length is checked against what is left of the file, and against
 * limits far above any real model, before memory is taken for it.
 */
final class HeaderReader {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final long MAX_HEADER_BYTES = 256L << 20;
  private static final int MAX_ARRAY_DEPTH = 4;
  private static final int MAX_NESTED_ARRAYS = 1 << 20;
  private static final int SHOWN_CHARACTERS = 80;

  private final ByteSource file;
  private final long end;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private long bufferStart;
  private int nestedArrays;

  HeaderReader(ByteSource file) {
    this.file = file;
    this.end = Math.min(file.size(), MAX_HEADER_BYTES);
  }

  /** Bytes from the start of the file to the next one read. */
  long position() {
    return bufferStart + buffer.position();
  }

  /** An error about {@code what} at the current place. */
  InvalidDataException invalid(String what) {
    return new InvalidDataException(file.name() + ": " + what + ", at byte " + position());
  }

  /** A name from the file as it may stand in a message: one line, not too long. */
  static String shown(String name) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(name.length(), SHOWN_CHARACTERS); i++) {
      char c = name.charAt(i);
      shown.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? '?' : c);
    }
    return name.length() > SHOWN_CHARACTERS ? shown.append('…').toString() : shown.toString();
  }

  private void need(long bytes, String what) {
    long left = end - position();
    if (bytes < 0 || bytes > left) {
      String limit = end < file.size() ? "of the " + (MAX_HEADER_BYTES >> 20) + " MiB allowed for the header" : "of the file";
      throw invalid(what + " needs " + Long.toUnsignedString(bytes) + " bytes, but only " + left + " bytes are left " + limit);
    }
  }

  /** Makes {@code bytes} (few) available in the buffer. */
  private void fill(int bytes, String what) {
    if (buffer.remaining() >= bytes) {
      return;
    }
    need(bytes, what);
    long position = position();
    bufferStart = position;
    buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - position));
    file.read(position, buffer);
    buffer.flip();
  }

  int int8(String what) {
    fill(1, what);
    return buffer.get();
  }

  int int16(String what) {
    fill(2, what);
    return buffer.getShort();
  }

  int int32(String what) {
    fill(4, what);
    return buffer.getInt();
  }

  long int64(String what) {
    fill(8, what);
    return buffer.getLong();
  }

  /** A number of things, each of which takes at least {@code bytesEach} of the file. */
  int count(String what, int bytesEach, int limit) {
    long count = int64("the number of " + what);
    if (count < 0 || count > limit) {
      throw invalid("found " + Long.toUnsignedString(count) + " " + what + ", expected at most " + limit);
    }
    need(count * bytesEach, count + " " + what);
    return (int) count;
  }

  private byte[] bytes(long count, String what) {
    need(count, what);
    byte[] bytes = new byte[(int) count];
    for (int done = 0; done < count; ) {
      fill(1, what);
      int part = (int) Math.min(buffer.remaining(), count - done);
      buffer.get(bytes, done, part);
      done += part;
    }
    return bytes;
  }

  String string(String what) {
    long length = int64("the length of " + what);
    return new String(bytes(length, what), StandardCharsets.UTF_8);
  }

  GgufType type(String what) {
    int id = int32(what);
    GgufType type = GgufType.ofId(id);
    if (type == null) {
      throw invalid("found metadata type " + Integer.toUnsignedString(id) + " for " + what + ", expected 0 to "
          + (GgufType.values().length - 1));
    }
    return type;
  }

  GgufValue value(GgufType type, String what) {
    return switch (type) {
      case UINT8 -> new GgufValue.Whole(type, int8(what) & 0xff);
      case INT8 -> new GgufValue.Whole(type, int8(what));
      case UINT16 -> new GgufValue.Whole(type, int16(what) & 0xffff);
      case INT16 -> new GgufValue.Whole(type, int16(what));
      case UINT32 -> new GgufValue.Whole(type, int32(what) & 0xffffffffL);
      case INT32 -> new GgufValue.Whole(type, int32(what));
      case UINT64, INT64 -> new GgufValue.Whole(type, int64(what));
      case FLOAT32 -> new GgufValue.Real(type, Float.intBitsToFloat(int32(what)));
      case FLOAT64 -> new GgufValue.Real(type, Double.longBitsToDouble(int64(what)));
      case BOOL -> new GgufValue.Bool(bool(int8(what), what));
      case STRING -> new GgufValue.Text(string(what));
      case ARRAY -> array(what, 1);
    };
  }

  private boolean bool(int value, String what) {
    if (value != 0 && value != 1) {
      throw invalid("found the boolean " + (value & 0xff) + " in " + what + ", expected 0 or 1");
    }
    return value == 1;
  }

  private GgufArray array(String what, int depth) {
    GgufType type = type("the elements of " + what);
    int length = count("elements of " + what, type.minimumBytes(), Integer.MAX_VALUE - 8);
    return switch (type) {
      case STRING -> strings(length, what);
      case ARRAY -> arrays(length, what, depth);
      default -> {
        byte[] bytes = bytes((long) length * type.minimumBytes(), what);
        if (type == GgufType.BOOL) {
          for (byte b : bytes) {
            bool(b, what);
          }
        }
        yield GgufArray.ofBytes(type, bytes);
      }
    };
  }

  private GgufArray strings(int length, String what) {
    int[] offsets = new int[length + 1];
    byte[] text = new byte[Math.max(16, 8 * length)];
    for (int i = 0; i < length; i++) {
      long bytes = int64("the length of a string");
      need(bytes, "a string in " + what);
      int from = offsets[i];
      int to = from + (int) bytes;
      if (to > text.length) {
        text = Arrays.copyOf(text, Math.max(to, text.length + (text.length >> 1)));
      }
      for (int at = from; at < to; ) {
        fill(1, what);
        int part = Math.min(buffer.remaining(), to - at);
        buffer.get(text, at, part);
        at += part;
      }
      offsets[i + 1] = to;
    }
    return GgufArray.ofText(Arrays.copyOf(text, offsets[length]), offsets);
  }

  private GgufArray arrays(int length, String what, int depth) {
    nestedArrays += length;
    if (depth == MAX_ARRAY_DEPTH || nestedArrays > MAX_NESTED_ARRAYS || nestedArrays < 0) {
      throw invalid(what + " holds too many nested arrays, expected at most " + MAX_NESTED_ARRAYS + ", " + MAX_ARRAY_DEPTH + " deep");
    }
    List<GgufArray> arrays = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      arrays.add(array(what, depth + 1));
    }
    return GgufArray.ofArrays(arrays);
  }
}
