package io.mvlm.model;

import io.mvlm.core.Backend;
import io.mvlm.core.TensorType;
import java.util.List;

/** The golden logits, features and embeddings on the vector backend, for a JVM whose vectors have another length. */
final class GoldenCheck {
  private static final int[] IDS = {1, 319, 259, 300, 402, 411, 1071, 13, 500, 600, 700, 800, 901};

  private GoldenCheck() {}

  /** Describes the backend; exits with 1 if an error is larger than allowed. */
  public static void main(String... args) {
    try (Backend backend = Backends.open(LoadOptions.defaults().withBackend("vector"))) {
      System.out.println(backend.description());
    }
    boolean good = true;
    for (String type : List.of("f16", "q4_0", "q8_0", "q4_k_s")) {
      try (LanguageModel model = new LanguageModel(Golden.file("lm/" + type + ".gguf"), "vector")) {
        float[] golden = Golden.floats("lm_logits/" + type + ".f32");
        good &= isClose(type + ", one pass", Golden.tolerance(type), model.logits(TensorType.F16, IDS), golden);
        good &= isClose(type + ", three passes", Golden.tolerance(type), model.logits(TensorType.F32, IDS, 1, 5), golden);
      }
    }
    try (VisionPipeline vision = VisionPipeline.load(Golden.vision("ldpv2"), LoadOptions.defaults().withBackend("vector"))) {
      good &= isClose("features", 3e-3, vision.vision(Golden.image("landscape_336.png")).values(),
          Golden.floats("pair-ldpv2/vision_features.f32"));
      good &= isClose("projected", 3e-3, vision.projected(Golden.image("landscape_336.png")).values(),
          Golden.floats("pair-ldpv2/projected.f32"));
    }
    System.exit(good ? 0 : 1);
  }

  private static boolean isClose(String what, double tolerance, float[] got, float[] want) {
    double error = Golden.relativeError(got, want);
    System.out.println(what + ": relative error " + error + (error <= tolerance ? "" : ", expected at most " + tolerance));
    return error <= tolerance;
  }
}
