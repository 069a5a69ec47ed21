package io.mvlm.model.outside;

import io.mvlm.model.Conversation;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.image.Images;
import io.mvlm.model.image.RgbImage;
import io.mvlm.model.sampling.GenerationOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Loads, asks and closes again and again, and prints what is in use after some rounds and after all: {@code native}, {@code heap} (bytes)
 * and {@code threads}, two numbers each. Arguments: rounds, of them warm-up, language model, vision file, picture.
 */
public final class SoakProgram {
  private static final Pattern OTHER = Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB");

  private SoakProgram() {}

  public static void main(String[] arguments) throws JMException {
    int rounds = Integer.parseInt(arguments[0]);
    int warmUp = Integer.parseInt(arguments[1]);
    RgbImage picture = Images.read(Path.of(arguments[4]));
    long[] before = new long[3];
    for (int round = 1; round <= rounds; round++) {
      round(Path.of(arguments[2]), Path.of(arguments[3]), picture, round);
      if (round == warmUp) {
        before = inUse();
      }
    }
    long[] after = inUse();
    String[] names = {"native", "heap", "threads"};
    for (int i = 0; i < names.length; i++) {
      System.out.println(names[i] + " " + before[i] + " " + after[i]);
    }
  }

  /** Every other round forgets to close its conversations. */
  private static void round(Path languageModel, Path mmproj, RgbImage picture, int round) {
    GenerationOptions brief = GenerationOptions.defaults().withMaxTokens(2);
    try (MobileVlm model = MobileVlm.load(languageModel, mmproj)) {
      model.ask(picture, "What is in the image?", brief);
      Conversation conversation = model.conversation();
      conversation.user("What is a circle?").options(brief).answer();
      if (round % 2 == 0) {
        conversation.close();
      }
    }
  }

  private static long[] inUse() throws JMException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return new long[] {nativeBytes(), runtime.totalMemory() - runtime.freeMemory(), Thread.getAllStackTraces().size()};
  }

  /** What the JVM counts as allocated by the program itself outside the heap. */
  private static long nativeBytes() throws JMException {
    Object report = ManagementFactory.getPlatformMBeanServer().invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"),
        "vmNativeMemory", new Object[] {new String[] {"summary"}}, new String[] {String[].class.getName()});
    Matcher other = OTHER.matcher(report.toString());
    if (!other.find()) {
      throw new IllegalStateException(report.toString());
    }
    return Long.parseLong(other.group(1)) << 10;
  }
}
