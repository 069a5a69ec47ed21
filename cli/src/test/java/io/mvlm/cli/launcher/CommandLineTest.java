package io.mvlm.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {
  @Test
  void whatIsPackedComesBack() {
    String[] words = {"--prompt", "Où \"est\" 日本? 🦊", "", "a\\b", "line\nbreak"};
    String packed = CommandLine.pack(List.of(words));
    assertTrue(packed.matches("[A-Za-z0-9_-]+"), packed);
    assertArrayEquals(words, CommandLine.unpack(packed));
    assertArrayEquals(new String[0], CommandLine.unpack(CommandLine.pack(List.of())));
  }

  @Test
  void plainWordsNeedNoPacking() {
    assertTrue(CommandLine.isPlain(new String[] {"--image", "my photo.jpg", "-p", "What's this?"}));
    for (String hard : List.of("", "é", "a\"b", "C:\\x", "a\tb", "🦊")) {
      assertFalse(CommandLine.isPlain(new String[] {hard}), hard);
    }
  }

  @Test
  void readsAgainWhatTheLocaleLost(@TempDir Path folder) throws IOException {
    Path cmdline = folder.resolve("cmdline");
    Files.write(cmdline, "java\0-jar\0mvlm.jar\0-p\0Où\0".getBytes(StandardCharsets.UTF_8));
    assertArrayEquals(new String[] {"-p", "Où"}, CommandLine.typed(new String[] {"-p", "O\uFFFD\uFFFD"}, cmdline));
    String[] fine = {"-p", "Hello"};
    assertEquals(fine, CommandLine.typed(fine, cmdline));
    String[] lost = {"\uFFFD"};
    assertEquals(lost, CommandLine.typed(lost, folder.resolve("missing")));
  }
}
