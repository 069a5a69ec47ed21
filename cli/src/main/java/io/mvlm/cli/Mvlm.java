package io.mvlm.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code mvlm}: all commands together, and {@code run} where none is named. */
@Command(name = "mvlm", sortOptions = false, usageHelpAutoWidth = true, synopsisSubcommandLabel = "[COMMAND]",
    description = "Answers questions about images with MobileVLM, in plain Java. Without a command: run.",
    footerHeading = "%nExamples:%n", footer = {
        "  mvlm --image samples/scene.png -p \"What does the sign say?\"",
        "  mvlm -m lm.gguf --mmproj mmproj.gguf --image cat.jpg -p \"What is this?\"",
        "  mvlm -m lm.gguf --mmproj mmproj.gguf --image - < cat.jpg",
        "  mvlm -m lm.gguf --mmproj mmproj.gguf --interactive",
        "  mvlm batch photos --out x.jsonl -m lm.gguf --mmproj mmproj.gguf",
        "  mvlm synth --shape tiny --type q8_0 models",
        "",
        "The answer goes to standard output; progress, statistics and errors go",
        "to standard error.",
        "",
        "Without --model a small bundled model answers, which knows drawn shapes and",
        "short words on signs; for photographs get",
        "MobileVLM V2: https://huggingface.co/ZiangWu/MobileVLM_V2-1.7B-GGUF",
        "",
        "Environment:",
        "  MVLM_MODEL  the language model where --model names none, and",
        "  MVLM_MMPROJ the vision model that belongs to it",
        "  MVLM_JAVA   the JDK to use (its folder, or its java)",
        "  MVLM_OPTS   more options for it, such as -Xmx8g"},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "0:done", "64:wrong usage", "65:bad or unsupported data", "66:missing input", "69:no such backend, JDK or peer here",
        "70:internal error", "71:out of memory", "73:cannot write the result", "74:input or output failed on the way",
        "75:another mvlm writes the same file", "77:permission denied", "130:stopped by Ctrl-C", "141:reader of standard output gone"})
final class Mvlm implements Callable<Integer> {
  @Mixin
  private final Answering answering;

  private Mvlm(CliIo io) {
    answering = new Answering(io);
  }

  @Override
  public Integer call() {
    return answering.run();
  }

  /** What every command understands. */
  @Command(synopsisHeading = "Usage: ", versionProvider = Version.class)
  private static final class Standard {
    @Option(names = {"-v", "--verbose"}, description = "Say more: the backend chosen and why, stack traces of errors.")
    private boolean verbose;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show the version.")
    private boolean version;
  }

  private static Map<String, Supplier<Object>> commands(CliIo io) {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("run", () -> new RunCommand(io));
    commands.put("batch", () -> new BatchCommand(io));
    commands.put("inspect", () -> new InspectCommand(io));
    commands.put("tokenize", () -> new TokenizeCommand(io));
    commands.put("perplexity", () -> new PerplexityCommand(io));
    commands.put("encode", () -> new EncodeCommand(io));
    commands.put("synth", () -> new SynthCommand(io));
    commands.put("quantize", () -> new QuantizeCommand(io));
    commands.put("eval", () -> new EvalCommand(io));
    commands.put("bench", () -> new BenchCommand(io));
    commands.put("devices", () -> new DevicesCommand(io));
    commands.put("tune", () -> new TuneCommand(io));
    return commands;
  }

  /** @return the exit code */
  static int execute(CliIo streams, String... arguments) {
    List<String> words = Arrays.asList(arguments);
    CliIo io = streams.withVerbose(words.contains("--verbose") || words.contains("-v"));
    try {
      Jvm.prepare();
      return commandLine(io, words).setExecutionExceptionHandler((error, command, parsed) -> ErrorReporter.report(error, io))
          .execute(arguments);
    } catch (Throwable error) {
      return ErrorReporter.report(error, io);
    }
  }

  private static CommandLine commandLine(CliIo io, List<String> words) {
    CommandLine line = new CommandLine(new Mvlm(io));
    boolean all = words.contains("help") || words.contains("--help") || words.contains("-h");
    commands(io).forEach((name, command) -> {
      // picocli reads the annotations of every command that it knows: most of the time of a short run.
      if (all || words.contains(name)) {
        CommandLine subcommand = new CommandLine(command.get());
        subcommand.addMixin("standard", new Standard());
        line.addSubcommand(subcommand);
      }
    });
    if (all) {
      line.addSubcommand(new HelpCommand());
    }
    line.addMixin("standard", new Standard());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExpandAtFiles(false); // a question may begin with @
    line.setAllowSubcommandsAsOptionParameters(true); // or be the word "help"
    line.setUsageHelpLongOptionsMaxWidth(28);
    line.setOut(new PrintWriter(new OutputWriter(io.out()), true));
    line.setErr(new PrintWriter(io.err(), true));
    line.setParameterExceptionHandler((error, command) -> {
      String name = error.getCommandLine().getCommandSpec().qualifiedName();
      io.say(message(error) + " (see " + name + " --help)");
      return ExitCode.USAGE;
    });
    return line;
  }

  private static String message(ParameterException error) {
    if (error instanceof UnmatchedArgumentException unknown && !unknown.getUnmatched().isEmpty()) {
      return unknown.getUnmatched().getFirst() + ": no such command or option";
    }
    return error.getMessage();
  }
}
