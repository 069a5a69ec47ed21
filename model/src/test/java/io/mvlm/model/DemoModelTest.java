package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.model.demo.DemoPicture;
import io.mvlm.model.demo.DemoPictures;
import io.mvlm.model.demo.DemoQuestion;
import io.mvlm.model.image.Images;
import io.mvlm.model.image.RgbImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From a picture to the right words: the bundled model on pictures that it never saw, with signs in fonts that it never saw. */
class DemoModelTest {
  private static final long SEED = 2026;
  private static final int PICTURES = 6;
  private static final double SAME_TOKENS = 0.99;

  /** All questions on the first pictures, each in a conversation of its own. */
  private static List<Answer> ask(MobileVlm vlm, int pictures) {
    List<Answer> answers = new ArrayList<>();
    DemoPictures fresh = new DemoPictures(SEED);
    for (int i = 0; i < pictures; i++) {
      DemoPicture picture = fresh.next();
      ImageEmbedding seen = vlm.encode(Images.of(picture.image()));
      for (DemoQuestion question : picture.questions()) {
        try (Conversation conversation = vlm.conversation()) {
          answers.add(conversation.user(question.text(), seen).answer());
        }
      }
    }
    return answers;
  }

  private static RgbImage sample(String name) {
    return Images.read(Path.of(System.getProperty("mvlm.root", "."), "samples", name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void everyBackendSaysTheSame(String backend) {
    try (MobileVlm fastest = MobileVlm.demo(); MobileVlm other = MobileVlm.demo(LoadOptions.defaults().withBackend(backend))) {
      List<Answer> expected = ask(fastest, PICTURES);
      List<Answer> found = ask(other, PICTURES);
      int tokens = 0;
      int same = 0;
      for (int i = 0; i < expected.size(); i++) {
        int[] a = expected.get(i).tokens();
        int[] b = found.get(i).tokens();
        tokens += Math.max(a.length, b.length);
        for (int t = 0; t < Math.min(a.length, b.length); t++) {
          same += a[t] == b[t] ? 1 : 0;
        }
      }
      assertTrue(same >= SAME_TOKENS * tokens, same + " of " + tokens + " tokens");
    }
  }

  @ParameterizedTest
  @CsvSource({"scene.png, What does the sign say?, coffee", "scene.png, What shape is green?, A cross.",
      "scene.png, Is there a green cross?, Yes.", "objects.png, How many objects are there?, Six."})
  void seesWhatIsInASample(String name, String question, String answer) {
    try (MobileVlm vlm = MobileVlm.demo()) {
      assertEquals(answer, vlm.ask(sample(name), question).text().strip());
    }
  }

  @Test
  void knowsWhatItWasNotMadeFor() {
    try (MobileVlm vlm = MobileVlm.demo()) {
      assertEquals("I am not sure.", vlm.ask(sample("harbour.jpg"), "What do you see?").text().strip());
    }
  }
}
