package io.mvlm.cli;

import com.google.gson.JsonObject;
import io.mvlm.core.CancelledException;
import io.mvlm.model.Answer;
import io.mvlm.model.Conversation;
import io.mvlm.model.FinishReason;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The main job: a question and perhaps images in, a streamed answer out. Mixed into {@code mvlm} itself and {@code mvlm run}. */
final class Answering {
  private static final String CONTEXT_FULL = "the answer was cut short: the context is full (--ctx makes it larger)";

  private final CliIo io;

  @Mixin
  private final ChatOptions chat;

  @Option(names = "--image", paramLabel = "FILE",
      description = "JPEG, PNG, GIF, BMP or WebP; '-' reads standard input. May be repeated; needs --mmproj.")
  private List<String> images = new ArrayList<>();

  @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT",
      description = "The question. Default, with an image: \"" + ChatOptions.DEFAULT_PROMPT + "\"")
  private String prompt;

  @Option(names = "--interactive", description = "A conversation: line by line, with history; /help lists what else it knows.")
  private boolean interactive;

  @Option(names = "--json", description = "Print one JSON object: text, tokens, finish_reason, model, backend, statistics.")
  private boolean json;

  Answering(CliIo io) {
    this.io = io;
    chat = new ChatOptions(io);
  }

  /** @return the exit code */
  int run() {
    Timeline timeline = io.verbose() ? Timeline.ofProcess() : Timeline.NONE;
    timeline.mark("command line read");
    check();
    List<RgbImage> pictures = new ArrayList<>();
    timeline.mark(images.isEmpty() ? "opening the model files" : "opening the model files, reading " + String.join(", ", images));
    // Files beside the models; what can be read once later, since another JVM may have to read it.
    Supplier<List<RgbImage>> reading = images.stream().allMatch(InputFiles::canBeReadAgain) ? Meanwhile.of(this::read)::get : this::read;
    try (MobileVlm model = chat.load(io, timeline, () -> pictures.addAll(reading.get()))) {
      if (interactive) {
        return new InteractiveChat(io, model, chat.generation(), chat.isBundled()).run(prompt, pictures);
      }
      timeline.mark(pictures.isEmpty() ? "prefill" : "encoding");
      return answer(model, pictures.toArray(RgbImage[]::new), timeline);
    }
  }

  private List<RgbImage> read() {
    return images.stream().map(image -> InputFiles.image(image, io)).toList();
  }

  private void check() {
    chat.check();
    EngineOptions engine = chat.engine();
    if (prompt == null && images.isEmpty() && !interactive) {
      throw engine.usage("nothing to answer: give --image, --prompt or --interactive");
    }
    if (images.isEmpty() && !interactive && chat.isBundled()) {
      throw engine.usage("the bundled model only answers about pictures: give --image, or name a language model by --model");
    }
    if (!images.isEmpty() && !chat.seesImages()) {
      throw engine.usage("--image needs --mmproj, the vision model that belongs to the language model");
    }
    if (interactive && json) {
      throw engine.usage("--json and --interactive exclude each other");
    }
    long fromInput = images.stream().filter(InputFiles::isStandardInput).count();
    if (fromInput > 1 || fromInput == 1 && interactive) {
      throw engine.usage("--image - reads all of standard input: possible once, and not with --interactive");
    }
  }

  private int answer(MobileVlm model, RgbImage[] pictures, Timeline timeline) {
    if (pictures.length > 1 && chat.isBundled()) {
      io.say(InteractiveChat.ONE_PICTURE);
    }
    StreamedText text = new StreamedText(io.out());
    try (Interrupts.Scope interrupts = Interrupts.ofProcess().soften(); Conversation conversation = model.conversation()) {
      Conversation.Turn turn = conversation.user(prompt == null ? ChatOptions.DEFAULT_PROMPT : prompt, pictures).options(chat.generation());
      try {
        Answer answer = json ? turn.answer() : turn.stream(text::piece);
        finish(model, text, answer, timeline);
      } catch (CancelledException e) {
        text.endLine();
        if (!interrupts.interrupted()) {
          throw e;
        }
      }
      return interrupts.exitCode();
    }
  }

  private void finish(MobileVlm model, StreamedText text, Answer answer, Timeline timeline) {
    if (json) {
      JsonObject result = Json.answer(new JsonObject(), answer);
      result.addProperty("model", chat.modelName());
      result.addProperty("backend", model.backendDescription());
      result.add("statistics", Json.statistics(model.loadMillis(), answer.statistics()));
      io.out().println(Json.line(result));
      return;
    }
    text.endLine();
    if (answer.finish() == FinishReason.CONTEXT_FULL) {
      io.say(CONTEXT_FULL);
    }
    io.err().println(StatisticsLine.of(model.loadMillis(), answer.statistics()));
    if (io.verbose()) {
      if (answer.statistics().images() > 0) {
        timeline.markAfterLast(answer.statistics().imageMillis(), "prefill");
      }
      timeline.markAfterLast(answer.statistics().prefillMillis(), "decoding");
      timeline.mark("done");
      io.err().print(timeline.text());
    }
  }
}
