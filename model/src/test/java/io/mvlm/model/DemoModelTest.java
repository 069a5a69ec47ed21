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
  /** Some 270 questions: a share of them has an error of two in a hundred. */
  private static final int PICTURES = 40;
  private static final double RIGHT = 0.9;
  private static final double SAME_TOKENS = 0.99;

  private record Asked(DemoQuestion question, Answer answer) {
    boolean right() {
      return answer.text().strip().equals(question.answer());
    }

    @Override
    public String toString() {
      return question.text() + " " + answer.text() + (right() ? "" : " (no: " + question.answer() + ")");
    }
  }

  /** All questions on the first pictures, each in a conversation of its own. */
  private static List<Asked> ask(MobileVlm vlm, int pictures) {
    List<Asked> asked = new ArrayList<>();
    DemoPictures fresh = new DemoPictures(SEED);
    for (int i = 0; i < pictures; i++) {
      DemoPicture picture = fresh.next();
      ImageEmbedding seen = vlm.encode(Images.of(picture.image()));
      for (DemoQuestion question : picture.questions()) {
        try (Conversation conversation = vlm.conversation()) {
          asked.add(new Asked(question, conversation.user(question.text(), seen).answer()));
        }
      }
    }
    return asked;
  }

  private static void assertMostAreRight(List<Asked> asked) {
    long right = asked.stream().filter(Asked::right).count();
    assertTrue(right >= RIGHT * asked.size(), () -> right + " of " + asked.size() + " right: " + asked);
  }

  private static RgbImage sample(String name) {
    return Images.read(Path.of(System.getProperty("mvlm.root", "."), "samples", name));
  }

  @Test
  void answersFreshPictures() {
    try (MobileVlm vlm = MobileVlm.demo()) {
      assertTrue(vlm.seesImages());
      assertMostAreRight(ask(vlm, PICTURES));
    }
  }

  @Test
  void answersQuestionAfterQuestion() {
    List<Asked> asked = new ArrayList<>();
    DemoPictures fresh = new DemoPictures(SEED);
    try (MobileVlm vlm = MobileVlm.demo()) {
      for (int i = 0; i < PICTURES; i++) {
        DemoPicture picture = fresh.next();
        try (Conversation conversation = vlm.conversation()) {
          conversation.user("Describe the image.", Images.of(picture.image())).answer();
          picture.questions().forEach(q -> asked.add(new Asked(q, conversation.user(q.text()).answer())));
        }
      }
    }
    assertMostAreRight(asked);
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void everyBackendSaysTheSame(String backend) {
    try (MobileVlm fastest = MobileVlm.demo(); MobileVlm other = MobileVlm.demo(LoadOptions.defaults().withBackend(backend))) {
      List<Asked> expected = ask(fastest, 6);
      List<Asked> found = ask(other, 6);
      int tokens = 0;
      int same = 0;
      for (int i = 0; i < expected.size(); i++) {
        int[] a = expected.get(i).answer().tokens();
        int[] b = found.get(i).answer().tokens();
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
