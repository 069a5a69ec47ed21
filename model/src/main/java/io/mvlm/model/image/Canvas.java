package io.mvlm.model.image;

/**
 * A canvas of {@code width × height} pixels, on which an animation's first frame stands at column {@code left} and row {@code top}; the
 * rest is of one colour, {@code 0xRRGGBB}.
 */
record Canvas(int width, int height, int left, int top, int background) {

  /** The canvas of a frame, or null when the frame covers it; a canvas that is too small for its frame grows. */
  static Canvas around(int width, int height, int left, int top, int frameWidth, int frameHeight, int background) {
    int fullWidth = Math.max(width, left + frameWidth);
    int fullHeight = Math.max(height, top + frameHeight);
    Images.checkSize(fullWidth, fullHeight);
    return fullWidth == frameWidth && fullHeight == frameHeight ? null : new Canvas(fullWidth, fullHeight, left, top, background);
  }

  RgbImage place(RgbImage frame) {
    byte[] rgb = new byte[3 * width * height];
    if (background != 0) {
      for (int i = 0; i < rgb.length; i += 3) {
        rgb[i] = (byte) (background >> 16);
        rgb[i + 1] = (byte) (background >> 8);
        rgb[i + 2] = (byte) background;
      }
    }
    // Readers may find another frame size in the pixel data than the frame's header states; what lies outside is cut off.
    int columns = Math.min(frame.width(), width - left);
    int rows = Math.min(frame.height(), height - top);
    for (int y = 0; y < rows; y++) {
      System.arraycopy(frame.data(), 3 * y * frame.width(), rgb, 3 * ((top + y) * width + left), 3 * columns);
    }
    return RgbImage.wrap(width, height, rgb);
  }
}
