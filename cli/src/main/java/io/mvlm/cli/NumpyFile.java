package io.mvlm.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** NumPy's file format, version 1.0, for 32-bit floats in C order. */
final class NumpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;

  private NumpyFile() {}

  /** @param shape slowest dimension first; its product is the number of values */
  static void write(Path path, float[] values, int... shape) throws IOException {
    String dimensions = IntStream.of(shape).mapToObj(Integer::toString).collect(Collectors.joining(", ")) + (shape.length == 1 ? "," : "");
    StringBuilder header = new StringBuilder("{'descr': '<f4', 'fortran_order': False, 'shape': (" + dimensions + "), }");
    while ((MAGIC.length + 2 + header.length() + 1) % ALIGNMENT != 0) {
      header.append(' ');
    }
    byte[] text = header.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file = ByteBuffer.allocate(MAGIC.length + 2 + text.length + values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.put(MAGIC).putShort((short) text.length).put(text).asFloatBuffer().put(values);
    Files.write(path, file.array());
  }
}
