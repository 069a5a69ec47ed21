package io.mvlm.kernels.opencl;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What kernels use beyond OpenCL 1.2. Nothing, unless the system property {@value #PROPERTY} names it: these variants have run on no device
 * that has the features.
 *
 * @param used by kernels
 * @param standard language that the compiler is asked for, for example {@code CL1.2}
 * @param prelude what every source begins with
 */
record Features(Set<Feature> used, String standard, String prelude) {
  static final Features NONE = new Features(Set.of(), "CL1.2", "");

  private static final String PROPERTY = "mvlm.opencl.features";

  /** A feature, and the extension that stands for it. */
  enum Feature {
    /** Products with few tokens add up in sub-groups. */
    SUBGROUPS("cl_khr_subgroups"),
    /** Vectors of halves are loaded as such. */
    FP16("cl_khr_fp16"),
    /** Products with few tokens are computed in integers, where {@link BlockLayout#integers} holds: inputs are rounded to 8 bits. */
    DOT("cl_khr_integer_dot_product");

    private final String extension;

    Feature(String extension) {
      this.extension = extension;
    }

    String extension() {
      return extension;
    }

    /** As people write it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** @throws BackendUnavailableException if the user asks for what the device lacks, or nobody knows */
  static Features ofUser(ComputeDevice device) {
    return of(System.getProperty(PROPERTY, ""), device);
  }

  /** @param wanted names, separated by commas */
  static Features of(String wanted, ComputeDevice device) {
    Set<Feature> used = EnumSet.noneOf(Feature.class);
    for (String name : wanted.isBlank() ? new String[0] : wanted.strip().split("\\s*,\\s*")) {
      Feature feature = Arrays.stream(Feature.values()).filter(f -> f.toString().equals(name)).findFirst()
          .orElseThrow(() -> new BackendUnavailableException(PROPERTY + " names '" + name + "', expected some of "
              + Arrays.stream(Feature.values()).map(Feature::toString).collect(Collectors.joining(", "))));
      if (!device.extensions().contains(feature.extension)) {
        throw new BackendUnavailableException(device.name() + " has no " + feature.extension + ": take " + feature + " out of " + PROPERTY);
      }
      used.add(feature);
    }
    if (used.isEmpty()) {
      return NONE;
    }
    String prelude = used.stream().map(f -> "#pragma OPENCL EXTENSION " + f.extension + " : enable\n").collect(Collectors.joining());
    return new Features(Collections.unmodifiableSet(used), standard(device.version()), prelude);
  }

  /** The newest that the device understands: built-in functions of extensions are declared for later ones only. */
  private static String standard(String version) {
    return version.startsWith("OpenCL 1.") ? "CL1.2" : version.startsWith("OpenCL 2.") ? "CL2.0" : "CL3.0";
  }

  boolean has(Feature feature) {
    return used.contains(feature);
  }

  /** For people; empty if there is none. */
  String description() {
    return used.stream().sorted().map(Feature::toString).collect(Collectors.joining(" "));
  }
}
