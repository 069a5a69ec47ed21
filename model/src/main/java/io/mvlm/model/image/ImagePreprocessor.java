package io.mvlm.model.image;

import java.util.Arrays;

/**
 * What the vision model was trained to see: the image, padded to a centred square with the mean colour, resized to {@code size × size} by
 * antialiased bicubic interpolation with 8-bit results (rows first, then columns; value for value what Pillow computes), and normalised per
 * channel. A square of exactly {@code size} is not resampled. Source: LLaVA's {@code expand2square} and CLIP's image processor.
 *
 * <p>The padded square is never built, so that a strip of 1 × 100,000 pixels costs no more than its own pixels. Immutable and thread-safe.
 *
 * @param size side of the result in pixels, 1 to {@value #MAX_SIZE}
 * @param mean per channel, 0 to 1
 * @param std per channel, above 0
 */
public record ImagePreprocessor(int size, float[] mean, float[] std) {
  /** The largest supported side of the result. */
  public static final int MAX_SIZE = 4096;

  /**
   * Copies the arrays.
   *
   * @throws IllegalArgumentException when a value lies outside the range above
   */
  public ImagePreprocessor {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException("image size " + size + ", expected 1 to " + MAX_SIZE);
    }
    if (mean.length != 3 || std.length != 3) {
      throw new IllegalArgumentException("image mean and std of " + mean.length + " and " + std.length + " values, expected 3");
    }
    for (int c = 0; c < 3; c++) {
      if (!(mean[c] >= 0 && mean[c] <= 1 && std[c] > 0 && std[c] < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("image mean " + mean[c] + " and std " + std[c] + ", expected 0 to 1 and above 0");
      }
    }
    mean = mean.clone();
    std = std.clone();
  }

  /** The values of CLIP, which all published MobileVLM and LLaVA-1.5 models use. */
  public static ImagePreprocessor clip(int size) {
    return new ImagePreprocessor(size, new float[] {0.48145466f, 0.4578275f, 0.40821073f},
        new float[] {0.26862954f, 0.26130258f, 0.27577711f});
  }

  /** A copy of the means, three values. */
  @Override
  public float[] mean() {
    return mean.clone();
  }

  /** A copy of the standard deviations, three values. */
  @Override
  public float[] std() {
    return std.clone();
  }

  /** The model's input: {@code [3][size][size]}, planes in the order red, green, blue, each {@code (x/255 − mean)/std}. */
  public float[] pixels(RgbImage image) {
    byte[] rgb = square(image).data();
    int plane = size * size;
    float[] pixels = new float[3 * plane];
    float[] values = new float[256];
    for (int c = 0; c < 3; c++) {
      for (int v = 0; v < 256; v++) {
        values[v] = (float) ((v / 255.0 - mean[c]) / std[c]);
      }
      for (int i = 0; i < plane; i++) {
        pixels[c * plane + i] = values[rgb[3 * i + c] & 0xff];
      }
    }
    return pixels;
  }

  /** The padded and resized image before normalisation, {@code size × size}. */
  public RgbImage square(RgbImage image) {
    int width = image.width();
    int height = image.height();
    int side = Math.max(width, height);
    if (width == height && side == size) {
      return image;
    }
    BicubicResampler axis = new BicubicResampler(side, size);
    int left = (side - width) / 2;
    int top = (side - height) / 2;
    int[] padding = paddedRow(axis);

    // Both passes at once: every source row is resized, and its values are added to the sums of the result rows that it contributes to.
    int rowLength = 3 * size;
    int[] sums = new int[size * rowLength];
    for (int i = 0; i < size; i++) {
      int outside = axis.weightOutside(i, top, top + height);
      for (int j = 0; j < rowLength; j++) {
        sums[i * rowLength + j] = BicubicResampler.HALF + outside * padding[j];
      }
    }
    int[] background = paddingBeside(axis, left, left + width);
    int[] row = new int[rowLength];
    int low = 0;
    int high = 0;
    for (int y = top; y < top + height; y++) {
      while (low < size && axis.first[low] + axis.count(low) <= y) {
        low++;
      }
      while (high < size && axis.first[high] <= y) {
        high++;
      }
      resizeRow(axis, image.data(), 3 * (y - top) * width, left, width, background, row);
      for (int i = low; i < high; i++) {
        add(sums, i * rowLength, row, axis.weights[axis.start[i] + y - axis.first[i]]);
      }
    }
    byte[] rgb = new byte[sums.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) BicubicResampler.clip(sums[i]);
    }
    return RgbImage.wrap(size, size, rgb);
  }

  /** Resizes one source row, {@code width} pixels at {@code data[from]} that stand at column {@code left} of the square. */
  private static void resizeRow(BicubicResampler axis, byte[] data, int from, int left, int width, int[] background, int[] row) {
    int[] weights = axis.weights;
    int size = row.length / 3;
    for (int i = 0; i < size; i++) {
      int begin = Math.max(axis.first[i], left);
      int end = Math.min(axis.first[i] + axis.count(i), left + width);
      int red = background[3 * i];
      int green = background[3 * i + 1];
      int blue = background[3 * i + 2];
      int p = from + 3 * (begin - left);
      int w = axis.start[i] + begin - axis.first[i];
      for (int x = begin; x < end; x++) {
        int weight = weights[w++];
        red += weight * (data[p] & 0xff);
        green += weight * (data[p + 1] & 0xff);
        blue += weight * (data[p + 2] & 0xff);
        p += 3;
      }
      row[3 * i] = BicubicResampler.clip(red);
      row[3 * i + 1] = BicubicResampler.clip(green);
      row[3 * i + 2] = BicubicResampler.clip(blue);
    }
  }

  private static void add(int[] sums, int at, int[] row, int weight) {
    for (int j = 0; j < row.length; j++) {
      sums[at + j] += weight * row[j];
    }
  }

  /** A row of nothing but padding, resized. */
  private int[] paddedRow(BicubicResampler axis) {
    int[] row = paddingBeside(axis, 0, 0);
    for (int j = 0; j < row.length; j++) {
      row[j] = BicubicResampler.clip(row[j]);
    }
    return row;
  }

  /** What the padding outside the columns {@code [from, to)} adds to a resized row, with the rounding half: {@code 3·size} sums. */
  private int[] paddingBeside(BicubicResampler axis, int from, int to) {
    int[] sums = new int[3 * size];
    for (int i = 0; i < size; i++) {
      int outside = axis.weightOutside(i, from, to);
      for (int c = 0; c < 3; c++) {
        sums[3 * i + c] = BicubicResampler.HALF + outside * (int) (255 * mean[c]);
      }
    }
    return sums;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImagePreprocessor that && size == that.size && Arrays.equals(mean, that.mean) && Arrays.equals(std, that.std);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * size + Arrays.hashCode(mean)) + Arrays.hashCode(std);
  }

  @Override
  public String toString() {
    return "ImagePreprocessor[size=" + size + ", mean=" + Arrays.toString(mean) + ", std=" + Arrays.toString(std) + "]";
  }
}
