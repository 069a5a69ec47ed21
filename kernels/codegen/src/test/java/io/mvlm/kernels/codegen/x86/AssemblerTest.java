package io.mvlm.kernels.codegen.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every instruction form against GNU as, and against what GNU as once said, for machines without it. */
class AssemblerTest {
  /** Each instruction begins at a multiple of it. */
  private static final int SLOT = 32;
  private static final int FILL = 0xCC;
  private static final String RECORD = "instructions.txt";
  private static final int RECORDED_ROUNDS = 2;

  @TempDir
  private Path folder;

  @Test
  void agreesWithGnuAs() throws IOException, InterruptedException {
    assumeTrue(isInstalled("as") && isInstalled("objcopy"), "no GNU binutils here");
    List<RandomCode.Line> lines = new RandomCode(System.nanoTime()).lines(40);
    compare(lines, assemble(lines));
  }

  @Test
  void agreesWithTheRecord() throws IOException, InterruptedException {
    List<RandomCode.Line> lines = new RandomCode(1).lines(RECORDED_ROUNDS);
    String record = System.getProperty("mvlm.record");
    if (record != null) { // writes the record anew
      List<String> codes = assemble(lines);
      List<String> text = new ArrayList<>();
      for (int i = 0; i < codes.size(); i++) {
        text.add(codes.get(i) + " " + lines.get(i).text());
      }
      Files.write(Path.of(record), text);
    }
    try (InputStream in = AssemblerTest.class.getResourceAsStream(RECORD)) {
      List<String> text = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertEquals(lines.stream().map(RandomCode.Line::text).collect(Collectors.joining("\n")),
          text.stream().map(line -> line.substring(line.indexOf(' ') + 1)).collect(Collectors.joining("\n")),
          "the record is of other instructions: write it anew with -Dmvlm.record=FILE on a machine with GNU binutils");
      compare(lines, text.stream().map(line -> line.substring(0, line.indexOf(' '))).toList());
    }
  }

  private static void compare(List<RandomCode.Line> lines, List<String> codes) {
    assertEquals(lines.size(), codes.size());
    StringBuilder differences = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).hex().equals(codes.get(i))) {
        differences.append(lines.get(i).text()).append(": ").append(lines.get(i).hex()).append(", GNU as ").append(codes.get(i)).append('\n');
      }
    }
    assertEquals("", differences.toString());
  }

  private List<String> assemble(List<RandomCode.Line> lines) throws IOException, InterruptedException {
    StringBuilder source = new StringBuilder(".intel_syntax noprefix\n");
    for (RandomCode.Line line : lines) {
      source.append(line.text()).append("\n.balign ").append(SLOT).append(", ").append(FILL).append('\n');
    }
    Path text = Files.writeString(folder.resolve("code.s"), source);
    run("as", "--64", "-o", folder.resolve("code.o").toString(), text.toString());
    Path binary = folder.resolve("code.bin");
    run("objcopy", "-O", "binary", "-j", ".text", folder.resolve("code.o").toString(), binary.toString());
    byte[] code = Files.readAllBytes(binary);
    List<String> codes = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      int length = lines.get(i).hex().length() / 2;
      int end = (i + 1) * SLOT;
      int stop = end;
      while (stop > i * SLOT + length && (code[stop - 1] & 0xFF) == FILL) {
        stop--;
      }
      codes.add(HexFormat.of().formatHex(code, i * SLOT, stop));
    }
    return codes;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
    assertEquals(0, process.exitValue(), output);
  }

  private static boolean isInstalled(String program) {
    try {
      return new ProcessBuilder(program, "--version").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor()
          == 0;
    } catch (IOException absent) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void alignsWithWholeInstructions() {
    for (int n = 0; n < 16; n++) {
      Assembler a = new Assembler();
      for (int i = 0; i < n; i++) {
        a.ret();
      }
      a.align(16);
      assertEquals(n == 0 ? 0 : 16, a.position());
    }
  }

  @Test
  void refusesWhatCannotBeEncoded() {
    Assembler a = new Assembler();
    assertThrows(IllegalArgumentException.class, () -> a.emit(Op.VPSIGNB, Vec.zmm(0), Vec.zmm(1), Vec.zmm(2)));
    assertThrows(IllegalArgumentException.class, () -> a.emit(Op.VPSIGNB, Vec.ymm(16), Vec.ymm(1), Vec.ymm(2)));
    assertThrows(IllegalArgumentException.class, () -> a.emit(Op.VPADDW, Vec.zmm(0), Vec.zmm(1), Mem.at(Gpr.RAX).toAllLanes()));
    assertThrows(IllegalArgumentException.class, () -> a.emit(Op.VPADDD, Vec.zmm(0), Vec.zmm(1)));
    assertThrows(IllegalArgumentException.class, () -> a.emit(Op.VPERMD, Vec.xmm(0), Vec.xmm(1), Vec.xmm(2)));
    assertThrows(IllegalArgumentException.class, () -> a.lea(Gpr.RAX, Mem.at(Gpr.RAX, Gpr.RSP, 1, 0)));
    a.jmp(new Label());
    assertThrows(IllegalStateException.class, a::code);
  }
}
