/* Norms over the columns of each row. Grid [ITEMS, rows]: a work group for each row. */
#define ARGUMENTS global const float *x, int xOffset, int xStride, global float *y, int yOffset, int yStride, int columns, float eps

float total(float own, local float *sums) {
  int item = get_local_id(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  sums[item] = own;
  for (int n = ITEMS / 2; n > 0; n /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < n) {
      sums[item] += sums[item + n];
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  return sums[0];
}

kernel void layer_norm(ARGUMENTS, global const float *gain, global const float *bias) {
  local float sums[ITEMS];
  int item = get_local_id(0);
  size_t r = get_global_id(1);
  x += xOffset + r * xStride;
  y += yOffset + r * yStride;
  float sum = 0.0f;
  for (int c = item; c < columns; c += ITEMS) {
    sum += x[c];
  }
  float mean = total(sum, sums) / columns;
  float squares = 0.0f;
  for (int c = item; c < columns; c += ITEMS) {
    squares += (x[c] - mean) * (x[c] - mean);
  }
  float inverse = 1.0f / sqrt(total(squares, sums) / columns + eps);
  for (int c = item; c < columns; c += ITEMS) {
    y[c] = (x[c] - mean) * inverse * gain[c] + bias[c];
  }
}

kernel void rms_norm(ARGUMENTS, global const float *gain) {
  local float sums[ITEMS];
  int item = get_local_id(0);
  size_t r = get_global_id(1);
  x += xOffset + r * xStride;
  y += yOffset + r * yStride;
  float squares = 0.0f;
  for (int c = item; c < columns; c += ITEMS) {
    squares += x[c] * x[c];
  }
  float inverse = 1.0f / sqrt(total(squares, sums) / columns + eps);
  for (int c = item; c < columns; c += ITEMS) {
    y[c] = x[c] * inverse * gain[c];
  }
}
