/** Tensor types, block formats and the contract between the model and the backends that run it. */
module io.mvlm.core {
  exports io.mvlm.core;

  uses io.mvlm.core.BackendProvider;
}
