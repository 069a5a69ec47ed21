package io.mvlm.cli;

import static io.mvlm.cli.Cli.IMAGE;
import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToolsTest {
  @TempDir
  private Path folder;

  private static JsonObject json(Cli.Result result) {
    assertEquals(0, result.exitCode(), result.err());
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  @Test
  void tokenizes() {
    assertEquals("[714,707,1122,1118,582]",
        json(Cli.run("tokenize", "--model", LANGUAGE_MODEL, "--json", "Hello world")).get("ids").toString());
    JsonObject parsed = json(Cli.run("tokenize", "--model", LANGUAGE_MODEL, "--json", "--bos", "</s>"));
    assertEquals("{\"ids\":[1,2],\"pieces\":[\"<s>\",\"</s>\"]}", parsed.toString());
    assertTrue(json(Cli.run("tokenize", "--model", LANGUAGE_MODEL, "--json", "--plain", "</s>")).getAsJsonArray("ids").size() > 1);
    assertEquals("     714  ▁H", Cli.run("tokenize", "--model", LANGUAGE_MODEL, "Hello world").out().lines().findFirst().orElseThrow());
  }

  @Test
  void tokenizesStandardInputAsItIs() {
    byte[] text = "  leading and  double  spaces ".getBytes(StandardCharsets.UTF_8);
    assertEquals("[495,308,1126,491,300,260,1130,281,391,260,1127,1135,422,293,1119]",
        json(Cli.runWithInput(text, "tokenize", "--model", LANGUAGE_MODEL, "--json", "-")).get("ids").toString());
  }

  @Test
  void inspects() {
    JsonObject file = json(Cli.run("inspect", "--json", LANGUAGE_MODEL));
    assertEquals("llama", file.getAsJsonObject("metadata").getAsJsonObject("general.architecture").get("value").getAsString());
    JsonObject tokens = file.getAsJsonObject("metadata").getAsJsonObject("tokenizer.ggml.tokens");
    assertEquals(1200, tokens.get("length").getAsInt());
    assertTrue(tokens.getAsJsonArray("value").size() < 20);
    JsonElement embedding = file.getAsJsonArray("tensors").asList().stream()
        .filter(t -> t.getAsJsonObject().get("name").getAsString().equals("token_embd.weight")).findFirst().orElseThrow();
    assertEquals("{\"name\":\"token_embd.weight\",\"type\":\"f16\",\"shape\":[1200,256],\"bytes\":614400}", embedding.toString());

    String table = Cli.run("inspect", MMPROJ).out();
    assertTrue(table.contains("clip.projector_type") && table.contains("mm.model.peg.0.weight"), table);
    assertTrue(table.lines().allMatch(line -> line.length() < 240));
  }

  @Test
  void measuresPerplexity() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "Hello world");
    JsonObject result = json(Cli.run("perplexity", "--backend", "scalar", "--model", LANGUAGE_MODEL, "--json", text));
    assertEquals(6, result.get("tokens").getAsInt());
    assertEquals(Math.exp(result.get("mean_nll").getAsDouble()), result.get("perplexity").getAsDouble(), 1e-9);
    Files.writeString(text, "Hello world ".repeat(2000));
    Cli.Result tooLong = Cli.run("perplexity", "--backend", "scalar", "--model", LANGUAGE_MODEL, text);
    assertEquals(65, tooLong.exitCode());
    assertTrue(tooLong.err().contains("expected at most"), tooLong.err());
    Files.writeString(text, "");
    assertEquals(65, Cli.run("perplexity", "--backend", "scalar", "--model", LANGUAGE_MODEL, text).exitCode());
  }

  @Test
  void encodesEachStage() throws IOException {
    Path out = folder.resolve("x.npy");
    Cli.Result result = Cli.run("encode", "--backend", "scalar", "--mmproj", MMPROJ, "--stage", "projected", "--out", out, IMAGE);
    assertEquals(0, result.exitCode(), result.err());
    float[] got = values(out, "(144, 256)");
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(Cli.GOLDEN.resolve("pair-ldpv2/projected.f32"))).order(ByteOrder.LITTLE_ENDIAN);
    double difference = 0;
    double norm = 0;
    for (float value : got) {
      double want = file.getFloat();
      difference += (value - want) * (value - want);
      norm += want * want;
    }
    assertTrue(Math.sqrt(difference / norm) < 3e-3, "relative L2 " + Math.sqrt(difference / norm));
    assertEquals(0, Cli.run("encode", "--backend", "scalar", "--mmproj", MMPROJ, "--stage", "pixels", "--out", out, IMAGE).exitCode());
    values(out, "(3, 336, 336)");
    assertEquals(0, Cli.run("encode", "--backend", "scalar", "--mmproj", MMPROJ, "--stage", "vision", "--out", out, IMAGE).exitCode());
    values(out, "(576, 192)");
    Cli.Result nowhere = Cli.run("encode", "--mmproj", MMPROJ, "--stage", "pixels", "--out", folder.resolve("no/x.npy"), IMAGE);
    assertEquals(73, nowhere.exitCode());
    assertTrue(nowhere.err().endsWith("x.npy: cannot be written: its folder does not exist\n"), nowhere.err());
  }

  private static float[] values(Path npy, String shape) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[8];
    file.get(magic);
    assertArrayEquals(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}, magic);
    byte[] header = new byte[file.getShort()];
    file.get(header);
    assertEquals(0, file.position() % 64);
    String text = new String(header, StandardCharsets.US_ASCII);
    assertTrue(text.startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }") && text.endsWith("\n"), text);
    float[] values = new float[file.remaining() / Float.BYTES];
    file.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void writesModelsAndQuantises() {
    assertEquals(0, Cli.run("synth", "--shape", "tiny", "--type", "q8_0", folder.resolve("pair")).exitCode());
    Path model = folder.resolve("pair/lm.gguf");
    Path smaller = folder.resolve("small.gguf");
    Cli.Result result = Cli.run("quantize", "--type", "q4_0", model, smaller);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(smaller.toFile().length() < model.toFile().length());
    assertEquals(0, Cli.run("--backend", "scalar", "--model", smaller, "--prompt", "x", "--max-tokens", 2).exitCode());
    assertEquals(73, Cli.run("quantize", "--type", "q4_0", model, folder.resolve("no/small.gguf")).exitCode());
    long size = smaller.toFile().length();
    assertEquals(64, Cli.run("quantize", "--type", "f16", smaller, smaller).exitCode());
    assertEquals(size, smaller.toFile().length());
    assertEquals(66, Cli.run("quantize", "--type", "q4_0", folder.resolve("missing.gguf"), smaller).exitCode());
  }
}
