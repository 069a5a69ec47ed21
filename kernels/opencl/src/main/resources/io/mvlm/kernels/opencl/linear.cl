/* Products with a weight: y = f(x*W' + bias), or y += x*W' + bias, where W' is W transposed.
 *
 * x [tokens, columns] and y are views: a buffer, an offset and the distance of two rows.
 */
#define INPUT_ARGUMENTS global const float *x, int xOffset, int xStride, int tokens, int columns
#define OUTPUT_ARGUMENTS global float *y, int yOffset, int yStride, global const float *bias, int biased, int f

/* The f of a product that is added to what y holds. */
#define ADD -1

typedef struct {
  global float *y;
  int stride;
  global const float *bias;
  int biased;
  int f;
} Output;

#define OUTPUT {y + yOffset, yStride, bias, biased, f}

void store(const Output *out, int token, int row, float sum) {
  global float *y = out->y + (size_t)token * out->stride + row;
  if (out->biased) {
    sum += out->bias[row];
  }
  *y = out->f == ADD ? *y + sum : nonlinear(out->f, sum);
}

float sum16(float16 v) {
  float8 a = v.lo + v.hi;
  float4 b = a.lo + a.hi;
  return b.x + b.y + (b.z + b.w);
}

/* The product of a row of W, every lanes-th group of it, with a row of x, or of what quantise made of x. */
#if INTEGERS
float product(const Matrix *m, int row, int lane, int lanes, global const float *in, int columns) {
  global const float *scales = in + 8 * m->groups;
  float sum = 0.0f;
  for (int g = lane; g < m->groups; g += lanes) {
    char16 a, b;
    float scale = integers(m, (size_t)row * m->groups + g, &a, &b) * scales[g];
    uint4 wa = as_uint4(a);
    uint4 wb = as_uint4(b);
    uint8 v = vload8(g, (global const uint *)in);
    int whole = dot_4x8packed_ss_int(wa.s0, v.s0) + dot_4x8packed_ss_int(wa.s1, v.s1)
        + dot_4x8packed_ss_int(wa.s2, v.s2) + dot_4x8packed_ss_int(wa.s3, v.s3)
        + dot_4x8packed_ss_int(wb.s0, v.s4) + dot_4x8packed_ss_int(wb.s1, v.s5)
        + dot_4x8packed_ss_int(wb.s2, v.s6) + dot_4x8packed_ss_int(wb.s3, v.s7);
    sum += scale * whole;
  }
  return sum;
}

/* Rows of x, 32 values at a time, as integers of 8 bits times a scale: the words of all groups, then their scales. Values below 1e-30 count
 * as 0; NaN makes the scale NaN. Grid [groups, rows]. */
kernel void quantise(global const float *x, int xOffset, int xStride, int columns, global uint *words, int offset, int stride,
    global float *scales) {
  int g = get_global_id(0);
  int r = get_global_id(1);
  int groups = columns / 32;
  if (g >= groups) {
    return;
  }
  global const float *in = x + xOffset + (size_t)r * xStride + 32 * g;
  float16 a = vload16(0, in);
  float16 b = vload16(1, in);
  float16 sixteen = fmax(fabs(a), fabs(b));
  float8 eight = fmax(sixteen.lo, sixteen.hi);
  float4 four = fmax(eight.lo, eight.hi);
  float largest = fmax(fmax(four.x, four.y), fmax(four.z, four.w));
  float inverse = largest >= 1e-30f ? 127.0f / largest : 0.0f;
  size_t row = offset + (size_t)r * stride;
  uint8 bytes;
  bytes.lo = as_uint4(convert_char16_sat_rte(a * inverse));
  bytes.hi = as_uint4(convert_char16_sat_rte(b * inverse));
  vstore8(bytes, 0, words + row + 8 * g);
  scales[row + 8 * groups + g] = any(isnan(a) | isnan(b)) ? NAN : largest / 127.0f;
}
#else
float product(const Matrix *m, int row, int lane, int lanes, global const float *in, int columns) {
  float16 sum = 0.0f;
  for (int g = lane; g < m->groups; g += lanes) {
    float16 a, b;
    group(m, (size_t)row * m->groups + g, &a, &b);
    sum += a * inputs(in, 32 * g, columns) + b * inputs(in, 32 * g + 16, columns);
  }
  return sum16(sum);
}
#endif

/* One token, a work item for each row of W. Grid [1, rows, tokens]. */
kernel void gemv(MATRIX_ARGUMENTS, INPUT_ARGUMENTS, OUTPUT_ARGUMENTS) {
  const Matrix m = MATRIX;
  const Output out = OUTPUT;
  int row = get_global_id(1);
  int token = get_global_id(2);
  if (row < rows) {
    store(&out, token, first + row, product(&m, row, 0, 1, x + xOffset + (size_t)token * xStride, columns));
  }
}

/* One token: the items of a group that have the same row share it, and add up in local memory. Grid [lanes, rows, tokens], at least two
 * lanes: PoCL 3.1 runs stores behind a loop of barriers twice if the loop has no turn. */
kernel void gemv_shared(MATRIX_ARGUMENTS, INPUT_ARGUMENTS, OUTPUT_ARGUMENTS, local float *sums) {
  const Matrix m = MATRIX;
  const Output out = OUTPUT;
  int lane = get_local_id(0);
  int lanes = get_local_size(0);
  int row = get_global_id(1);
  int token = get_global_id(2);
  local float *mine = sums + get_local_id(1) * lanes;
  mine[lane] = row < rows ? product(&m, row, lane, lanes, x + xOffset + (size_t)token * xStride, columns) : 0.0f;
  for (int n = lanes / 2; n > 0; n /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane < n) {
      mine[lane] += mine[lane + n];
    }
  }
  if (lane == 0 && row < rows) {
    store(&out, token, first + row, mine[0]);
  }
}

#if SUBGROUPS
/* One token: the sub-groups of a group take its rows in turn, each a whole one. Grid as that of gemv_shared. */
kernel void gemv_subgroups(MATRIX_ARGUMENTS, INPUT_ARGUMENTS, OUTPUT_ARGUMENTS) {
  const Matrix m = MATRIX;
  const Output out = OUTPUT;
  int token = get_global_id(2);
  for (int i = get_sub_group_id(); i < get_local_size(1); i += get_num_sub_groups()) {
    int row = get_group_id(1) * get_local_size(1) + i;
    if (row < rows) {
      float sum = sub_group_reduce_add(product(&m, row, get_sub_group_local_id(), get_sub_group_size(),
          x + xOffset + (size_t)token * xStride, columns));
      if (get_sub_group_local_id() == 0) {
        store(&out, token, first + row, sum);
      }
    }
  }
}
#endif

/* Many tokens without local memory: a work item holds one row of W and TOKENS rows of x. Grid [tokens/TOKENS, rows]: what meets one row
 * of W runs side by side, so that the row stays in the cache. */
kernel void gemm_direct(MATRIX_ARGUMENTS, INPUT_ARGUMENTS, OUTPUT_ARGUMENTS) {
  const Matrix m = MATRIX;
  const Output out = OUTPUT;
  int token = get_global_id(0) * TOKENS;
  int row = get_global_id(1);
  if (row >= rows || token >= tokens) {
    return;
  }
  global const float *in[TOKENS];
  float16 sums[TOKENS];
#pragma unroll
  for (int t = 0; t < TOKENS; t++) {
    in[t] = x + xOffset + (size_t)min(token + t, tokens - 1) * xStride;
    sums[t] = 0.0f;
  }
  for (int g = 0; g < groups; g++) {
    float16 a, b;
    group(&m, (size_t)row * groups + g, &a, &b);
#pragma unroll
    for (int t = 0; t < TOKENS; t++) {
      sums[t] += a * inputs(in[t], 32 * g, columns) + b * inputs(in[t], 32 * g + 16, columns);
    }
  }
#pragma unroll
  for (int t = 0; t < TOKENS; t++) {
    if (token + t < tokens) {
      store(&out, token + t, first + row, sum16(sums[t]));
    }
  }
}

#if TILED
/* Many tokens with local memory: a work group of SIDExSIDE items makes a tile of 4*SIDE tokens x 4*SIDE rows, 32 columns at a time, each
 * item 4x4 of it. Tiles in local memory are [32][TILE]: neighbours read neighbouring banks. */
#define TILE (4 * SIDE)
kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1)))
void gemm_tiled(MATRIX_ARGUMENTS, INPUT_ARGUMENTS, OUTPUT_ARGUMENTS) {
  local float inputTile[32 * TILE];
  local float weightTile[32 * TILE];
  const Matrix m = MATRIX;
  const Output out = OUTPUT;
  int across = get_local_id(0);
  int down = get_local_id(1);
  int firstToken = get_group_id(0) * TILE;
  int firstRow = get_group_id(1) * TILE;
  float4 sums[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    sums[i] = 0.0f;
  }
  for (int g = 0; g < groups; g++) {
    for (int i = down * SIDE + across; i < 2 * TILE; i += SIDE * SIDE) {
      float16 a = 0.0f, b = 0.0f;
      local float *tile;
      if (i < TILE) {
        tile = weightTile + i;
        if (firstRow + i < rows) {
          group(&m, (size_t)(firstRow + i) * groups + g, &a, &b);
        }
      } else {
        int t = i - TILE;
        tile = inputTile + t;
        if (firstToken + t < tokens) {
          global const float *in = x + xOffset + (size_t)(firstToken + t) * xStride;
          a = inputs(in, 32 * g, columns);
          b = inputs(in, 32 * g + 16, columns);
        }
      }
      float v[32];
      vstore16(a, 0, v);
      vstore16(b, 1, v);
#pragma unroll
      for (int k = 0; k < 32; k++) {
        tile[k * TILE] = v[k];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int k = 0; k < 32; k++) {
      float4 w = vload4(down, weightTile + k * TILE);
      float4 v = vload4(across, inputTile + k * TILE);
      sums[0] += w * v.s0;
      sums[1] += w * v.s1;
      sums[2] += w * v.s2;
      sums[3] += w * v.s3;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int t = 0; t < 4; t++) {
    float s[4];
    vstore4(sums[t], 0, s);
#pragma unroll
    for (int r = 0; r < 4; r++) {
      int token = firstToken + 4 * across + t;
      int row = firstRow + 4 * down + r;
      if (token < tokens && row < rows) {
        store(&out, token, first + row, s[r]);
      }
    }
  }
}
#endif

/* Rows ids[i] of W, as far as they lie in this part of it. Grid [groups, ids]. */
kernel void embedding(MATRIX_ARGUMENTS, global const int *ids, int idOffset, int count, int columns, global float *y, int yOffset,
    int yStride) {
  const Matrix m = MATRIX;
  int g = get_global_id(0);
  int i = get_global_id(1);
  int row = i < count ? ids[idOffset + i] - first : -1;
  if (g >= groups || row < 0 || row >= rows) {
    return;
  }
  float16 a, b;
  group(&m, (size_t)row * groups + g, &a, &b);
  float v[32];
  vstore16(a, 0, v);
  vstore16(b, 1, v);
  global float *to = y + yOffset + (size_t)i * yStride + 32 * g;
  for (int k = 0; k < 32 && 32 * g + k < columns; k++) {
    to[k] = v[k];
  }
}
