package io.mvlm.model.demo;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * A drawn scene with questions on it.
 *
 * @param image square, 8-bit RGB
 * @param questions at most one of each kind, at least one
 */
public record DemoPicture(BufferedImage image, List<DemoQuestion> questions) {}
