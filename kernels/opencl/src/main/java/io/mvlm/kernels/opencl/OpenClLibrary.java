package io.mvlm.kernels.opencl;

import io.mvlm.core.BackendUnavailableException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.lwjgl.opencl.CL;
import org.lwjgl.system.Configuration;

/** The OpenCL loader of this machine, bound once for the process. */
final class OpenClLibrary {
  /** The name under which Debian's runtime package, and most boards, have it; the one without a number comes with the headers. */
  private static final String RUNTIME_NAME = "libOpenCL.so.1";

  private static boolean loaded;

  private OpenClLibrary() {}

  /** @throws BackendUnavailableException if there is none */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    Configuration.OPENCL_EXPLICIT_INIT.set(true);
    if (!Configuration.DEBUG.get(false)) {
      // A missing library is said in one line by whoever asked for it.
      Configuration.DEBUG_STREAM.set(new PrintStream(OutputStream.nullOutputStream()));
    }
    try {
      bind();
    } catch (LinkageError e) {
      throw new BackendUnavailableException("no OpenCL here (" + e.getMessage() + "): install the ICD loader and a driver for the device,"
          + " on Debian ocl-icd-libopencl1 and for example pocl-opencl-icd");
    }
    loaded = true;
  }

  private static void bind() {
    try {
      CL.create();
    } catch (UnsatisfiedLinkError e) {
      if (!System.getProperty("os.name").startsWith("Linux")) {
        throw e;
      }
      CL.create(RUNTIME_NAME);
    }
  }
}
