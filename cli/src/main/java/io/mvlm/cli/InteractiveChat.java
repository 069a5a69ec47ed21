package io.mvlm.cli;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.CancelledException;
import io.mvlm.core.ContextFullException;
import io.mvlm.core.MvlmException;
import io.mvlm.model.Answer;
import io.mvlm.model.Conversation;
import io.mvlm.model.FinishReason;
import io.mvlm.model.ImageEmbedding;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.image.RgbImage;
import io.mvlm.model.sampling.GenerationOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** A conversation, line by line. Ctrl-C stops an answer, or the encoding of an image, not the conversation. */
final class InteractiveChat {
  static final String ONE_PICTURE = "the bundled model was trained on one picture a conversation and mixes up several";
  private static final String IMAGE = "/image";
  private static final String RESET = "/reset";
  private static final String HELP = "/help";
  private static final String QUIT = "/quit";
  private static final String HELP_TEXT = """
      /image FILE   show an image with the next question
      /reset        start a new conversation, without images
      /help         this list
      /quit         end (so does Ctrl-D)
      Ctrl-C        stop the answer, or looking at the image""";

  private final CliIo io;
  private final MobileVlm model;
  private final GenerationOptions generation;
  private final boolean needsPicture;
  private final List<ImageEmbedding> shown = new ArrayList<>();
  private Conversation conversation;
  private boolean pictureSeen;

  /** @param needsPicture whether the model knows no answer before it has seen a picture */
  InteractiveChat(CliIo io, MobileVlm model, GenerationOptions generation, boolean needsPicture) {
    this.io = io;
    this.model = model;
    this.generation = generation;
    this.needsPicture = needsPicture;
  }

  /**
   * @param first the first question, or null
   * @param pictures go with the first question
   * @return the exit code
   */
  int run(String first, List<RgbImage> pictures) {
    Interrupts interrupts = Interrupts.ofProcess();
    conversation = model.conversation();
    try (LineSource lines = io.inIsTerminal() ? new EditedLines(interrupts, IMAGE, RESET, HELP, QUIT) : new PlainLines(io.in())) {
      boolean shown = pictures.stream().allMatch(picture -> show(interrupts, () -> picture));
      if (first != null && shown) {
        answer(interrupts, first);
      } else if (io.inIsTerminal()) {
        io.err().println(HELP_TEXT);
      }
      for (String line = lines.next(); line != null && !line.strip().equals(QUIT); line = lines.next()) {
        take(interrupts, line.strip());
      }
      return ExitCode.OK;
    } finally {
      conversation.close();
    }
  }

  private void take(Interrupts interrupts, String line) {
    if (line.startsWith(IMAGE + " ")) {
      String file = unquoted(line.substring(IMAGE.length()).strip());
      show(interrupts, () -> InputFiles.image(file, io));
    } else if (line.equals(IMAGE)) {
      io.say(IMAGE + " needs the name of a file");
    } else if (line.equals(RESET)) {
      conversation.close();
      conversation = model.conversation();
      shown.clear();
      pictureSeen = false;
    } else if (line.equals(HELP)) {
      io.err().println(HELP_TEXT);
    } else if (line.matches("/[a-z]+")) {
      io.say(line + ": no such command; " + HELP + " lists them");
    } else if (!line.isEmpty()) {
      answer(interrupts, line);
    }
  }

  /** Terminals put quotes around a file that is dragged into them. */
  private static String unquoted(String file) {
    boolean quoted = file.length() > 1 && (file.startsWith("'") && file.endsWith("'") || file.startsWith("\"") && file.endsWith("\""));
    return quoted ? file.substring(1, file.length() - 1) : file;
  }

  /**
   * Has the model look at a picture. One that cannot be read ends nothing, and neither does Ctrl-C.
   *
   * @return whether it goes with the next question
   */
  private boolean show(Interrupts interrupts, Supplier<RgbImage> picture) {
    try (Interrupts.Scope scope = interrupts.soften()) {
      try {
        if (!model.seesImages()) {
          throw new CliException(ExitCode.USAGE, "images need --mmproj, the vision model that belongs to the language model");
        }
        RgbImage image = picture.get();
        long begin = System.nanoTime();
        ImageEmbedding embedding = model.encode(image);
        shown.add(embedding);
        long millis = (System.nanoTime() - begin) / 1_000_000;
        io.err().println(String.format(Locale.ROOT, "image %d ms (%d tokens)", millis, embedding.tokens()));
        return true;
      } catch (BackendUnavailableException e) {
        throw e; // a device was lost: no other picture would do better
      } catch (MvlmException | CliException e) {
        io.say(scope.interrupted() ? "stopped: the image is not shown" : e.getMessage());
        return false;
      }
    }
  }

  @SuppressWarnings("try") // the scope works by being open
  private void answer(Interrupts interrupts, String question) {
    if (needsPicture && (shown.size() > 1 || pictureSeen && !shown.isEmpty())) {
      io.say(ONE_PICTURE + ": " + RESET + " before another");
    }
    pictureSeen |= !shown.isEmpty();
    if (needsPicture && !pictureSeen) {
      io.say("the bundled model only answers about pictures: show one by " + IMAGE + " FILE");
      return;
    }
    StreamedText text = new StreamedText(io.out());
    try (Interrupts.Scope scope = interrupts.soften()) {
      Answer answer = conversation.user(question, shown.toArray(ImageEmbedding[]::new)).options(generation).stream(text::piece);
      text.endLine();
      if (answer.finish() == FinishReason.CONTEXT_FULL) {
        io.say("the context of " + model.contextLength() + " tokens is full; " + RESET + " starts a new conversation");
      }
      io.err().println(StatisticsLine.of(-1, answer.statistics()));
      if (answer.statistics().promptTokens() > 0) {
        shown.clear(); // else Ctrl-C came before the question was read: the images are still to be shown
      }
    } catch (ContextFullException e) {
      io.say(e.getMessage() + "; " + RESET + " starts a new conversation");
    } catch (CancelledException e) {
      text.endLine();
    }
  }
}
