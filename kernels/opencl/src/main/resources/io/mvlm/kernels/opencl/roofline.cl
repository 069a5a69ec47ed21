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
  result[get_global_id(0)] = sum.s0 + sum.s7 + sum.sf + sum.s1 + sum.s2 + sum.s3 + sum.s4 + sum.s5 + sum.s6 + sum.s8 + sum.s9 + sum.sa + sum.sb
      + sum.sc + sum.sd + sum.se;
}
