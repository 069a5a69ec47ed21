/* Operations on grids of pixels, channels last: row r of a matrix is pixel r in reading order. Grid [columns, rows] of the result. */
#define PLACE int c = get_global_id(0), r = get_global_id(1); if (c >= columns) return
#define VIEW(type, name) global type float *name, int name##Offset, int name##Stride

/* Patches of pxp pixels of planes [channels*height, width] as rows [channels*p*p]; across = patches in a row of the image. */
kernel void unfold(VIEW(const, x), VIEW(, y), int columns, int height, int p, int across) {
  PLACE;
  int row = c / (p * p) * height + r / across * p + c / p % p;
  y[yOffset + (size_t)r * yStride + c] = x[xOffset + (size_t)row * xStride + r % across * p + c % p];
}

/* Kernel of 3x3 taps [9, channels], padding 1. */
kernel void depthwise(VIEW(const, x), VIEW(, y), int columns, int height, int width, int across, int stride, global const float *taps,
    global const float *bias, int biased) {
  PLACE;
  float sum = biased ? bias[c] : 0.0f;
  for (int tap = 0; tap < 9; tap++) {
    int i = r / across * stride + tap / 3 - 1;
    int j = r % across * stride + tap % 3 - 1;
    if (i >= 0 && i < height && j >= 0 && j < width) {
      sum += taps[tap * columns + c] * x[xOffset + (size_t)(i * width + j) * xStride + c];
    }
  }
  y[yOffset + (size_t)r * yStride + c] = sum;
}

/* Means of 2x2 windows; across = windows in a row. */
kernel void average_pool2(VIEW(const, x), VIEW(, y), int columns, int width, int across) {
  PLACE;
  global const float *corner = x + xOffset + (size_t)(r / across * 2 * width + r % across * 2) * xStride + c;
  y[yOffset + (size_t)r * yStride + c] = (corner[0] + corner[xStride] + corner[(size_t)width * xStride]
      + corner[(size_t)(width + 1) * xStride]) * 0.25f;
}

/* Mean of all rows. */
kernel void global_average_pool(VIEW(const, x), VIEW(, y), int columns, int rows) {
  PLACE;
  float sum = 0.0f;
  for (int i = 0; i < rows; i++) {
    sum += x[xOffset + (size_t)i * xStride + c];
  }
  y[yOffset + c] = sum / rows;
}
