/** The model on an OpenCL device, through LWJGL. */
module io.mvlm.kernels.opencl {
  requires transitive io.mvlm.core;
  requires org.lwjgl;
  requires org.lwjgl.opencl;

  exports io.mvlm.kernels.opencl;

  provides io.mvlm.core.BackendProvider with io.mvlm.kernels.opencl.OpenClBackendProvider;
}
