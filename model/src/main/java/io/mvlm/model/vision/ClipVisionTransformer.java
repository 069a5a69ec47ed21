package io.mvlm.model.vision;

import io.mvlm.core.Activation;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Weight;
import io.mvlm.model.weights.WeightLoader;
import java.util.ArrayList;
import java.util.List;

/**
 * The vision transformer of CLIP (Radford et al. 2021; Dosovitskiy et al. 2020): pictures to features. Immutable and thread-safe; each call
 * brings its own execution.
 */
public final class ClipVisionTransformer {
  private final ClipVisionConfig config;
  private final Weight patchEmbedding; // [d, 3, p, p]
  private final Weight classEmbedding; // [1, d]
  private final Weight positionEmbedding; // [1 + patches, d]
  private final LayerNorm preNorm;
  private final List<Block> blocks = new ArrayList<>();

  private record LayerNorm(Weight gain, Weight bias) {}

  /**
   * One encoder block.
   *
   * @param qkv {@code [3·d, d]}
   * @param expand fc1, {@code [ff, d]}
   * @param contract fc2, {@code [d, ff]}
   */
  private record Block(LayerNorm norm1, Weight qkv, Weight qkvBias, Weight output, Weight outputBias, LayerNorm norm2, Weight expand,
      Weight expandBias, Weight contract, Weight contractBias) {}

  /**
   * Prepares the weights.
   *
   * @throws io.mvlm.core.InvalidDataException if a tensor is missing or has another shape than the configuration says
   */
  public ClipVisionTransformer(ClipVisionConfig config, WeightLoader weights) {
    this.config = config;
    int d = config.width();
    patchEmbedding = weights.prepare(Role.CONVOLUTION, weights.tensor("v.patch_embd.weight", d, 3, config.patchSize(), config.patchSize()));
    classEmbedding = weights.vector("v.class_embd", 1, d);
    positionEmbedding = weights.vector("v.position_embd.weight", 1 + config.patches(), d);
    preNorm = norm(weights, "v.pre_ln");
    for (int i = 0; i < config.blocks(); i++) {
      blocks.add(block(weights, "v.blk." + i + "."));
    }
  }

  private LayerNorm norm(WeightLoader weights, String name) {
    return new LayerNorm(weights.vector(name + ".weight", config.width()), weights.vector(name + ".bias", config.width()));
  }

  private Block block(WeightLoader weights, String name) {
    long d = config.width();
    long ff = config.feedForward();
    // Older converters call fc1 (d → ff) "down" and fc2 "up"; newer ones the other way round: the shape decides.
    boolean swapped = d != ff && (weights.file().tensor(name + "ffn_down.weight").shape().columns() == d
        || weights.file().tensor(name + "ffn_up.weight").shape().columns() == ff);
    String expand = name + (swapped ? "ffn_down" : "ffn_up");
    String contract = name + (swapped ? "ffn_up" : "ffn_down");
    Weight qkv = weights.prepare(Role.LINEAR, weights.tensor(name + "attn_q.weight", d, d), weights.tensor(name + "attn_k.weight", d, d),
        weights.tensor(name + "attn_v.weight", d, d));
    Weight qkvBias = weights.prepare(Role.VECTOR, weights.tensor(name + "attn_q.bias", d), weights.tensor(name + "attn_k.bias", d),
        weights.tensor(name + "attn_v.bias", d));
    return new Block(norm(weights, name + "ln1"), qkv, qkvBias, weights.matrix(name + "attn_out.weight", d, d),
        weights.vector(name + "attn_out.bias", d), norm(weights, name + "ln2"), weights.matrix(expand + ".weight", ff, d),
        weights.vector(expand + ".bias", ff), weights.matrix(contract + ".weight", d, ff), weights.vector(contract + ".bias", d));
  }

  public ClipVisionConfig config() {
    return config;
  }

  /**
   * Runs every block and drops the class token.
   *
   * @param pixels {@code [3·size, size]}: normalised planes
   * @return features {@code [patches, d]}
   */
  public Activation forward(Execution e, Activation pixels) {
    Activation patches = e.patchEmbedding(pixels, patchEmbedding);
    Activation embedded = e.add(e.concatRows(e.constant(classEmbedding), patches), e.constant(positionEmbedding));
    Activation x = e.layerNorm(embedded, preNorm.gain, preNorm.bias, config.eps()); // [1 + patches, d]
    for (Block block : blocks) {
      try (Execution.Scope _ = e.scope()) {
        Activation h = e.layerNorm(x, block.norm1.gain, block.norm1.bias, config.eps());
        e.addLinear(x, attention(e, h, block), block.output, block.outputBias);
        h = e.layerNorm(x, block.norm2.gain, block.norm2.bias, config.eps());
        e.addLinear(x, e.linear(h, block.expand, block.expandBias, config.activation()), block.contract, block.contractBias);
      }
    }
    return e.rows(x, 1, config.patches());
  }

  private Activation attention(Execution e, Activation h, Block block) {
    int d = config.width();
    Activation qkv = e.linear(h, block.qkv, block.qkvBias, Nonlinearity.IDENTITY); // [1 + patches, 3·d]
    float scale = (float) (1 / Math.sqrt(config.headSize()));
    return e.attention(e.columns(qkv, 0, d), e.columns(qkv, d, d), e.columns(qkv, 2 * d, d), config.headSize(), scale);
  }
}
