package io.mvlm.gguf;

import io.mvlm.core.MvlmException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Copies a GGUF file with its matrices in another type. Every matrix (two dimensions) gets the type asked for, or the nearest one whose
 * blocks its rows fill; vectors, convolution kernels and position embeddings stay as they are. Takes little memory however large the file.
 */
public final class GgufQuantizer {
  private static final int QUANTIZATION_VERSION = 2;
  private static final String POSITION_EMBEDDING = "position_embd.weight";

  private GgufQuantizer() {}

  /** As {@link #quantize(Path, Path, TensorType, int, ProgressListener)}, with all processors. */
  public static void quantize(Path source, Path target, TensorType type) {
    quantize(source, target, type, Runtime.getRuntime().availableProcessors(), ProgressListener.NONE);
  }

  /**
   * @param source any GGUF file that {@link GgufFile} opens; matrices that are quantised already lose a second time
   * @param target where the result goes, once it is complete; may be {@code source}
   * @param threads how many threads quantise, at least 1
   * @param listener hears of the tensor bytes written
   * @throws MvlmException if a file cannot be read or written
   */
  public static void quantize(Path source, Path target, TensorType type, int threads, ProgressListener listener) {
    try (GgufFile file = GgufFile.open(source)) {
      GgufWriter writer = new GgufWriter().putAll(file.metadata());
      writer.uint32("general.quantization_version", QUANTIZATION_VERSION);
      writer.uint32("general.file_type", fileType(type));
      for (Tensor tensor : file.tensors().values()) {
        writer.tensor(convert(tensor, typeFor(tensor.name(), tensor.shape(), tensor.type(), type)));
      }
      writer.write(target, threads, listener);
    }
  }

  /** The type that a tensor gets when a file is quantised to {@code wanted}. */
  static TensorType typeFor(String name, Shape shape, TensorType present, TensorType wanted) {
    if (shape.rank() != 2 || name.endsWith(POSITION_EMBEDDING)) {
      return present;
    }
    return fitting(wanted, shape.columns());
  }

  /**
   * The type itself, or the nearest one with shorter blocks that divide a row of {@code columns} values: 32-value types of about the same
   * size for types of 256-value blocks, F16 where not even those fit.
   */
  public static TensorType fitting(TensorType wanted, long columns) {
    if (columns % wanted.blockLength() == 0) {
      return wanted;
    }
    TensorType smaller = switch (wanted) {
      case Q2_K, Q3_K, IQ4_XS -> TensorType.IQ4_NL;
      case Q4_K -> TensorType.Q5_0;
      case Q5_K -> TensorType.Q5_1;
      case Q6_K -> TensorType.Q8_0;
      default -> TensorType.F16;
    };
    return fitting(smaller, columns);
  }

  /** The number under {@code general.file_type} of a file whose matrices are of that type (llama.cpp's {@code llama_ftype}). */
  public static int fileType(TensorType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q8_0 -> 7;
      case Q5_0 -> 8;
      case Q5_1 -> 9;
      case Q2_K -> 10;
      case Q3_K -> 11;
      case Q4_K -> 14;
      case Q5_K -> 16;
      case Q6_K -> 18;
      case IQ4_NL -> 25;
      case IQ4_XS -> 30;
      case BF16 -> 32;
    };
  }

  private static Tensor convert(Tensor tensor, TensorType type) {
    if (tensor.type() == type) {
      return tensor;
    }
    int columns = Math.toIntExact(tensor.shape().columns());
    int rowBytes = Math.toIntExact(tensor.type().byteSize(columns));
    return new Tensor(tensor.name(), type, tensor.shape(), new ComputedRows(type, columns, (row, values) -> {
      MemorySegment bytes = MemorySegment.ofArray(new byte[rowBytes]);
      tensor.data().read(row * rowBytes, bytes);
      tensor.type().codec().dequantize(bytes, 0, values, 0, columns);
    }));
  }
}
