/** The CPU backend: plain loops that define the meaning, and the Vector API that is fast. */
module io.mvlm.kernels {
  requires transitive io.mvlm.core;
  requires static jdk.incubator.vector;

  exports io.mvlm.kernels.cpu;
  exports io.mvlm.kernels.vector;

  provides io.mvlm.core.BackendProvider with
      io.mvlm.kernels.cpu.ScalarBackendProvider,
      io.mvlm.kernels.vector.VectorBackendProvider;
}
