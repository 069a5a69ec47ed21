package io.mvlm.model.demo;

import java.util.SplittableRandom;

/**
 * Fresh pictures by the grammar that the bundled model was trained on, one after the other. The same seed gives the same pictures and
 * questions, however many are taken. Not thread-safe.
 */
public final class DemoPictures {
  private static final double LEAST_SIDE = 96;
  private static final double LARGEST_SIDE = 1024;

  private final SplittableRandom random;

  public DemoPictures(long seed) {
    random = new SplittableRandom(seed);
  }

  /** The next one. */
  public DemoPicture next() {
    Chance chance = new Chance(random.split());
    Scene scene = new SceneMaker(chance).next();
    int side = (int) Math.round(LEAST_SIDE * Math.pow(LARGEST_SIDE / LEAST_SIDE, chance.random().nextDouble()));
    return new DemoPicture(ScenePainter.paint(scene, side), new Questioner(chance).questions(scene));
  }
}
