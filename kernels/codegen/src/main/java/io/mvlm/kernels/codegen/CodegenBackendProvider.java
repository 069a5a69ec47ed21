package io.mvlm.kernels.codegen;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.ScalarKernels;
import io.mvlm.kernels.vector.VectorBackendProvider;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The backend {@code codegen}: needs an x86-64 processor with AVX2 and the permission to make code. The system property
 * {@value #TIER_PROPERTY} lowers what it uses of the processor, for tests and comparisons: {@code amx}, {@code avx512_vnni}, {@code avx_vnni} or
 * {@code avx2}.
 */
public final class CodegenBackendProvider implements BackendProvider {
  static final String TIER_PROPERTY = "mvlm.codegen.tier";

  @Override
  public String name() {
    return "codegen";
  }

  @Override
  public int priority() {
    return 20;
  }

  @Override
  public Backend create(Options options) {
    return new CpuBackend(new CodegenKernels(tier(), new Others(options.probed())), options.threads());
  }

  @Override
  public boolean isNative(Options options, TensorType type) {
    tier(); // or the reason why not
    return CodegenKernels.generates(type);
  }

  private static Tier tier() {
    String architecture = System.getProperty("os.arch");
    if (!Set.of("amd64", "x86_64").contains(architecture)) {
      throw new BackendUnavailableException("codegen writes code for x86-64, this is " + architecture);
    }
    Module module = CodegenBackendProvider.class.getModule();
    if (!module.isNativeAccessEnabled()) {
      throw new BackendUnavailableException("codegen needs the JVM flag --enable-native-access="
          + (module.isNamed() ? module.getName() : "ALL-UNNAMED"));
    }
    Processor processor = Processor.detect();
    String wanted = System.getProperty(TIER_PROPERTY);
    if (wanted != null) {
      Tier tier = Arrays.stream(Tier.values()).filter(t -> t.name().equalsIgnoreCase(wanted)).findFirst()
          .orElseThrow(() -> new BackendUnavailableException(TIER_PROPERTY + "=" + wanted + ": there are " + Arrays.toString(Tier.values())));
      if (!processor.has(tier)) {
        throw new BackendUnavailableException("this processor lacks instructions of " + tier.description() + " (" + TIER_PROPERTY + ")");
      }
      return tier;
    }
    return Arrays.stream(Tier.values()).filter(processor::has).findFirst()
        .orElseThrow(() -> new BackendUnavailableException("codegen needs a processor with AVX2, FMA, F16C and BMI2"));
  }

  /** Where the Vector API is missing, or slower than plain loops, no class that refers to it is touched again. */
  private static final class Others implements Supplier<CpuKernels> {
    private final boolean probed;
    private CpuKernels kernels;

    Others(boolean probed) {
      this.probed = probed;
    }

    @Override
    public synchronized CpuKernels get() {
      if (kernels == null) {
        try {
          kernels = VectorBackendProvider.kernels(probed);
        } catch (BackendUnavailableException e) {
          kernels = new ScalarKernels();
        }
      }
      return kernels;
    }
  }
}
