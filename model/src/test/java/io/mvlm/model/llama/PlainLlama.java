package io.mvlm.model.llama;

/** LLaMA as the paper's formulas say it, one position at a time, in double precision: slow, and easy to check by eye. */
final class PlainLlama {
  private final SmallLlama model;
  private final double[][][] keys; // [block][position][kvHeads·headSize]
  private final double[][][] values;

  PlainLlama(SmallLlama model, int positions) {
    this.model = model;
    keys = new double[model.blocks][positions][];
    values = new double[model.blocks][positions][];
  }

  /** Logits {@code [ids, vocabulary]}. */
  float[] logits(int... ids) {
    float[] all = new float[ids.length * SmallLlama.VOCABULARY];
    for (int position = 0; position < ids.length; position++) {
      double[] x = new double[model.width];
      for (int i = 0; i < x.length; i++) {
        x[i] = model.tensors.get("token_embd.weight")[ids[position] * model.width + i];
      }
      for (int block = 0; block < model.blocks; block++) {
        String name = "blk." + block + ".";
        add(x, attention(normal(x, name + "attn_norm.weight"), block, position));
        double[] h = normal(x, name + "ffn_norm.weight");
        double[] gate = times(name + "ffn_gate", h);
        double[] up = times(name + "ffn_up", h);
        for (int i = 0; i < up.length; i++) {
          up[i] *= gate[i] / (1 + Math.exp(-gate[i]));
        }
        add(x, times(name + "ffn_down", up));
      }
      double[] y = times(model.tensors.containsKey("output.weight") ? "output" : "token_embd", normal(x, "output_norm.weight"));
      for (int i = 0; i < y.length; i++) {
        all[position * y.length + i] = (float) y[i];
      }
    }
    return all;
  }

  private double[] attention(double[] h, int block, int position) {
    String name = "blk." + block + ".";
    int size = model.headSize;
    double[] q = times(name + "attn_q", h);
    keys[block][position] = times(name + "attn_k", h);
    values[block][position] = times(name + "attn_v", h);
    turn(q, position);
    turn(keys[block][position], position);
    double[] mixed = new double[q.length];
    for (int head = 0; head < model.heads; head++) {
      int kv = head / (model.heads / model.kvHeads) * size;
      double[] weights = new double[position + 1];
      double sum = 0;
      for (int p = 0; p <= position; p++) {
        double dot = 0;
        for (int i = 0; i < size; i++) {
          dot += q[head * size + i] * keys[block][p][kv + i];
        }
        weights[p] = Math.exp(dot / Math.sqrt(size));
        sum += weights[p];
      }
      for (int p = 0; p <= position; p++) {
        for (int i = 0; i < size; i++) {
          mixed[head * size + i] += weights[p] / sum * values[block][p][kv + i];
        }
      }
    }
    return times(name + "attn_output", mixed);
  }

  private void turn(double[] x, int position) {
    float[] divisors = model.tensors.get("rope_freqs.weight");
    for (int head = 0; head < x.length; head += model.headSize) {
      for (int i = 0; i < model.rotated; i += 2) {
        double divisor = model.stretch * (divisors == null ? 1 : divisors[i / 2]);
        double angle = position * Math.pow(model.base, (double) -i / model.rotated) / divisor;
        double a = x[head + i];
        double b = x[head + i + 1];
        x[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
        x[head + i + 1] = a * Math.sin(angle) + b * Math.cos(angle);
      }
    }
  }

  private double[] normal(double[] x, String gain) {
    double squares = 0;
    for (double v : x) {
      squares += v * v;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] / Math.sqrt(squares / x.length + 1e-5f) * model.tensors.get(gain)[i];
    }
    return y;
  }

  private double[] times(String name, double[] x) {
    float[] w = model.tensors.get(name + ".weight");
    float[] bias = model.tensors.get(name + ".bias");
    double[] y = new double[w.length / x.length];
    for (int r = 0; r < y.length; r++) {
      y[r] = bias == null ? 0 : bias[r];
      for (int c = 0; c < x.length; c++) {
        y[r] += w[r * x.length + c] * x[c];
      }
    }
    return y;
  }

  private static void add(double[] x, double[] y) {
    for (int i = 0; i < x.length; i++) {
      x[i] += y[i];
    }
  }
}
