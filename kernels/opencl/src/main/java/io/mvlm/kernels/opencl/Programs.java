package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.CL_PROGRAM_BINARIES;
import static org.lwjgl.opencl.CL10.CL_PROGRAM_BINARY_SIZES;
import static org.lwjgl.opencl.CL10.CL_PROGRAM_BUILD_LOG;
import static org.lwjgl.opencl.CL10.clBuildProgram;
import static org.lwjgl.opencl.CL10.clCreateProgramWithBinary;
import static org.lwjgl.opencl.CL10.clCreateProgramWithSource;
import static org.lwjgl.opencl.CL10.clReleaseProgram;
import static org.lwjgl.opencl.CL10.nclGetProgramBuildInfo;
import static org.lwjgl.opencl.CL10.nclGetProgramInfo;

import io.mvlm.core.BackendUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/**
 * Builds programs from the {@code .cl} resources of this package for one device, each once; what the driver made of them is kept in a
 * {@link ProgramCache} for the next process. For one thread at a time.
 */
final class Programs implements AutoCloseable {
  /** Characters of a compiler's log: its first errors tell the rest. */
  private static final int SHOWN_LOG = 2000;

  private final long context;
  private final OpenClDevice device;
  private final Features features;
  private final ProgramCache cache;
  private final Map<String, Program> built = new HashMap<>();

  Programs(long context, OpenClDevice device, Features features, ProgramCache cache) {
    this.context = context;
    this.device = device;
    this.features = features;
    this.cache = cache;
  }

  Features features() {
    return features;
  }

  /**
   * @param options for the compiler: {@code -D} constants
   * @param files resources that make the program together, in this order
   * @throws BackendUnavailableException if the driver cannot build it; the message holds its log
   */
  Program get(String options, String... files) {
    return built.computeIfAbsent(options + Arrays.toString(files),
        key -> new Program(build("-cl-std=" + features.standard() + " " + options, files)));
  }

  private long build(String options, String... files) {
    String source = Arrays.stream(files).map(Programs::resource).collect(Collectors.joining("\n", features.prelude(), ""));
    Optional<byte[]> binary = cache.find(device, options, source);
    if (binary.isPresent()) {
      long program = fromBinary(binary.get(), options);
      if (program != 0) {
        return program;
      }
    }
    long program = fromSource(source, options, String.join(" + ", files));
    if (cache.keeps()) {
      cache.store(device, options, source, binary(program));
    }
    return program;
  }

  private static String resource(String name) {
    try (InputStream in = Programs.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** 0 if the driver does not take its own binary any more. */
  private long fromBinary(byte[] bytes, String options) {
    ByteBuffer binary = MemoryUtil.memAlloc(bytes.length);
    try (MemoryStack stack = MemoryStack.stackPush()) {
      binary.put(bytes).flip();
      IntBuffer error = stack.ints(0);
      IntBuffer status = stack.ints(0);
      long program = clCreateProgramWithBinary(context, stack.pointers(device.handle()), binary, status, error);
      if (error.get(0) != 0 || program == 0) {
        return 0;
      }
      if (status.get(0) == 0 && clBuildProgram(program, device.handle(), options, null, 0) == 0) {
        return program;
      }
      clReleaseProgram(program);
      return 0;
    } finally {
      MemoryUtil.memFree(binary);
    }
  }

  private long fromSource(String source, String options, String what) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer error = stack.ints(0);
      long program = clCreateProgramWithSource(context, source, error);
      ClErrors.check(error.get(0), "reading " + what);
      int code = clBuildProgram(program, device.handle(), options, null, 0);
      if (code != 0) {
        String text = log(program);
        clReleaseProgram(program);
        throw new BackendUnavailableException(device.info().name() + " cannot build " + what + " (" + options + "): " + ClErrors.name(code)
            + (text.isEmpty() ? "" : ", " + text));
      }
      return program;
    }
  }

  private String log(long program) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer size = stack.mallocPointer(1);
      if (nclGetProgramBuildInfo(program, device.handle(), CL_PROGRAM_BUILD_LOG, 0, 0, MemoryUtil.memAddress(size)) != 0) {
        return "";
      }
      ByteBuffer text = MemoryUtil.memCalloc((int) size.get(0) + 1);
      try {
        nclGetProgramBuildInfo(program, device.handle(), CL_PROGRAM_BUILD_LOG, size.get(0), MemoryUtil.memAddress(text), 0);
        String whole = StandardCharsets.UTF_8.decode(text).toString().replace("\0", "").strip();
        return whole.length() <= SHOWN_LOG ? whole : whole.substring(0, SHOWN_LOG) + " …";
      } finally {
        MemoryUtil.memFree(text);
      }
    }
  }

  /** Empty if the driver gives none. */
  private static byte[] binary(long program) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer size = stack.mallocPointer(1);
      if (nclGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, size.sizeof(), MemoryUtil.memAddress(size), 0) != 0 || size.get(0) == 0) {
        return new byte[0];
      }
      ByteBuffer bytes = MemoryUtil.memAlloc((int) size.get(0));
      try {
        PointerBuffer address = stack.pointers(bytes);
        if (nclGetProgramInfo(program, CL_PROGRAM_BINARIES, address.sizeof(), MemoryUtil.memAddress(address), 0) != 0) {
          return new byte[0];
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
      } finally {
        MemoryUtil.memFree(bytes);
      }
    }
  }

  @Override
  public void close() {
    built.values().forEach(Program::close);
    built.clear();
  }
}
