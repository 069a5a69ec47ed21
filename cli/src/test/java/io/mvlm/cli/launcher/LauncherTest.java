package io.mvlm.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class LauncherTest {
  @Test
  void aLightJvmIsTriedWhereGeneratedCodeMayServe() {
    boolean x86 = "amd64".equals(System.getProperty("os.arch")) || "x86_64".equals(System.getProperty("os.arch"));
    assertEquals(x86, Launcher.isLight());
    assertEquals(x86, Launcher.isLight("--image", "x.jpg", "--backend", "auto"));
    assertEquals(x86, Launcher.isLight("bench", "--backend=codegen"));
    assertFalse(Launcher.isLight("--backend", "vector"));
    assertFalse(Launcher.isLight("--backend=scalar", "--image", "x.jpg"));
    assertFalse(Launcher.isLight("bench", "--backend", "codegen,vector"));
  }

  @Test
  void whatReadsStandardInputIsStartedOnce() {
    assertFalse(Launcher.isLight("--image", "-"));
    assertFalse(Launcher.isLight("--image=-"));
  }
}
