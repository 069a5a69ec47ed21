package io.mvlm.model;

import io.mvlm.core.TensorType;
import io.mvlm.model.llama.LlamaConfig;
import java.util.Objects;

/**
 * How a model is loaded. Immutable; start from {@link #defaults()}.
 *
 * @param backend {@code auto}, or the name of a backend: {@code scalar}, {@code vector} …
 * @param device number of a device of the backend, or a part of its name; null = the backend chooses. The processor's backends have none;
 *     {@code auto} falls back to them where the device cannot be used
 * @param threads compute threads; 0 = one for each physical core that may be used
 * @param context positions of a conversation at most; 0 = what the file says
 * @param kvType storage of keys and values, {@link TensorType#F16} or {@link TensorType#F32}
 * @param template name of the chat template; null = the file's own if it is a known one, else vicuna
 * @param system system message; null = the template's default, empty = none
 * @param listener hears how loading goes on
 */
public record LoadOptions(String backend, String device, int threads, int context, TensorType kvType, String template, String system,
    LoadListener listener) {
  private static final LoadOptions DEFAULTS = new LoadOptions("auto", null, 0, 0, TensorType.F16, null, null, LoadListener.SILENT);
  private static final int MOST_THREADS = 1024;

  public LoadOptions {
    Objects.requireNonNull(backend, "backend");
    Objects.requireNonNull(listener, "listener");
    if (threads < 0 || threads > MOST_THREADS) {
      throw new IllegalArgumentException("threads is " + threads + ", expected 0 (choose) to " + MOST_THREADS);
    }
    if (context < 0 || context > LlamaConfig.LARGEST_CONTEXT) {
      throw new IllegalArgumentException("context is " + context + ", expected 0 (from the file) to " + LlamaConfig.LARGEST_CONTEXT);
    }
    if (kvType != TensorType.F16 && kvType != TensorType.F32) {
      throw new IllegalArgumentException("KV cache type is " + kvType + ", expected F16 or F32");
    }
  }

  public static LoadOptions defaults() {
    return DEFAULTS;
  }

  /** The compute threads that {@link #threads} stands for here. */
  public int computeThreads() {
    return threads > 0 ? threads : ProcessorCount.computeThreads();
  }

  public LoadOptions withBackend(String name) {
    return new LoadOptions(name, device, threads, context, kvType, template, system, listener);
  }

  public LoadOptions withDevice(String numberOrName) {
    return new LoadOptions(backend, numberOrName, threads, context, kvType, template, system, listener);
  }

  public LoadOptions withThreads(int count) {
    return new LoadOptions(backend, device, count, context, kvType, template, system, listener);
  }

  public LoadOptions withContext(int positions) {
    return new LoadOptions(backend, device, threads, positions, kvType, template, system, listener);
  }

  public LoadOptions withKvType(TensorType type) {
    return new LoadOptions(backend, device, threads, context, type, template, system, listener);
  }

  public LoadOptions withTemplate(String name) {
    return new LoadOptions(backend, device, threads, context, kvType, name, system, listener);
  }

  public LoadOptions withSystem(String message) {
    return new LoadOptions(backend, device, threads, context, kvType, template, message, listener);
  }

  public LoadOptions withListener(LoadListener hears) {
    return new LoadOptions(backend, device, threads, context, kvType, template, system, hears);
  }
}
