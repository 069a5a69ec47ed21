/* Operations on single values. Grid [columns, rows] of the result; x, y and z are views: a buffer, an offset, the distance of two rows. */
#define PLACE int c = get_global_id(0), r = get_global_id(1); if (c >= columns) return
#define X x[xOffset + (size_t)r * xStride + c]
#define Y y[yOffset + (size_t)r * yStride + c]
#define Z z[zOffset + (size_t)r * zStride + c]
#define VIEW(type, name) global type float *name, int name##Offset, int name##Stride

kernel void copy_rows(VIEW(const, x), VIEW(, y), int columns) {
  PLACE;
  Y = X;
}

kernel void gather_rows(VIEW(const, x), global const int *indices, int indexOffset, VIEW(, y), int columns) {
  PLACE;
  Y = x[xOffset + (size_t)indices[indexOffset + r] * xStride + c];
}

kernel void add(VIEW(const, x), VIEW(const, y), VIEW(, z), int columns) {
  PLACE;
  Z = X + Y;
}

kernel void multiply_columns(VIEW(const, x), VIEW(const, s), VIEW(, y), int columns) {
  PLACE;
  Y = X * s[sOffset + c];
}

kernel void apply(int f, VIEW(const, x), VIEW(, y), int columns) {
  PLACE;
  Y = nonlinear(f, X);
}

kernel void gated_silu(VIEW(const, x), VIEW(, y), int columns) {
  PLACE;
  Y = nonlinear(F_SILU, X) * x[xOffset + (size_t)r * xStride + columns + c];
}

/* Pairs of dimensions of each head turn by the angle of their row, in place. Grid [heads*pairs, rows]; turns are [rows, pairs] of cosine
 * and sine. */
kernel void rotate_pairs(VIEW(, x), global const float2 *turns, int pairs, int headSize, int adjacent, int columns) {
  PLACE;
  int i = c % pairs;
  float2 turn = turns[(size_t)r * pairs + i];
  global float *head = x + xOffset + (size_t)r * xStride + c / pairs * headSize;
  global float *first = head + (adjacent ? 2 * i : i);
  global float *second = adjacent ? first + 1 : first + pairs;
  float a = *first;
  float b = *second;
  *first = a * turn.x - b * turn.y;
  *second = a * turn.y + b * turn.x;
}
