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
      return fmax(x, 0.0f);
    case F_HARD_SWISH:
      return x * clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    case F_HARD_SIGMOID:
      return clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    default:
      return x;
  }
}
