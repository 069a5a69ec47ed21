package io.mvlm.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.tokenizer.Tokenizer;
import io.mvlm.model.tokenizer.VocabularyReader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "tokenize", description = "Show the token ids of a text, and their pieces.")
final class TokenizeCommand implements Callable<Integer> {
  private final CliIo io;

  @Option(names = {"-m", "--model"}, paramLabel = "FILE.gguf",
      description = "A language model, or a file that holds a vocabulary only. Default: as MVLM_MODEL says, else the bundled one.")
  private Path model;

  @Option(names = "--plain", description = "Take special tokens (</s>, <|im_end|>) as the text that they are; otherwise they are parsed.")
  private boolean plain;

  @Option(names = "--bos", description = "Put the begin-of-text token first, where the file asks for one.")
  private boolean bos;

  @Option(names = "--json", description = "Print {\"ids\":[…],\"pieces\":[…]}.")
  private boolean json;

  @Parameters(paramLabel = "TEXT", description = "The text; '-' reads standard input as it is, to its end.")
  private String text;

  @Mixin
  private UnusedEngineOptions engine;

  TokenizeCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    ModelFile source = new ModelFiles(io.environment()).language(model);
    source.announce(io);
    Tokenizer tokenizer;
    try (GgufFile file = source.open()) {
      tokenizer = Tokenizer.of(VocabularyReader.read(file.name(), file.metadata()));
    }
    tokenizer.warning().ifPresent(warning -> io.say(warning));
    int[] ids = tokenizer.encode(InputFiles.isStandardInput(text) ? InputFiles.text(text, io) : text, !plain);
    print(tokenizer, bos ? TokenIds.withBos(tokenizer, ids) : ids);
    return ExitCode.OK;
  }

  private void print(Tokenizer tokenizer, int[] ids) {
    if (json) {
      JsonArray pieces = new JsonArray(ids.length);
      IntStream.of(ids).forEach(id -> pieces.add(tokenizer.piece(id)));
      JsonObject result = new JsonObject();
      result.add("ids", Json.array(ids));
      result.add("pieces", pieces);
      io.out().println(Json.line(result));
      return;
    }
    StringBuilder lines = new StringBuilder();
    for (int id : ids) {
      lines.append(String.format("%8d  %s\n", id, tokenizer.piece(id)));
    }
    io.out().print(lines.toString());
  }
}
