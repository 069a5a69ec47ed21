package io.mvlm.model.llama;

import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A LLaMA of random weights in F32, any part of which may be unusual. */
final class SmallLlama {
  static final int VOCABULARY = 50;

  final int width;
  final int blocks;
  final int heads;
  final int kvHeads;
  final int headSize;
  final int feedForward;
  final int rotated;
  final double base;
  final double stretch;
  final Map<String, float[]> tensors = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final Random random = new Random(11);

  /**
   * @param headSize stated in the file where it is not width / heads
   * @param rotated features of a head that turn with the position
   * @param stretch positions that share one of the training's
   */
  SmallLlama(int width, int blocks, int heads, int kvHeads, int headSize, int feedForward, int rotated, double base, double stretch) {
    this.width = width;
    this.blocks = blocks;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headSize = headSize;
    this.feedForward = feedForward;
    this.rotated = rotated;
    this.base = base;
    this.stretch = stretch;
    random("token_embd.weight", 0, 1, VOCABULARY, width);
    for (int b = 0; b < blocks; b++) {
      String name = "blk." + b + ".";
      random(name + "attn_norm.weight", 1, 0.1, width);
      matrix(name + "attn_q.weight", heads * headSize, width);
      matrix(name + "attn_k.weight", kvHeads * headSize, width);
      matrix(name + "attn_v.weight", kvHeads * headSize, width);
      matrix(name + "attn_output.weight", width, heads * headSize);
      random(name + "ffn_norm.weight", 1, 0.1, width);
      matrix(name + "ffn_gate.weight", feedForward, width);
      matrix(name + "ffn_up.weight", feedForward, width);
      matrix(name + "ffn_down.weight", width, feedForward);
    }
    random("output_norm.weight", 1, 0.1, width);
  }

  /** Two blocks of 4 heads of 24. */
  static SmallLlama plain() {
    return new SmallLlama(96, 2, 4, 4, 24, 160, 24, 10000, 1);
  }

  SmallLlama withOutput() {
    matrix("output.weight", VOCABULARY, width);
    return this;
  }

  SmallLlama withBiases() {
    for (int b = 0; b < blocks; b++) {
      String name = "blk." + b + ".";
      random(name + "attn_q.bias", 0, 0.5, heads * headSize);
      random(name + "attn_k.bias", 0, 0.5, kvHeads * headSize);
      random(name + "attn_v.bias", 0, 0.5, kvHeads * headSize);
      random(name + "attn_output.bias", 0, 0.5, width);
    }
    return this;
  }

  SmallLlama withFrequencyDivisors() {
    random("rope_freqs.weight", 4, 1, rotated / 2);
    return this;
  }

  private void matrix(String name, int rows, int columns) {
    random(name, 0, 1.5 / Math.sqrt(columns), rows, columns);
  }

  private void random(String name, double mean, double deviation, long... shape) {
    Shape s = Shape.of(shape);
    float[] values = new float[(int) s.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    tensors.put(name, values);
    shapes.put(name, s);
  }

  Path write(Path target) {
    GgufWriter writer = new GgufWriter().string("general.architecture", "llama")
        .uint32("llama.block_count", blocks)
        .uint32("llama.embedding_length", width)
        .uint32("llama.feed_forward_length", feedForward)
        .uint32("llama.attention.head_count", heads)
        .uint32("llama.context_length", 64)
        .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .float32("llama.rope.freq_base", (float) base);
    if (kvHeads != heads) {
      writer.uint32("llama.attention.head_count_kv", kvHeads);
    }
    if (headSize * heads != width) {
      writer.uint32("llama.attention.key_length", headSize).uint32("llama.attention.value_length", headSize);
    }
    if (rotated != headSize) {
      writer.uint32("llama.rope.dimension_count", rotated);
    }
    if (stretch != 1) {
      writer.string("llama.rope.scaling.type", "linear").float32("llama.rope.scaling.factor", (float) stretch);
    }
    tensors.forEach((name, values) -> writer.tensor(Tensor.ofFloats(name, shapes.get(name), values)));
    writer.write(target);
    return target;
  }
}
