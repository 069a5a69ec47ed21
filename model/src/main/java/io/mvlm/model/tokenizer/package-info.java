/**
 * Text to token ids and back: SentencePiece BPE and byte-level BPE, with the vocabulary of a GGUF file
 * ({@link io.mvlm.model.tokenizer.VocabularyReader}). Encoding takes O(n log n) time for any text.
 */
package io.mvlm.model.tokenizer;
