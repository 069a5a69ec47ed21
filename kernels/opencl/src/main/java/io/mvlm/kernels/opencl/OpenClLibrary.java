package io.mvlm.kernels.opencl;

import io.mvlm.core.BackendUnavailableException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.lwjgl.opencl.CL;
import org.lwjgl.system.Configuration;

/** The OpenCL loader of this machine, bound once for the process: by a program that uses LWJGL's OpenCL itself, or else here. */
final class OpenClLibrary {
  /** For whom neither loader nor driver is a package away. */
  static final String JETPACK = "JetPack brings no OpenCL for Jetson; there PoCL built with its CUDA device serves";

  /** The name under which Debian's runtime package, and most boards, have it; the one without a number comes with the headers. */
  private static final String RUNTIME_NAME = "libOpenCL.so.1";

  private OpenClLibrary() {}

  /** @throws BackendUnavailableException if there is none */
  static synchronized void load() {
    Configuration.OPENCL_EXPLICIT_INIT.set(true);
    // LWJGL reports a missing library at length; it is said in one line by whoever asked for it.
    try (Silence _ = new Silence()) {
      if (!isBound()) {
        bind();
      }
    } catch (LinkageError e) {
      throw new BackendUnavailableException(missing(e.getMessage()));
    }
  }

  static String missing(String cause) {
    return "no OpenCL here (" + cause + "): install the ICD loader and a driver for the device, on Debian ocl-icd-libopencl1 and for"
        + " example pocl-opencl-icd. " + JETPACK;
  }

  private static boolean isBound() {
    try {
      CL.getICD();
      return true;
    } catch (IllegalStateException notYet) {
      return false;
    }
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

  /**
   * Keeps LWJGL's messages from the standard error stream until it is closed. LWJGL asks for its stream once, when it is first used, so it
   * gets one that passes on what comes later. A stream that the program has chosen stays.
   */
  private static final class Silence extends OutputStream {
    private final boolean used = Configuration.DEBUG_STREAM.get() == null && !Configuration.DEBUG.get(false);
    private volatile boolean over;

    Silence() {
      if (used) {
        Configuration.DEBUG_STREAM.set(new PrintStream(this, true));
      }
    }

    @Override
    public void write(int b) {
      if (over) {
        System.err.write(b);
      }
    }

    @Override
    public void close() {
      over = true;
      if (used) {
        Configuration.DEBUG_STREAM.set(null);
      }
    }
  }
}
