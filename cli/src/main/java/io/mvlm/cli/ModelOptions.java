package io.mvlm.cli;

import com.google.gson.JsonObject;
import io.mvlm.core.TensorType;
import io.mvlm.model.LoadListener;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.llama.LlamaConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which language model is loaded, and how. */
final class ModelOptions {
  private static final Map<String, TensorType> KV_TYPES = Map.of("f16", TensorType.F16, "f32", TensorType.F32);

  @Option(names = {"-m", "--model"}, paramLabel = "LM.gguf",
      description = "The language model. Default: the one that MVLM_MODEL names, else a small one that is bundled.")
  private Path model;

  @Option(names = "--ctx", paramLabel = "N", defaultValue = "0",
      description = "Positions of the context. Default: what the model's file says.")
  private int context;

  @Option(names = "--kv", paramLabel = "TYPE", defaultValue = "f16",
      description = "Type of the KV cache: f16 or f32. Default: ${DEFAULT-VALUE}.")
  private String kv;

  @Mixin
  private EngineOptions engine;

  private final ModelFiles files;

  ModelOptions(CliIo io) {
    files = new ModelFiles(io.environment());
  }

  EngineOptions engine() {
    return engine;
  }

  /** @throws CliException if it is not there */
  ModelFile language() {
    return files.language(model);
  }

  /** The vision model that goes with it, or null. @throws CliException if it is not there, or the two are not named together */
  ModelFile vision(Path mmproj) {
    return files.visionFor(model, mmproj);
  }

  LoadOptions toLoadOptions(LoadListener listener) {
    if (context < 0 || context > LlamaConfig.LARGEST_CONTEXT) {
      throw engine.usage("--ctx " + context + ": expected 1 to " + LlamaConfig.LARGEST_CONTEXT);
    }
    TensorType type = KV_TYPES.get(kv.toLowerCase(Locale.ROOT));
    if (type == null) {
      throw engine.usage("--kv " + kv + ": expected f16 or f32");
    }
    return engine.toLoadOptions(listener).withContext(context).withKvType(type);
  }

  /** Adds {@code ctx} and {@code kv}, as they were given. */
  void addSettings(JsonObject settings) {
    settings.addProperty("ctx", context);
    settings.addProperty("kv", kv.toLowerCase(Locale.ROOT));
  }
}
