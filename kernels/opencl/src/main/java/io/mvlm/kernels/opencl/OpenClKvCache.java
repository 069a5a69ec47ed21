package io.mvlm.kernels.opencl;

import io.mvlm.core.AbstractKvCache;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.TensorType;

/**
 * Keys and values on the device: for each layer one buffer {@code [2][room][kvHeads·headSize]}, keys before values, of halves or floats.
 * Room grows by doubling, in whole pages of {@value #PAGE} positions.
 */
final class OpenClKvCache extends AbstractKvCache {
  private static final int PAGE = 256;

  private final OpenClBackend backend;
  private final DeviceBuffer[] layers;
  private final int[] room;

  OpenClKvCache(OpenClBackend backend, Spec spec) {
    super(spec);
    this.backend = backend;
    this.layers = new DeviceBuffer[spec.layers()];
    this.room = new int[spec.layers()];
  }

  boolean halves() {
    return spec().type() == TensorType.F16;
  }

  int columns() {
    return spec().kvHeads() * spec().headSize();
  }

  DeviceBuffer layer(int layer) {
    return layers[layer];
  }

  /** Where the values begin, in elements: keys begin at 0. */
  int valueOffset(int layer) {
    return room[layer] * columns();
  }

  private long bytes(long positions) {
    return spec().type().byteSize(positions * columns());
  }

  /**
   * Makes room for positions below {@code end}; what is stored stays, even if it fails. On the backend's worker.
   *
   * @throws BackendUnavailableException if there is not so much memory, or a kernel's 32-bit offsets would not reach the values
   */
  void reserve(int layer, int end) {
    if (end <= room[layer]) {
      return;
    }
    long pages = (Math.max(end, Math.min(2L * room[layer], spec().capacity())) + PAGE - 1) / PAGE;
    if (pages * PAGE * columns() > Integer.MAX_VALUE) {
      throw new BackendUnavailableException("opencl reaches " + Integer.MAX_VALUE + " values of a layer's keys, but " + pages * PAGE
          + " positions of " + columns() + " values are needed: use a smaller --ctx");
    }
    int larger = (int) pages * PAGE;
    DeviceBuffer old = layers[layer];
    layers[layer] = backend.memory().filled(2 * bytes(larger), grown -> {
      if (old != null) {
        backend.queue().copy(old, 0, grown, 0, bytes(room[layer]));
        backend.queue().copy(old, bytes(room[layer]), grown, bytes(larger), bytes(room[layer]));
      }
    });
    if (old != null) {
      old.close();
    }
    room[layer] = larger;
  }

  @Override
  public OpenClKvCache fork() {
    return backend.call(() -> {
      OpenClKvCache copy = new OpenClKvCache(backend, spec());
      try {
        for (int layer = 0; layer < layers.length && length() > 0; layer++) {
          copy.reserve(layer, length());
          backend.queue().copy(layers[layer], 0, copy.layers[layer], 0, bytes(length()));
          backend.queue().copy(layers[layer], bytes(room[layer]), copy.layers[layer], bytes(copy.room[layer]), bytes(length()));
        }
      } catch (Throwable e) {
        copy.close();
        throw e;
      }
      copy.advance(length());
      return copy;
    });
  }

  @Override
  public long byteSize() {
    long sum = 0;
    for (DeviceBuffer layer : layers) {
      sum += layer == null ? 0 : layer.byteSize();
    }
    return sum;
  }

  @Override
  public void close() {
    for (DeviceBuffer layer : layers) {
      if (layer != null) {
        layer.close();
      }
    }
  }
}
