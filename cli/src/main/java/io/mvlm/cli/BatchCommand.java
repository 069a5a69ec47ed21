package io.mvlm.cli;

import com.google.gson.JsonObject;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.CancelledException;
import io.mvlm.core.MvlmException;
import io.mvlm.model.Answer;
import io.mvlm.model.FinishReason;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.image.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "batch", description = {"Answer one question for every image of a folder, with one load: a JSON line for each.",
    "An image that cannot be read is a line with its error.",
    "Started again with the same --out and settings, it goes on where it was stopped and tries images with an error again."})
final class BatchCommand implements Callable<Integer> {
  private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp");

  private final CliIo io;

  @Mixin
  private final ChatOptions chat;

  @Option(names = "--out", paramLabel = "X.jsonl", required = true, description = "Where the lines go; kept and continued if it exists.")
  private Path out;

  @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", defaultValue = ChatOptions.DEFAULT_PROMPT,
      description = "The question. Default: \"${DEFAULT-VALUE}\"")
  private String prompt;

  @Parameters(paramLabel = "DIR", description = "The folder; its images are taken in the order of their names.")
  private Path folder;

  BatchCommand(CliIo io) {
    this.io = io;
    this.chat = new ChatOptions(io);
  }

  @Override
  public Integer call() throws IOException {
    chat.check();
    if (!chat.seesImages()) {
      throw chat.engine().usage("batch needs --mmproj, the vision model that belongs to the language model");
    }
    List<Path> all = imagesOf(folder);
    try (ResultLog log = ResultLog.open(out, chat.settings(prompt))) {
      List<Path> open = all.stream().filter(image -> !log.contains(image.getFileName().toString())).toList();
      if (open.isEmpty()) {
        io.err().println("nothing left to do: " + all.size() + " of " + all.size() + " images are in " + out);
        return ExitCode.OK;
      }
      try (MobileVlm model = chat.load(io, Timeline.NONE, () -> { })) {
        return answerAll(model, open, all.size() - open.size(), log);
      }
    }
  }

  static List<Path> imagesOf(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CliException(ExitCode.NO_INPUT, folder + (Files.exists(folder) ? ": is no folder" : ": no such folder"));
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(BatchCommand::isImage).sorted().toList();
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString();
    return EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) && Files.isRegularFile(file);
  }

  private int answerAll(MobileVlm model, List<Path> open, int skipped, ResultLog log) {
    int answered = 0;
    int failed = 0;
    int exitCode;
    try (Interrupts.Scope interrupts = Interrupts.ofProcess().soften(); ProgressDisplay display = ProgressDisplay.ofThings(io, "images")) {
      for (Path image : open) {
        JsonObject line = line(model, image, interrupts);
        if (interrupts.interrupted()) {
          break;
        }
        log.append(line);
        if (line.has(ResultLog.ERROR)) {
          failed++;
        } else {
          answered++;
        }
        display.update("batch", answered + failed, open.size());
      }
      exitCode = interrupts.exitCode();
    }
    int left = open.size() - answered - failed;
    io.err().println(answered + " answered, " + failed + " failed, " + skipped + " done before, " + left + " left");
    return exitCode == ExitCode.OK && failed > 0 ? ExitCode.DATA : exitCode;
  }

  private JsonObject line(MobileVlm model, Path image, Interrupts.Scope interrupts) {
    JsonObject line = new JsonObject();
    line.addProperty(ResultLog.IMAGE, image.getFileName().toString());
    try {
      Answer answer = model.ask(Images.read(image), prompt, chat.generation());
      if (answer.finish() == FinishReason.CANCELLED && !interrupts.interrupted()) {
        throw new CancelledException("interrupted");
      }
      Json.answer(line, answer);
      line.add("statistics", Json.statistics(model.loadMillis(), answer.statistics()));
    } catch (CancelledException e) {
      if (!interrupts.interrupted()) {
        throw e;
      }
    } catch (BackendUnavailableException e) {
      throw e; // not the picture's fault: a device was lost
    } catch (MvlmException e) {
      line.addProperty(ResultLog.ERROR, ErrorReporter.message(e));
    }
    return line;
  }
}
