package io.mvlm.model.weights;

import io.mvlm.core.Backend;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.Role;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.Weight;
import io.mvlm.gguf.GgufFile;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * Takes tensors out of a file by name, checks their shapes against what the model's configuration says, and hands them to a backend: what
 * the models of this module are made from. For one thread; not needed any more once they are made.
 */
public final class WeightLoader {
  private static final long LARGEST = 1 << 28;

  private final GgufFile file;
  private final Backend backend;
  private final LongConsumer loadedBytes;

  /** @param loadedBytes told the file bytes of each weight when it is ready */
  public WeightLoader(GgufFile file, Backend backend, LongConsumer loadedBytes) {
    this.file = file;
    this.backend = backend;
    this.loadedBytes = loadedBytes;
  }

  /** Where the tensors come from. */
  public GgufFile file() {
    return file;
  }

  /** Whether the file holds a tensor of that name. */
  public boolean has(String name) {
    return file.find(name).isPresent();
  }

  /**
   * The tensor, seen in a shape with the same elements in the same order: files differ in whether they keep dimensions of length 1.
   *
   * @param shape slowest dimension first
   * @throws InvalidDataException if it is missing, has another shape, or its rows are no whole number of its type's blocks
   */
  public Tensor tensor(String name, long... shape) {
    Tensor tensor = file.tensor(name);
    Shape expected = Shape.of(shape);
    if (!withoutOnes(tensor.shape()).equals(withoutOnes(expected))) {
      throw new InvalidDataException(file.name() + ": tensor " + name + " has shape " + tensor.shape() + ", expected " + expected);
    }
    if (expected.columns() % tensor.type().blockLength() != 0) {
      throw new InvalidDataException(file.name() + ": tensor " + name + " has type " + tensor.type() + ", but its rows of "
          + expected.columns() + " values are no whole number of blocks of " + tensor.type().blockLength());
    }
    return new Tensor(name, tensor.type(), expected, tensor.data());
  }

  private static Shape withoutOnes(Shape shape) {
    return Shape.of(Arrays.stream(shape.toArray()).filter(d -> d != 1).toArray());
  }

  /** The tensor {@code shape}, prepared as {@link Role#VECTOR}; see {@link #tensor} and {@link #prepare} for what it throws. */
  public Weight vector(String name, long... shape) {
    return prepare(Role.VECTOR, tensor(name, shape));
  }

  /** A vector that older or simpler models lack; null then. */
  public Weight optionalVector(String name, long... shape) {
    return has(name) ? vector(name, shape) : null;
  }

  /** The tensor {@code [rows, columns]}, prepared as {@link Role#LINEAR}; see {@link #tensor} and {@link #prepare} for what it throws. */
  public Weight matrix(String name, long rows, long columns) {
    return prepare(Role.LINEAR, tensor(name, rows, columns));
  }

  /**
   * Hands tensors to the backend, stacked by rows.
   *
   * @throws InvalidDataException if one has more rows, or a vector or kernel more values, than an array can hold with room to spare
   * @throws io.mvlm.core.UnsupportedFeatureException if the backend has no kernel for a type in this role
   */
  public Weight prepare(Role role, Tensor... stacked) {
    boolean flat = role == Role.VECTOR || role == Role.CONVOLUTION;
    for (Tensor tensor : stacked) {
      if ((flat ? tensor.shape().elements() : tensor.shape().rows()) > LARGEST) {
        throw new InvalidDataException(file.name() + ": tensor " + tensor.name() + " has shape " + tensor.shape() + ", expected at most "
            + LARGEST + (flat ? " values" : " rows"));
      }
    }
    Weight weight = backend.prepare(role, stacked);
    for (Tensor tensor : stacked) {
      loadedBytes.accept(tensor.byteSize());
    }
    return weight;
  }
}
