/**
 * GGUF files, as the ggml project's {@code docs/gguf.md} describes them: {@link io.mvlm.gguf.GgufFile} reads and validates,
 * {@link io.mvlm.gguf.GgufWriter} writes, {@link io.mvlm.gguf.GgufQuantizer} copies a file with another tensor type.
 */
package io.mvlm.gguf;
