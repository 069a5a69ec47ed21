/* Weights as floats, 32 at a time, from the planes of one block format.
 *
 * A matrix lies in one buffer of bytes. The fields of its blocks stand apart, each in a plane of its own that begins at a multiple of 256
 * bytes, so that neighbouring work items read neighbouring, aligned words. Group g holds the values 32*g ... 32*g + 31 of all rows one
 * after the other; rows of floats are padded with zeros to whole groups.
 *
 * -D TYPE=... is one of the TYPE_... constants, -D FLOATS=1 where a group may reach past the end of a row, -D INTEGERS=1 where products of
 * one token are computed in integers.
 */
typedef global const uchar *bytes;

typedef struct {
  bytes weights;
  uint4 planes; /* offsets of the fields; the first is 0 */
  int groups;   /* of a row */
  int rows;
  int first;    /* the row of the result that row 0 belongs to */
} Matrix;

#define MATRIX_ARGUMENTS global const uchar *weights, uint plane1, uint plane2, uint plane3, int groups, int rows, int first
#define MATRIX {weights, (uint4)(0, plane1, plane2, plane3), groups, rows, first}

float f16(bytes at) {
  return vload_half(0, (global const half *)at);
}

uchar16 b16(bytes at) {
  return *(global const uchar16 *)at;
}

/* Bytes less an offset as floats. Each is or-ed into the mantissa of 2^23, where a step is 1: many devices convert integers slowly. */
float16 floats(uchar16 q, float offset) {
  return as_float16(convert_uint16(q) | 0x4b000000u) - (8388608.0f + offset);
}

float16 signedFloats(uchar16 q) {
  return floats(q ^ (uchar16)128, 128.0f);
}

uchar16 lower(uchar16 nibbles) {
  return nibbles & (uchar16)15;
}

uchar16 upper(uchar16 nibbles) {
  return nibbles >> (uchar16)4;
}

/* The lower 16 bits as the fifth bit of 16 values. */
uchar16 fifth(uint bits) {
  const ushort16 lanes = (ushort16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return convert_uchar16(((ushort16)(ushort)bits >> lanes & (ushort16)1) << (ushort16)4);
}

/* Scale and minimum j of the 12 bytes that hold eight of each in 6 bits. */
float2 scaleAndMinimum(bytes s, int j) {
  return j < 4 ? (float2)(s[j] & 63, s[j + 4] & 63)
      : (float2)(s[j + 4] & 15 | s[j - 4] >> 6 << 4, s[j + 4] >> 4 | s[j] >> 6 << 4);
}

void group(const Matrix *m, size_t g, float16 *a, float16 *b) {
  bytes p0 = m->weights;
  bytes p1 = m->weights + m->planes.s1;
  bytes p2 = m->weights + m->planes.s2;
  bytes p3 = m->weights + m->planes.s3;
  size_t block = g / 8; /* for types whose blocks hold 256 values */
  int part = g % 8;
#if TYPE == TYPE_F32
  *a = *(global const float16 *)(p0 + g * 128);
  *b = *(global const float16 *)(p0 + g * 128 + 64);
#elif TYPE == TYPE_F16
#if FP16
  *a = convert_float16(vload16(2 * g, (global const half *)p0));
  *b = convert_float16(vload16(2 * g + 1, (global const half *)p0));
#else
  *a = vload_half16(2 * g, (global const half *)p0);
  *b = vload_half16(2 * g + 1, (global const half *)p0);
#endif
#elif TYPE == TYPE_BF16
  *a = as_float16(convert_uint16(*(global const ushort16 *)(p0 + g * 64)) << 16);
  *b = as_float16(convert_uint16(*(global const ushort16 *)(p0 + g * 64 + 32)) << 16);
#elif TYPE == TYPE_Q4_0
  /* u4 q[32] | f16 d: d*(q - 8) */
  uchar16 q = b16(p0 + g * 16);
  float d = f16(p1 + g * 2);
  *a = floats(lower(q), 8.0f) * d;
  *b = floats(upper(q), 8.0f) * d;
#elif TYPE == TYPE_Q4_1
  /* u4 q[32] | f16 d, f16 m: d*q + m */
  uchar16 q = b16(p0 + g * 16);
  float d = f16(p1 + g * 4);
  float minimum = f16(p1 + g * 4 + 2);
  *a = floats(lower(q), 0.0f) * d + minimum;
  *b = floats(upper(q), 0.0f) * d + minimum;
#elif TYPE == TYPE_Q5_0
  /* u4 l[32] | u1 h[32] | f16 d: d*(l + 16*h - 16) */
  uchar16 l = b16(p0 + g * 16);
  uint h = *(global const uint *)(p1 + g * 4);
  float d = f16(p2 + g * 2);
  *a = floats(lower(l) | fifth(h), 16.0f) * d;
  *b = floats(upper(l) | fifth(h >> 16), 16.0f) * d;
#elif TYPE == TYPE_Q5_1
  /* u4 l[32] | u1 h[32] | f16 d, f16 m: d*(l + 16*h) + m */
  uchar16 l = b16(p0 + g * 16);
  uint h = *(global const uint *)(p1 + g * 4);
  float d = f16(p2 + g * 4);
  float minimum = f16(p2 + g * 4 + 2);
  *a = floats(lower(l) | fifth(h), 0.0f) * d + minimum;
  *b = floats(upper(l) | fifth(h >> 16), 0.0f) * d + minimum;
#elif TYPE == TYPE_Q8_0
  /* i8 q[32] | f16 d: d*q */
  float d = f16(p1 + g * 2);
  *a = signedFloats(b16(p0 + g * 32)) * d;
  *b = signedFloats(b16(p0 + g * 32 + 16)) * d;
#elif TYPE == TYPE_IQ4_NL
  /* u4 q[32] | f16 d: d*level[q] */
  const uchar16 levels = as_uchar16((char16)(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113));
  uchar16 q = b16(p0 + g * 16);
  float d = f16(p1 + g * 2);
  *a = signedFloats(shuffle(levels, lower(q))) * d;
  *b = signedFloats(shuffle(levels, upper(q))) * d;
#elif TYPE == TYPE_IQ4_XS
  /* u4 q[256] | f16 d, u2 high[8], u4 low[8]: d*(low + 16*high - 32)*level[q] */
  const uchar16 levels = as_uchar16((char16)(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113));
  uchar16 q = b16(p0 + g * 16);
  bytes header = p1 + block * 8;
  int low = header[4 + part / 2] >> 4 * (part % 2) & 15;
  int high = (header[2] | header[3] << 8) >> 2 * part & 3;
  float d = f16(header) * (low + 16 * high - 32);
  *a = signedFloats(shuffle(levels, lower(q))) * d;
  *b = signedFloats(shuffle(levels, upper(q))) * d;
#elif TYPE == TYPE_Q2_K
  /* u2 q[256] | u4 scale, minimum[16] | f16 d, f16 m: d*scale*q - m*minimum */
  bytes q = p0 + block * 64 + part / 4 * 32;
  uchar16 shift = (uchar16)(2 * (part % 4));
  bytes scales = p1 + block * 16 + 2 * part;
  float d = f16(p2 + block * 4);
  float minimum = f16(p2 + block * 4 + 2);
  *a = floats(b16(q) >> shift & (uchar16)3, 0.0f) * (d * (scales[0] & 15)) - minimum * (scales[0] >> 4);
  *b = floats(b16(q + 16) >> shift & (uchar16)3, 0.0f) * (d * (scales[1] & 15)) - minimum * (scales[1] >> 4);
#elif TYPE == TYPE_Q3_K
  /* u1 h[256] | u2 l[256] | u6 scale[16] | f16 d: d*(scale - 32)*(l + 4*h - 4) */
  bytes h = p0 + block * 32;
  bytes l = p1 + block * 64 + part / 4 * 32;
  bytes scales = p2 + block * 12;
  uchar16 shift = (uchar16)(2 * (part % 4));
  float d = f16(p3 + block * 2);
  float scale[2];
  for (int i = 0; i < 2; i++) {
    int j = 2 * part + i;
    int low = j < 8 ? scales[j] & 15 : scales[j - 8] >> 4;
    int high = scales[8 + j % 4] >> 2 * (j / 4) & 3;
    scale[i] = d * (low + 16 * high - 32);
  }
  uchar16 lowA = b16(l) >> shift & (uchar16)3;
  uchar16 lowB = b16(l + 16) >> shift & (uchar16)3;
  uchar16 highA = b16(h) >> (uchar16)part & (uchar16)1;
  uchar16 highB = b16(h + 16) >> (uchar16)part & (uchar16)1;
  *a = floats(lowA | highA << (uchar16)2, 4.0f) * scale[0];
  *b = floats(lowB | highB << (uchar16)2, 4.0f) * scale[1];
#elif TYPE == TYPE_Q4_K
  /* f16 d, f16 m, u6 scale[8], minimum[8], u4 q[256], as in the file: d*scale*q - m*minimum */
  bytes at = p0 + block * 144;
  float2 s = scaleAndMinimum(at + 4, part) * (float2)(f16(at), f16(at + 2));
  uchar16 shift = (uchar16)(4 * (part % 2));
  bytes q = at + 16 + part / 2 * 32;
  *a = floats(b16(q) >> shift & (uchar16)15, 0.0f) * s.x - s.y;
  *b = floats(b16(q + 16) >> shift & (uchar16)15, 0.0f) * s.x - s.y;
#elif TYPE == TYPE_Q5_K
  /* f16 d, f16 m, u6 scale[8], minimum[8], u1 h[256], u4 l[256], as in the file: d*scale*(l + 16*h) - m*minimum */
  bytes at = p0 + block * 176;
  float2 s = scaleAndMinimum(at + 4, part) * (float2)(f16(at), f16(at + 2));
  uchar16 shift = (uchar16)(4 * (part % 2));
  bytes l = at + 48 + part / 2 * 32;
  uchar16 highA = b16(at + 16) >> (uchar16)part & (uchar16)1;
  uchar16 highB = b16(at + 32) >> (uchar16)part & (uchar16)1;
  *a = floats(b16(l) >> shift & (uchar16)15 | highA << (uchar16)4, 0.0f) * s.x - s.y;
  *b = floats(b16(l + 16) >> shift & (uchar16)15 | highB << (uchar16)4, 0.0f) * s.x - s.y;
#elif TYPE == TYPE_Q6_K
  /* u4 l[256] | u2 h[256] | i8 scale[16] | f16 d: d*scale*(l + 16*h - 32) */
  bytes l = p0 + block * 128 + part / 4 * 64 + part % 2 * 32;
  bytes h = p1 + block * 64 + part / 4 * 32;
  global const char *scales = (global const char *)p2 + block * 16 + 2 * part;
  uchar16 lowShift = (uchar16)(part % 4 / 2 * 4);
  uchar16 highShift = (uchar16)(2 * (part % 4));
  float d = f16(p3 + block * 2);
  uchar16 highA = b16(h) >> highShift & (uchar16)3;
  uchar16 highB = b16(h + 16) >> highShift & (uchar16)3;
  *a = floats(b16(l) >> lowShift & (uchar16)15 | highA << (uchar16)4, 32.0f) * (d * scales[0]);
  *b = floats(b16(l + 16) >> lowShift & (uchar16)15 | highB << (uchar16)4, 32.0f) * (d * scales[1]);
#endif
}

#if INTEGERS
/* Group g as integers, and what they are to be multiplied with. */
float integers(const Matrix *m, size_t g, char16 *a, char16 *b) {
  bytes p0 = m->weights;
  bytes p1 = m->weights + m->planes.s1;
#if TYPE == TYPE_Q4_0
  uchar16 q = b16(p0 + g * 16);
  *a = as_char16(lower(q)) - (char16)8;
  *b = as_char16(upper(q)) - (char16)8;
  return f16(p1 + g * 2);
#elif TYPE == TYPE_Q5_0
  uchar16 l = b16(p0 + g * 16);
  uint h = *(global const uint *)(p1 + g * 4);
  *a = as_char16(lower(l) | fifth(h)) - (char16)16;
  *b = as_char16(upper(l) | fifth(h >> 16)) - (char16)16;
  return f16(m->weights + m->planes.s2 + g * 2);
#elif TYPE == TYPE_Q8_0
  *a = as_char16(b16(p0 + g * 32));
  *b = as_char16(b16(p0 + g * 32 + 16));
  return f16(p1 + g * 2);
#elif TYPE == TYPE_IQ4_NL
  const uchar16 levels = as_uchar16((char16)(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113));
  uchar16 q = b16(p0 + g * 16);
  *a = as_char16(shuffle(levels, lower(q)));
  *b = as_char16(shuffle(levels, upper(q)));
  return f16(p1 + g * 2);
#endif
}
#endif

/* Values at ... at + 15 of a row of x, zeros past its end. */
float16 inputs(global const float *x, int at, int columns) {
#if FLOATS
  if (at + 16 > columns) {
    float v[16];
    for (int i = 0; i < 16; i++) {
      v[i] = at + i < columns ? x[at + i] : 0.0f;
    }
    return vload16(0, v);
  }
#endif
  return vload16(0, x + at);
}
