/* softmax(q*k'*scale)*v, ITEMS positions at a time, with a running softmax (Milakov and Gimelshein 2018).
 *
 * A query is one head of one row. A work group takes QUERIES of the queries that share a key/value head: each item scores one position for
 * all of them, so that a key is read once; then each item sums some dimensions of the values. Grid [ITEMS*ceil(queries/QUERIES), kvHeads].
 */

/* Keys and values of position p, dimension d of a head at base: floats or halves. */
#if HALVES
typedef global const half *store;
#if FP16
#define LOAD4(from, at) convert_float4(vload4(0, from + (at)))
#else
#define LOAD4(from, at) vload_half4(0, from + (at))
#endif
#define LOAD(from, at) vload_half(at, from)
#else
typedef global const float *store;
#define LOAD4(from, at) vload4(0, from + (at))
#define LOAD(from, at) from[at]
#endif

/* group = heads that share a key/value head; query i is head i % group of row i / group. Row r sees visible + step*r positions. */
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void attend(global const float *q, int qOffset, int qStride, store k, int kOffset, int kStride, store v, int vOffset, int vStride,
    global float *y, int yOffset, int yStride, int rows, int group, int headSize, int visible, int step, float scale, local float *queries,
    local float *sums) {
  local float scores[QUERIES * ITEMS];
  local float scratch[QUERIES * ITEMS];
  int item = get_local_id(0);
  int head = get_group_id(1);
  int first = get_group_id(0) * QUERIES;
  int count = min(QUERIES, rows * group - first);
  for (int i = item; i < QUERIES * headSize; i += ITEMS) {
    int query = min(first + i / headSize, rows * group - 1);
    queries[i] = scale * q[qOffset + (size_t)(query / group) * qStride + (head * group + query % group) * headSize + i % headSize];
    sums[i] = 0.0f;
  }
  int limit[QUERIES];
  float largest[QUERIES];
  float weight[QUERIES]; /* of the positions that this item scored */
#pragma unroll
  for (int j = 0; j < QUERIES; j++) {
    limit[j] = visible + step * (min(first + j, rows * group - 1) / group);
    largest[j] = -INFINITY;
    weight[j] = 0.0f;
  }
  k += kOffset + head * headSize;
  v += vOffset + head * headSize;
  barrier(CLK_LOCAL_MEM_FENCE);

  for (int from = 0; from < limit[QUERIES - 1]; from += ITEMS) {
    int p = from + item;
    float score[QUERIES];
#pragma unroll
    for (int j = 0; j < QUERIES; j++) {
      score[j] = 0.0f;
    }
    if (p < limit[QUERIES - 1]) {
      size_t at = (size_t)p * kStride;
      int d = 0;
      for (; d + 4 <= headSize; d += 4) {
        float4 key = LOAD4(k, at + d);
#pragma unroll
        for (int j = 0; j < QUERIES; j++) {
          score[j] += dot(key, vload4(0, queries + j * headSize + d));
        }
      }
      for (; d < headSize; d++) {
        float key = LOAD(k, at + d);
#pragma unroll
        for (int j = 0; j < QUERIES; j++) {
          score[j] += key * queries[j * headSize + d];
        }
      }
    }
#pragma unroll
    for (int j = 0; j < QUERIES; j++) {
      score[j] = p < limit[j] ? score[j] : -INFINITY;
      scratch[j * ITEMS + item] = score[j];
    }
    for (int n = ITEMS / 2; n > 0; n /= 2) {
      barrier(CLK_LOCAL_MEM_FENCE);
      if (item < n) {
#pragma unroll
        for (int j = 0; j < QUERIES; j++) {
          scratch[j * ITEMS + item] = fmax(scratch[j * ITEMS + item], scratch[j * ITEMS + item + n]);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float keep[QUERIES];
#pragma unroll
    for (int j = 0; j < QUERIES; j++) {
      float larger = fmax(largest[j], scratch[j * ITEMS]);
      keep[j] = exp(largest[j] - larger);
      float own = exp(score[j] - larger);
      scores[j * ITEMS + item] = own;
      weight[j] = weight[j] * keep[j] + own;
      largest[j] = larger;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    int positions = min(ITEMS, limit[QUERIES - 1] - from);
    for (int d = item; d < headSize; d += ITEMS) {
      float sum[QUERIES];
#pragma unroll
      for (int j = 0; j < QUERIES; j++) {
        sum[j] = sums[j * headSize + d] * keep[j];
      }
      for (int i = 0; i < positions; i++) {
        float value = LOAD(v, (size_t)(from + i) * vStride + d);
#pragma unroll
        for (int j = 0; j < QUERIES; j++) {
          sum[j] += scores[j * ITEMS + i] * value;
        }
      }
#pragma unroll
      for (int j = 0; j < QUERIES; j++) {
        sums[j * headSize + d] = sum[j];
      }
    }
  }

#pragma unroll
  for (int j = 0; j < QUERIES; j++) {
    scratch[j * ITEMS + item] = weight[j];
  }
  for (int n = ITEMS / 2; n > 0; n /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < n) {
#pragma unroll
      for (int j = 0; j < QUERIES; j++) {
        scratch[j * ITEMS + item] += scratch[j * ITEMS + item + n];
      }
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = item; i < count * headSize; i += ITEMS) {
    int query = first + i / headSize;
    y[yOffset + (size_t)(query / group) * yStride + (head * group + query % group) * headSize + i % headSize] =
        sums[i] / scratch[i / headSize * ITEMS];
  }
}

/* Keys or values [rows, columns] into a cache from position on. Grid [columns, rows]. */
kernel void append(global const float *x, int xOffset, int xStride, global void *cache, int offset, int position, int columns) {
  int c = get_global_id(0);
  int r = get_global_id(1);
  if (c < columns) {
    float value = x[xOffset + (size_t)r * xStride + c];
    size_t at = offset + (size_t)(position + r) * columns + c;
#if HALVES
    vstore_half_rte(value, at, (global half *)cache);
#else
    ((global float *)cache)[at] = value;
#endif
  }
}
