package io.mvlm.cli.launcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The options with which the second JVM is started: the only place that knows them. */
final class JvmFlags {
  /** The last release on which {@code VectorModule} is known to resolve the Vector API at run time. */
  private static final int QUIET_RELEASE = 25;

  private static final String KERNELS = "io.mvlm.kernels.vector.";

  /**
   * Methods that C2 compiles by themselves: alike in every JVM, whatever types of weights it met before, and once, not again within each of
   * their callers and whenever one of those meets another type.
   */
  private static final List<String> SEPARATE = Collections.unmodifiableList(Arrays.asList(
      KERNELS + "BlockScales::*", KERNELS + "ChunkPacker::pack", KERNELS + "F32Tile::*", KERNELS + "HalfMatrix::lambda*",
      KERNELS + "HalfMatrix::multiply*", KERNELS + "HalfMatrix::unpack*", KERNELS + "IntegerProducts::*", KERNELS + "PanelMatrix::multiply*",
      KERNELS + "QuantMatrix::add*", KERNELS + "QuantMatrix::lambda*", KERNELS + "QuantMatrix::multiplyBundle",
      KERNELS + "QuantMatrix::unpack*", KERNELS + "Unpacking::*", KERNELS + "VectorAttention::*", KERNELS + "VectorMath::*",
      KERNELS + "VectorRows::*", "io.mvlm.kernels.cpu.RowReader::read", "java.lang.foreign.MemorySegment::copy"));

  private JvmFlags() {}

  /** @param light for a JVM whose time goes to generated code, and little to Java: see {@code io.mvlm.cli.Jvm} */
  static List<String> of(Jdk jdk, boolean light, ClassArchive archive, Map<String, String> environment) {
    List<String> flags = new ArrayList<String>();
    if (light) {
      flags.add("-XX:TieredStopAtLevel=1");
      flags.add("-Dmvlm.light=true");
    } else if (jdk.hasVectorApi()) {
      if (jdk.feature() <= QUIET_RELEASE) {
        // --add-modules would print a warning that nothing switches off, and would give up the archived module graph.
        flags.add("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED");
      } else {
        flags.add("--add-modules=jdk.incubator.vector");
      }
      // The kernels check their ranges themselves, once a call: without a check of every load C2 has half the work, and the loops run faster.
      flags.add("-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0");
      flags.add("-XX:CompileCommand=quiet");
      for (String method : SEPARATE) {
        flags.add("-XX:CompileCommand=dontinline," + method);
      }
      // A kernel that is interpreted keeps C2 busy with its parts, so its turn comes early, but not before these have a profile: without one,
      // vectors may be boxed for good. Who calls it waits.
      flags.add("-XX:CompileCommand=CompileThresholdScaling," + KERNELS + "*::*,0.1");
      flags.add("-XX:CompileCommand=BackgroundCompilation," + KERNELS + "*::*,false");
    }
    flags.add("--enable-native-access=ALL-UNNAMED");
    flags.add("--sun-misc-unsafe-memory-access=allow");
    flags.add("-Xlog:disable");
    flags.add("-Xlog:all=warning:stderr");
    flags.add("-XX:+DisplayVMOutputToStderr");
    List<String> own = words(environment.get("MVLM_OPTS"));
    if (!choosesCollector(own)) {
      flags.add("-XX:+UseSerialGC");
      if (!sizesHeap(own)) {
        // Large arrays are scratch that stays: they would fill the young generation, and be copied out of it. What else there is dies
        // young, and a small young generation touches less memory for the first time.
        flags.add("-XX:PretenureSizeThreshold=2m");
        flags.add("-Xmn16m");
      }
    }
    flags.add("-XX:-UsePerfData");
    flags.add("-Djava.awt.headless=true");
    flags.addAll(archive.flags());
    flags.addAll(own);
    return Collections.unmodifiableList(flags);
  }

  /** Whether the user has no wishes of his own for archives of classes, which exclude each other. */
  static boolean leavesArchives(Map<String, String> environment) {
    for (String variable : new String[] {"MVLM_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}) {
      String options = environment.get(variable);
      if (options != null && options.matches("(?s).*(Archive|AOT|-Xshare).*")) {
        return false;
      }
    }
    return true;
  }

  /** A JVM takes one alone. */
  private static boolean choosesCollector(List<String> options) {
    for (String option : options) {
      if (option.matches("-XX:\\+Use\\w+GC")) {
        return true;
      }
    }
    return false;
  }

  /** Whether the young generation is the user's own business: beside it a small heap would have no room for large arrays. */
  private static boolean sizesHeap(List<String> options) {
    for (String option : options) {
      if (option.matches("-Xm[nsx].*|-XX:\\w*(HeapSize|NewSize|NewRatio|MaxRAM)\\w*=.*")) {
        return true;
      }
    }
    return false;
  }

  private static List<String> words(String options) {
    List<String> words = new ArrayList<String>();
    if (options != null) {
      for (String word : options.trim().split("\\s+")) {
        if (!word.isEmpty()) {
          words.add(word);
        }
      }
    }
    return words;
  }
}
