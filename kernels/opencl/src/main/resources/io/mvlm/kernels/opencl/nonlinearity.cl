/* min(max(x, 0), 6) that keeps NaN, which fmax and clamp may lose. */
float upToSix(float x) {
  return isnan(x) ? x : clamp(x, 0.0f, 6.0f);
}

/* The pointwise functions, numbered by -D F_... constants. */
float nonlinear(int f, float x) {
  switch (f) {
    case F_GELU:
      return 0.5f * x * (1.0f + erf(x * 0.70710678f));
    case F_GELU_TANH:
      /* x/2*(1 + tanh(u)) = x*sigmoid(2u), without the cancellation */
      return x / (1.0f + exp(-1.5957691f * (x + 0.044715f * x * x * x)));
    case F_GELU_QUICK:
      return x / (1.0f + exp(-1.702f * x));
    case F_SILU:
      return x / (1.0f + exp(-x));
    case F_RELU:
      return isnan(x) ? x : fmax(x, 0.0f);
    case F_HARD_SWISH:
      return x * upToSix(x + 3.0f) / 6.0f;
    case F_HARD_SIGMOID:
      return upToSix(x + 3.0f) / 6.0f;
    default:
      return x;
  }
}
