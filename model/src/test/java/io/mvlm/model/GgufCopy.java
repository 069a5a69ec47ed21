package io.mvlm.model;

import io.mvlm.core.Tensor;
import io.mvlm.gguf.GgufFile;
import io.mvlm.gguf.GgufValue;
import io.mvlm.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A copy of a GGUF file with something changed. */
public final class GgufCopy {
  private final Path source;
  private Consumer<Map<String, GgufValue>> metadata = values -> {};
  private UnaryOperator<Tensor> tensors = tensor -> tensor;

  public GgufCopy(Path source) {
    this.source = source;
  }

  /** @param change puts and removes keys */
  public GgufCopy metadata(Consumer<Map<String, GgufValue>> change) {
    metadata = change;
    return this;
  }

  /** @param change gives what stands in a tensor's place; null leaves it out */
  public GgufCopy tensors(UnaryOperator<Tensor> change) {
    tensors = change;
    return this;
  }

  public Path write(Path target) {
    try (GgufFile file = GgufFile.open(source)) {
      Map<String, GgufValue> values = new LinkedHashMap<>(file.metadata().asMap());
      metadata.accept(values);
      GgufWriter writer = new GgufWriter();
      values.forEach(writer::put);
      file.tensors().values().stream().map(tensors).filter(Objects::nonNull).forEach(writer::tensor);
      writer.write(target);
    }
    return target;
  }
}
