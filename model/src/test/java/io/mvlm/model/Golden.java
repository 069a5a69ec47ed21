package io.mvlm.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.mvlm.model.image.Images;
import io.mvlm.model.image.RgbImage;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The golden data: all of it where it lies beside the checkout, else the small copy among the test resources. */
public final class Golden {
  /** Steps of a greedy continuation count while the best logit was ahead of the second by more than this. */
  public static final double MARGIN = 0.05;

  private static final Path ROOT = root();

  private Golden() {}

  private static Path root() {
    Path checkout = Path.of(System.getProperty("mvlm.root", "."));
    for (Path folder : List.of(checkout.resolve("../shared/golden").normalize(), checkout.resolve("model/src/test/resources/golden"))) {
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    try {
      return Path.of(Golden.class.getResource("/golden").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** @param name for example {@code lm/f16.gguf} */
  public static Path file(String name) {
    return ROOT.resolve(name);
  }

  /** File names without their ending: the tensor types that there is a language model of. */
  public static List<String> languageTypes() {
    try (Stream<Path> files = Files.list(ROOT.resolve("lm"))) {
      return files.map(file -> file.getFileName().toString().replace(".gguf", "")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The backends that must reach the golden values here. */
  public static List<String> backends() {
    boolean x86 = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
    return x86 ? List.of("scalar", "vector", "codegen") : List.of("scalar", "vector");
  }

  /** The projectors that there is a pair of: {@code ldpv2} and perhaps {@code ldp}, {@code mlp}. */
  public static List<String> projectors() {
    return Stream.of("ldpv2", "ldp", "mlp").filter(projector -> Files.isDirectory(ROOT.resolve("pair-" + projector))).toList();
  }

  public static Path vision(String projector) {
    return file("pair-" + projector + "/mmproj-model-f16.gguf");
  }

  public static RgbImage image(String name) {
    return Images.read(file("images/" + name));
  }

  /** Relative error of logits that the type allows. */
  public static double tolerance(String type) {
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "f32", "f16", "bf16" -> 2e-3;
      case "q8_0", "q6_k" -> 2e-2;
      default -> 2.5e-2;
    };
  }

  public static float[] floats(String name) {
    return floats(file(name));
  }

  /** Little-endian floats. */
  public static float[] floats(Path file) {
    try {
      FloatBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static JsonObject json(String name) {
    return json(file(name));
  }

  public static JsonObject json(Path file) {
    try (Reader in = Files.newBufferedReader(file)) {
      return JsonParser.parseReader(in).getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static int[] ints(JsonArray array) {
    return array.asList().stream().mapToInt(element -> element.getAsInt()).toArray();
  }

  /** How many steps of a greedy continuation are certain: all before the first margin that is too small. */
  public static int certainSteps(JsonArray margins, double margin) {
    int steps = 0;
    while (steps < margins.size() && margins.get(steps).getAsDouble() > margin) {
      steps++;
    }
    return steps;
  }

  /** ‖got − want‖ / ‖want‖ */
  public static double relativeError(float[] got, float[] want) {
    if (got.length != want.length) {
      throw new AssertionError(got.length + " values, expected " + want.length);
    }
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < want.length; i++) {
      difference += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
      norm += (double) want[i] * want[i];
    }
    return Math.sqrt(difference / norm);
  }

  /** The index of the largest value in {@code values[from … from + count − 1]}, from there. */
  public static int best(float[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[from + i] > values[from + best]) {
        best = i;
      }
    }
    return best;
  }
}
