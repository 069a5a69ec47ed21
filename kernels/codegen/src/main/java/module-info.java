/** CPU kernels as machine code that Java writes when the program starts, for the processor it finds. */
module io.mvlm.kernels.codegen {
  requires transitive io.mvlm.core;
  requires io.mvlm.kernels;

  exports io.mvlm.kernels.codegen;

  provides io.mvlm.core.BackendProvider with io.mvlm.kernels.codegen.CodegenBackendProvider;
}
