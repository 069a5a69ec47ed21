package io.mvlm.model.llama;

import io.mvlm.core.Activation;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.UnsupportedFeatureException;
import io.mvlm.core.Weight;
import io.mvlm.model.weights.WeightLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * LLaMA (Touvron et al. 2023): a decoder of RMS norms, rotary grouped-query attention and SwiGLU perceptrons. Immutable and thread-safe;
 * each call brings its own execution.
 */
public final class Llama {
  private static final Set<String> KNOWN = Set.of("attn_norm.weight", "attn_q.weight", "attn_k.weight", "attn_v.weight",
      "attn_output.weight", "attn_q.bias", "attn_k.bias", "attn_v.bias", "attn_output.bias", "ffn_norm.weight", "ffn_gate.weight",
      "ffn_up.weight", "ffn_down.weight", "attn_rot_embd");

  private final LlamaConfig config;
  private final Weight embedding; // [vocabulary, d]
  private final List<Block> blocks = new ArrayList<>();
  private final Weight outputNorm;
  private final Weight output; // [vocabulary, d]

  /**
   * One decoder block.
   *
   * @param qkv {@code [(heads + 2·kvHeads)·headSize, d]}
   * @param qkvBias or null
   * @param output {@code [d, heads·headSize]}
   * @param outputBias or null
   * @param gateUp {@code [2·ff, d]}
   * @param down {@code [d, ff]}
   */
  private record Block(Weight attentionNorm, Weight qkv, Weight qkvBias, Weight output, Weight outputBias, Weight feedForwardNorm,
      Weight gateUp, Weight down) {}

  /**
   * Prepares the weights.
   *
   * @throws io.mvlm.core.InvalidDataException if a tensor is missing or has another shape than the configuration says
   */
  public Llama(LlamaConfig config, WeightLoader weights) {
    this.config = config;
    refuseUnknownTensors(weights);
    Tensor table = weights.tensor("token_embd.weight", config.vocabulary(), config.width());
    boolean tied = !weights.has("output.weight");
    embedding = weights.prepare(tied ? Role.TIED : Role.EMBEDDING, table);
    for (int i = 0; i < config.blocks(); i++) {
      blocks.add(block(weights, "blk." + i + "."));
    }
    outputNorm = weights.vector("output_norm.weight", config.width());
    output = tied ? embedding : weights.matrix("output.weight", config.vocabulary(), config.width());
  }

  /** A block with more parameters than LLaMA has would be computed wrongly without a word. */
  private static void refuseUnknownTensors(WeightLoader weights) {
    Set<String> unknown = new TreeSet<>();
    for (String name : weights.file().tensors().keySet()) {
      if (name.startsWith("blk.") && !KNOWN.contains(name.substring(name.indexOf('.', "blk.".length()) + 1))) {
        unknown.add(name);
      }
    }
    if (!unknown.isEmpty()) {
      throw new UnsupportedFeatureException(weights.file().name() + ": tensors that a LLaMA does not have: " + String.join(", ", unknown));
    }
  }

  private Block block(WeightLoader weights, String name) {
    long d = config.width();
    long q = (long) config.heads() * config.headSize();
    long kv = (long) config.kvHeads() * config.headSize();
    long ff = config.feedForward();
    Weight qkv = weights.prepare(Role.LINEAR, weights.tensor(name + "attn_q.weight", q, d), weights.tensor(name + "attn_k.weight", kv, d),
        weights.tensor(name + "attn_v.weight", kv, d));
    boolean biased = Stream.of("q", "k", "v").anyMatch(part -> weights.has(name + "attn_" + part + ".bias"));
    Weight qkvBias = !biased ? null : weights.prepare(Role.VECTOR, weights.tensor(name + "attn_q.bias", q),
        weights.tensor(name + "attn_k.bias", kv), weights.tensor(name + "attn_v.bias", kv));
    return new Block(weights.vector(name + "attn_norm.weight", d), qkv, qkvBias, weights.matrix(name + "attn_output.weight", d, q),
        weights.optionalVector(name + "attn_output.bias", d), weights.vector(name + "ffn_norm.weight", d),
        weights.prepare(Role.LINEAR, weights.tensor(name + "ffn_gate.weight", ff, d), weights.tensor(name + "ffn_up.weight", ff, d)),
        weights.matrix(name + "ffn_down.weight", d, ff));
  }

  public LlamaConfig config() {
    return config;
  }

  /** Embeddings {@code [ids, d]}. */
  public Activation embed(Execution e, int... ids) {
    return e.embedding(embedding, ids);
  }

  /**
   * One pass; the caches of the batch grow by its rows.
   *
   * @param x embeddings {@code [batch rows, d]}, overwritten
   * @param wanted rows whose logits are wanted, ascending
   * @return logits {@code [wanted, vocabulary]}
   */
  public Activation forward(Execution e, Activation x, Batch batch, int... wanted) {
    for (int i = 0; i < blocks.size() - 1; i++) {
      try (Execution.Scope _ = e.scope()) {
        Block block = blocks.get(i);
        e.addLinear(x, attention(e, x, block, i, batch), block.output, block.outputBias);
        feedForward(e, x, block);
      }
    }
    // Behind the last attention only the rows that somebody asked for matter.
    Block last = blocks.getLast();
    Activation attended = e.gatherRows(attention(e, x, last, blocks.size() - 1, batch), wanted);
    Activation y = e.gatherRows(x, wanted);
    e.addLinear(y, attended, last.output, last.outputBias);
    feedForward(e, y, last);
    return e.linear(e.rmsNorm(y, outputNorm, config.eps()), output, null, Nonlinearity.IDENTITY);
  }

  private Activation attention(Execution e, Activation x, Block block, int layer, Batch batch) {
    int headSize = config.headSize();
    int q = config.heads() * headSize;
    int kv = config.kvHeads() * headSize;
    Activation h = e.rmsNorm(x, block.attentionNorm, config.eps());
    Activation qkv = e.linear(h, block.qkv, block.qkvBias, Nonlinearity.IDENTITY); // [rows, q + 2·kv]
    e.rotate(e.columns(qkv, 0, q + kv), headSize, config.rope(), batch); // queries and keys stand side by side
    return e.causalAttention(e.columns(qkv, 0, q), e.columns(qkv, q, kv), e.columns(qkv, q + kv, kv), layer, batch,
        (float) (1 / Math.sqrt(headSize)));
  }

  private void feedForward(Execution e, Activation x, Block block) {
    Activation h = e.rmsNorm(x, block.feedForwardNorm, config.eps());
    e.addLinear(x, e.gatedSilu(e.linear(h, block.gateUp, null, Nonlinearity.IDENTITY)), block.down, null);
  }
}
