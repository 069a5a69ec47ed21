/** The GGUF file format: reading, writing, and changing the tensor type of a whole file. */
module io.mvlm.gguf {
  requires transitive io.mvlm.core;

  exports io.mvlm.gguf;
}
