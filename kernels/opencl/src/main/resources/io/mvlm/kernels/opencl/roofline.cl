/* What the device gives at most: reading its memory, and multiplying. */

/* Sums of 16-byte words: each item takes count of them, the first at apart*item, the next step further each. */
kernel void read_words(global const uint4 *words, int count, int apart, int step, global uint *result) {
  uint4 sum = 0;
  size_t at = (size_t)apart * get_global_id(0);
  for (int i = 0; i < count; i++, at += step) {
    sum += words[at];
  }
  result[get_global_id(0)] = sum.x + sum.y + sum.z + sum.w;
}

/* Eight independent chains of products of 16 floats. */
kernel void multiply(int rounds, global float *result) {
  float16 a[8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    a[i] = (float)(get_global_id(0) + i);
  }
  for (int n = 0; n < rounds; n++) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
      a[i] = fma(a[i], 0.5f, 0.5f);
    }
  }
  float16 sum = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
  float8 eight = sum.lo + sum.hi;
  result[get_global_id(0)] = dot(eight.lo, (float4)1.0f) + dot(eight.hi, (float4)1.0f);
}
