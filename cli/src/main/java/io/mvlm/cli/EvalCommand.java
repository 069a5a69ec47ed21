package io.mvlm.cli;

import com.google.gson.JsonObject;
import io.mvlm.core.CancelledException;
import io.mvlm.model.Answer;
import io.mvlm.model.Conversation;
import io.mvlm.model.FinishReason;
import io.mvlm.model.ImageEmbedding;
import io.mvlm.model.LoadListener;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.demo.DemoPicture;
import io.mvlm.model.demo.DemoPictures;
import io.mvlm.model.demo.DemoQuestion;
import io.mvlm.model.image.Images;
import io.mvlm.model.sampling.GenerationOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "eval", description = {"Measure how many questions on fresh pictures a model answers right.",
    "The pictures are drawn, and asked about, by the grammar that the bundled model was trained on (docs/demo-scenes.md): one question of"
        + " each kind that a picture has an answer to. An answer is right if it is the expected one to the letter."})
final class EvalCommand implements Callable<Integer> {
  private static final int MOST_PICTURES = 1_000_000;
  private static final int LONGEST_ANSWER = 100;

  private final CliIo io;

  @Option(names = "--demo", required = true, description = "Draw the bundled model's kind of pictures.")
  private boolean demo;

  @Option(names = "--count", paramLabel = "N", defaultValue = "500", description = "How many pictures. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
      description = "Another seed gives other pictures and questions. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = {"-m", "--model"}, paramLabel = "LM.gguf", description = "The language model. Default: the bundled one.")
  private Path model;

  @Option(names = "--mmproj", paramLabel = "MMPROJ.gguf", description = "The vision model that belongs to it.")
  private Path mmproj;

  @Option(names = "--follow-up", description = "Ask all questions on a picture in one conversation, not each in one of its own.")
  private boolean followUp;

  @Option(names = "--answers", paramLabel = "X.jsonl", description = "Write every question and answer into this file, as JSON lines.")
  private Path answers;

  @Option(names = "--compare", paramLabel = "X.jsonl",
      description = "Count the tokens that are the same in this file, which another run wrote with the same --seed and --count.")
  private Path other;

  @Option(names = "--pictures", paramLabel = "DIR", description = "Write the pictures into this folder, as PNG files by their number.")
  private Path pictures;

  @Option(names = "--json", description = "Print {\"kinds\":{\"colour\":{\"asked\":…,\"right\":…},…},…}.")
  private boolean json;

  @Mixin
  private EngineOptions engine;

  private final EvalReport report = new EvalReport();

  EvalCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() throws IOException {
    check();
    if (pictures != null) {
      Files.createDirectories(pictures);
    }
    try (MobileVlm vlm = load();
        AnswerLines.Writer writer = answers == null ? null : new AnswerLines.Writer(answers);
        AnswerLines.Comparison comparison = other == null ? null : new AnswerLines.Comparison(other);
        Interrupts.Scope interrupts = Interrupts.ofProcess().soften()) {
      try {
        askAll(vlm, writer, comparison);
      } catch (CancelledException e) {
        if (!interrupts.interrupted()) {
          throw e;
        }
        return interrupts.exitCode();
      }
      print(vlm, comparison);
    }
    return ExitCode.OK;
  }

  private void check() {
    if (count < 1 || count > MOST_PICTURES) {
      throw engine.usage("--count " + count + ": expected 1 to " + MOST_PICTURES);
    }
    if ((model == null) != (mmproj == null)) {
      throw engine.usage("--model and --mmproj belong together: name both, or neither for the bundled pair");
    }
    if (answers != null && answers.equals(other)) {
      throw engine.usage("--answers and --compare name the same file");
    }
    engine.toLoadOptions(LoadListener.SILENT);
  }

  private MobileVlm load() {
    ModelFiles files = new ModelFiles(Map.of());
    try (ModelLoading loading = new ModelLoading(io, Timeline.NONE, engine::toLoadOptions, files.language(model), files.vision(mmproj))) {
      return loading.vlm();
    }
  }

  private void askAll(MobileVlm vlm, AnswerLines.Writer writer, AnswerLines.Comparison comparison) throws IOException {
    DemoPictures fresh = new DemoPictures(seed);
    try (ProgressDisplay display = ProgressDisplay.ofThings(io, "pictures")) {
      for (int scene = 1; scene <= count; scene++) {
        DemoPicture picture = fresh.next();
        if (pictures != null) {
          ImageIO.write(picture.image(), "png", pictures.resolve(String.format("%06d.png", scene)).toFile());
        }
        ImageEmbedding seen = vlm.encode(Images.of(picture.image()));
        for (List<DemoQuestion> talk : followUp ? List.of(picture.questions()) : picture.questions().stream().map(List::of).toList()) {
          List<Answer> given = ask(vlm, seen, talk);
          for (int i = 0; i < talk.size(); i++) {
            report.add(talk.get(i), given.get(i));
            if (writer != null) {
              writer.append(scene, talk.get(i), given.get(i));
            }
            if (comparison != null) {
              comparison.add(scene, talk.get(i), given.get(i));
            }
          }
        }
        display.update("eval", scene, count);
      }
    }
  }

  /** Asks in one conversation, which begins with the picture. */
  private static List<Answer> ask(MobileVlm vlm, ImageEmbedding seen, List<DemoQuestion> talk) {
    List<Answer> answers = new ArrayList<>();
    try (Conversation conversation = vlm.conversation()) {
      for (DemoQuestion question : talk) {
        Conversation.Turn turn = answers.isEmpty() ? conversation.user(question.text(), seen) : conversation.user(question.text());
        Answer answer = turn.options(GenerationOptions.defaults().withMaxTokens(LONGEST_ANSWER)).answer();
        if (answer.finish() == FinishReason.CANCELLED) {
          throw new CancelledException("interrupted");
        }
        answers.add(answer);
      }
    }
    return answers;
  }

  private void print(MobileVlm vlm, AnswerLines.Comparison comparison) {
    if (!json) {
      io.out().print(report.table() + (comparison == null ? "" : comparison.summary()));
      return;
    }
    JsonObject result = new JsonObject();
    report.addTo(result);
    if (comparison != null) {
      comparison.addTo(result);
    }
    result.addProperty("pictures", count);
    result.addProperty("seed", seed);
    result.addProperty("backend", vlm.backendDescription());
    io.out().println(Json.line(result));
  }
}
