/* Built-in functions of optional features that the device lacks. */

#ifndef cl_khr_fp16
/* Vectors of halves, which convert_float4 and convert_float16 leave as they are. */
float4 __attribute__((overloadable)) vload4(size_t i, global const half *p) {
  return vload_half4(i, p);
}

float16 __attribute__((overloadable)) vload16(size_t i, global const half *p) {
  return vload_half16(i, p);
}
#endif

#ifndef cl_khr_integer_dot_product
int dot_4x8packed_ss_int(uint a, uint b) {
  char4 x = as_char4(a);
  char4 y = as_char4(b);
  return x.s0 * y.s0 + x.s1 * y.s1 + x.s2 * y.s2 + x.s3 * y.s3;
}
#endif

#ifndef cl_khr_subgroups
/* Every item of a work group is a sub-group of its own. */
uint get_sub_group_size(void) {
  return 1;
}

uint get_sub_group_local_id(void) {
  return 0;
}

uint get_num_sub_groups(void) {
  return get_local_size(0) * get_local_size(1);
}

uint get_sub_group_id(void) {
  return get_local_id(1) * get_local_size(0) + get_local_id(0);
}

float sub_group_reduce_add(float value) {
  return value;
}
#endif
