/** MobileVLM and its parts: image, vision transformer, projectors, LLaMA, tokenizers, chat templates, sampling. */
module io.mvlm.model {
  requires transitive io.mvlm.core;
  requires transitive io.mvlm.gguf;
  requires it.unimi.dsi.fastutil;
  requires transitive java.desktop;

  exports io.mvlm.model;
  exports io.mvlm.model.chat;
  exports io.mvlm.model.demo;
  exports io.mvlm.model.image;
  exports io.mvlm.model.llama;
  exports io.mvlm.model.projector;
  exports io.mvlm.model.sampling;
  exports io.mvlm.model.synth;
  exports io.mvlm.model.tokenizer;
  exports io.mvlm.model.vision;
  exports io.mvlm.model.weights;

  uses io.mvlm.core.BackendProvider;
}
