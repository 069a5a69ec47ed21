package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lwjgl.opencl.CL;
import org.lwjgl.system.APIUtil;
import org.lwjgl.system.Configuration;

/** LWJGL is one for the whole process: what the program does with it, or wants of it, holds. */
class OpenClLibraryTest {
  @BeforeAll
  static void needsADevice() {
    Devices.any();
  }

  /** A program that has bound LWJGL's OpenCL before. */
  static final class Embedding {
    private Embedding() {}

    static void main() {
      Configuration.OPENCL_EXPLICIT_INIT.set(true);
      Configuration.DEBUG_STREAM.set(new PrintStream(OutputStream.nullOutputStream()));
      try {
        CL.create();
      } catch (UnsatisfiedLinkError e) {
        CL.create("libOpenCL.so.1");
      }
      System.exit(OpenClDevices.all().isEmpty() ? 1 : 0);
    }
  }

  @Test
  void whatTheProgramHasBoundServes() throws IOException, InterruptedException {
    List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
        Embedding.class.getName());
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
  }

  @Test
  void onlyWhileItIsBoundLwjglIsSilent() {
    assertNull(Configuration.DEBUG_STREAM.get());
    PrintStream standard = System.err;
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    System.setErr(new PrintStream(shown, true));
    try {
      APIUtil.DEBUG_STREAM.println("later");
    } finally {
      System.setErr(standard);
    }
    assertEquals("later", shown.toString().strip());
  }
}
