package io.mvlm.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.mvlm.model.LoadListener;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.chat.ChatTemplate;
import io.mvlm.model.sampling.GenerationOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a question needs beside the question: models, chat template, sampling. */
final class ChatOptions {
  static final String DEFAULT_PROMPT = "Describe the image.";

  /** For the help text. */
  private static final class TemplateNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ChatTemplate.names().iterator();
    }
  }

  @Mixin
  private final ModelOptions model;

  @Option(names = "--mmproj", paramLabel = "MMPROJ.gguf", 
      description = "The vision model that belongs to it; needed for images. Default: as for --model, MVLM_MMPROJ or the bundled one.")
  private Path mmproj;

  @Option(names = "--template", paramLabel = "NAME", completionCandidates = TemplateNames.class,
      description = "Chat template: ${COMPLETION-CANDIDATES}. Default: the file's own if it is one of them, else vicuna.")
  private String template;

  @Option(names = "--system", paramLabel = "TEXT", description = "System message; '' for none. Default: the template's.")
  private String system;

  @Option(names = "--max-tokens", paramLabel = "N", defaultValue = "512", description = "Longest answer. Default: ${DEFAULT-VALUE} tokens.")
  private int maxTokens;

  @Option(names = "--temp", paramLabel = "T", defaultValue = "0",
      description = "Temperature; 0 always takes the most likely token. Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(names = "--top-k", paramLabel = "N", description = "Sample among the N most likely tokens; 0 = all. Default: 40.")
  private Integer topK;

  @Option(names = "--top-p", paramLabel = "P", description = "Sample among the most likely tokens that make up P. Default: 0.95.")
  private Double topP;

  @Option(names = "--min-p", paramLabel = "P", description = "Leave out tokens less likely than P times the likeliest. Default: 0.")
  private Double minP;

  @Option(names = "--repeat-penalty", paramLabel = "X", description = "Make tokens seen lately less likely; 1 = no. Default: 1.")
  private Double repeatPenalty;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
      description = "The same seed samples the same answer. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--stop", paramLabel = "TEXT", description = "End the answer before this text. May be repeated.")
  private List<String> stop = new ArrayList<>();

  ChatOptions(CliIo io) {
    model = new ModelOptions(io);
  }

  EngineOptions engine() {
    return model.engine();
  }

  /** File name of the language model. */
  String modelName() {
    return model.language().name();
  }

  /** Whether the bundled model answers, which was only ever asked about pictures. */
  boolean isBundled() {
    return model.language() instanceof ModelFile.Bundled;
  }

  boolean seesImages() {
    return model.vision(mmproj) != null;
  }

  /** @throws picocli.CommandLine.ParameterException if a value is out of its range */
  GenerationOptions generation() {
    GenerationOptions d = GenerationOptions.defaults();
    try {
      return new GenerationOptions(maxTokens, temperature, topK == null ? d.topK() : topK, topP == null ? d.topP() : topP,
          minP == null ? d.minP() : minP, repeatPenalty == null ? d.repeatPenalty() : repeatPenalty, d.repeatWindow(), seed, stop);
    } catch (IllegalArgumentException e) {
      throw engine().usage(e.getMessage());
    }
  }

  /** What an answer depends on beside images and backend: equal settings give equal lines. */
  JsonObject settings(String prompt) {
    GenerationOptions sampling = generation();
    JsonObject settings = new JsonObject();
    settings.addProperty("model", modelName());
    settings.addProperty("model_digest", model.language().digest());
    settings.addProperty("mmproj", model.vision(mmproj).name());
    settings.addProperty("mmproj_digest", model.vision(mmproj).digest());
    settings.addProperty("prompt", prompt);
    settings.addProperty("template", template == null ? null : ChatTemplate.named(template).name());
    settings.addProperty("system", system);
    model.addSettings(settings);
    settings.addProperty("max_tokens", sampling.maxTokens());
    settings.addProperty("temp", sampling.temperature());
    settings.addProperty("top_k", sampling.topK());
    settings.addProperty("top_p", sampling.topP());
    settings.addProperty("min_p", sampling.minP());
    settings.addProperty("repeat_penalty", sampling.repeatPenalty());
    settings.addProperty("seed", sampling.seed());
    JsonArray stops = new JsonArray();
    sampling.stop().forEach(stops::add);
    settings.add("stop", stops);
    return settings;
  }

  /** Checks what can be checked without reading a model: errors should come at once. */
  void check() {
    model.language();
    model.vision(mmproj);
    loadOptions(LoadListener.SILENT);
    generation();
  }

  private LoadOptions loadOptions(LoadListener listener) {
    if (template != null) {
      try {
        ChatTemplate.named(template);
      } catch (IllegalArgumentException unknown) {
        throw engine().usage("--template " + template + ": expected one of " + String.join(", ", ChatTemplate.names()));
      }
    }
    return model.toLoadOptions(listener).withTemplate(template).withSystem(system);
  }

  /**
   * @param io hears of the progress on its standard error
   * @param timeline hears which file is read when
   * @param input reads what else the command needs, in the JVM that will serve
   */
  MobileVlm load(CliIo io, Timeline timeline, Runnable input) {
    ModelFile language = model.language();
    try (ModelLoading loading = new ModelLoading(io, timeline, this::loadOptions, language, model.vision(mmproj))) {
      input.run();
      language.announce(io);
      return loading.vlm();
    }
  }
}
