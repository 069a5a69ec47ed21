package io.mvlm.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.mvlm.core.Tensor;
import io.mvlm.gguf.GgufArray;
import io.mvlm.gguf.GgufFile;
import io.mvlm.gguf.GgufValue;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "inspect", description = "Show what a GGUF file holds: metadata and tensors.")
final class InspectCommand implements Callable<Integer> {
  private static final int SHOWN_ELEMENTS = 8;
  private static final int SHOWN_CHARACTERS = 96;

  private final CliIo io;

  @Option(names = "--json", description = "Print one JSON object; long arrays are cut to their first elements, and their length is told.")
  private boolean json;

  @Parameters(paramLabel = "FILE", description = "The file.")
  private Path path;

  @Mixin
  private UnusedEngineOptions engine;

  InspectCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    try (GgufFile file = GgufFile.open(InputFiles.existing(path))) {
      io.out().print(json ? Json.line(object(file)) + "\n" : table(file));
    }
    return ExitCode.OK;
  }

  private static String table(GgufFile file) {
    StringBuilder text = new StringBuilder();
    text.append(file.name()).append(": GGUF version ").append(file.version())
        .append(", ").append(file.byteSize()).append(" bytes, alignment ")
        .append(file.alignment()).append("\n\n").append(file.metadata().size()).append(" metadata keys\n");
    int width = file.metadata().keys().stream().mapToInt(String::length).max().orElse(0);
    file.metadata().asMap().forEach((key, value) -> text.append("  ").append(pad(key, width)).append("  ").append(pad(typeName(value), 9))
        .append("  ").append(shortened(value)).append('\n'));
    text.append('\n').append(file.tensors().size()).append(" tensors");
    if (!file.tensors().isEmpty()) {
      long bytes = file.tensors().values().stream().mapToLong(Tensor::byteSize).sum();
      long values = file.tensors().values().stream().mapToLong(t -> t.shape().elements()).sum();
      text.append(", ").append(values).append(" values, ").append(bytes).append(" bytes");
    }
    text.append('\n');
    int names = file.tensors().keySet().stream().mapToInt(String::length).max().orElse(0);
    for (Tensor tensor : file.tensors().values()) {
      text.append("  ").append(pad(tensor.name(), names)).append("  ").append(pad(tensor.type().name(), 6)).append("  ")
          .append(pad(tensor.shape().toString(), 14)).append(String.format(Locale.ROOT, "  %12d bytes\n", tensor.byteSize()));
    }
    return text.toString();
  }

  private static String typeName(GgufValue value) {
    String name = value instanceof GgufArray array ? array.elementType() + "[]" : value.type().toString();
    return name.toLowerCase(Locale.ROOT);
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  /** One line of at most some characters; what a terminal would take for a command is shown as an escape. */
  private static String shortened(GgufValue value) {
    String text = value.toString();
    StringBuilder line = new StringBuilder();
    int end = text.offsetByCodePoints(0, Math.min(SHOWN_CHARACTERS, text.codePointCount(0, text.length())));
    text.substring(0, end).codePoints().forEach(c -> {
      if (c == '\n') {
        line.append("\\n");
      } else if (Character.isISOControl(c)) {
        line.append(String.format("\\u%04x", c));
      } else {
        line.appendCodePoint(c);
      }
    });
    return end < text.length() ? line.append("… (").append(text.length()).append(" characters)").toString() : line.toString();
  }

  private static JsonObject object(GgufFile file) {
    JsonObject metadata = new JsonObject();
    file.metadata().asMap().forEach((key, value) -> {
      JsonObject entry = new JsonObject();
      entry.addProperty("type", typeName(value));
      if (value instanceof GgufArray array) {
        entry.addProperty("length", array.length());
      }
      entry.add("value", element(value));
      metadata.add(key, entry);
    });
    JsonArray tensors = new JsonArray();
    for (Tensor tensor : file.tensors().values()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("name", tensor.name());
      entry.addProperty("type", tensor.type().name().toLowerCase(Locale.ROOT));
      JsonArray shape = new JsonArray();
      Arrays.stream(tensor.shape().toArray()).forEach(shape::add);
      entry.add("shape", shape);
      entry.addProperty("bytes", tensor.byteSize());
      tensors.add(entry);
    }
    JsonObject result = new JsonObject();
    result.addProperty("file", file.name());
    result.addProperty("version", file.version());
    result.addProperty("alignment", file.alignment());
    result.addProperty("bytes", file.byteSize());
    result.add("metadata", metadata);
    result.add("tensors", tensors);
    return result;
  }

  private static JsonElement element(GgufValue value) {
    return switch (value) {
      case GgufValue.Whole whole -> new JsonPrimitive(new BigInteger(whole.toString()));
      case GgufValue.Real real -> Json.number(real.value());
      case GgufValue.Bool bool -> new JsonPrimitive(bool.value());
      case GgufValue.Text text -> new JsonPrimitive(text.value());
      case GgufArray array -> {
        JsonArray elements = new JsonArray();
        for (int i = 0; i < Math.min(SHOWN_ELEMENTS, array.length()); i++) {
          elements.add(element(array.get(i)));
        }
        yield elements;
      }
    };
  }
}
