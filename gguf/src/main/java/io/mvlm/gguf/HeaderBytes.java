package io.mvlm.gguf;

import io.mvlm.core.Shape;
import io.mvlm.core.TensorType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The header of a file as bytes. */
final class HeaderBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private void number(long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> 8 * i));
    }
  }

  private void text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    number(utf8.length, 8);
    out.writeBytes(utf8);
  }

  void start(int version, int tensors, Map<String, GgufValue> metadata) {
    number(GgufFile.MAGIC, 4);
    number(version, 4);
    number(tensors, 8);
    number(metadata.size(), 8);
    metadata.forEach((key, value) -> {
      text(key);
      number(value.type().id(), 4);
      value(value);
    });
  }

  private void value(GgufValue value) {
    switch (value) {
      case GgufValue.Whole whole -> number(whole.bits(), whole.type().minimumBytes());
      case GgufValue.Real real when real.type() == GgufType.FLOAT32 -> number(Float.floatToRawIntBits((float) real.value()), 4);
      case GgufValue.Real real -> number(Double.doubleToRawLongBits(real.value()), 8);
      case GgufValue.Bool bool -> number(bool.value() ? 1 : 0, 1);
      case GgufValue.Text text -> text(text.value());
      case GgufArray array -> array(array);
    }
  }

  private void array(GgufArray array) {
    number(array.elementType().id(), 4);
    number(array.length(), 8);
    switch (array.elementType()) {
      case ARRAY -> array.nested().forEach(this::array);
      case STRING -> {
        for (int i = 0; i < array.length(); i++) {
          int length = array.offset(i + 1) - array.offset(i);
          number(length, 8);
          out.write(array.bytes(), array.offset(i), length);
        }
      }
      default -> out.writeBytes(array.bytes());
    }
  }

  void tensor(String name, Shape shape, TensorType type, long offset) {
    text(name);
    number(shape.rank(), 4);
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      number(shape.dimension(axis), 8);
    }
    number(type.id(), 4);
    number(offset, 8);
  }

  byte[] toArray() {
    return out.toByteArray();
  }
}
