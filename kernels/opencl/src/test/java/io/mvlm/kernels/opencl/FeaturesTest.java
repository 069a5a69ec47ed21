package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CausalChecks;
import io.mvlm.kernels.cpu.InputRounding;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.RandomTensors;
import io.mvlm.kernels.opencl.Features.Feature;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Which optional features are used; and the arithmetic of the kernels that use them, with built-in functions of the test's own where the
 * device has none.
 */
class FeaturesTest {
  private static Backends floats;
  private static Backends integers;

  @BeforeAll
  static void open() {
    Tuning tuning = Devices.tuning();
    floats = new Backends(Devices.backend(tuning.withGemv(16, 2), Devices.features(Feature.SUBGROUPS, Feature.FP16)));
    integers = new Backends(Devices.backend(tuning.withGemv(1, 8), Devices.features(Feature.DOT)),
        Devices.backend(tuning.withGemv(16, 4), Devices.features(Feature.DOT)),
        Devices.backend(tuning.withGemv(16, 4), Devices.features(Feature.DOT, Feature.SUBGROUPS)));
  }

  @AfterAll
  static void close() {
    if (integers != null) {
      floats.close();
      integers.close();
    }
  }

  // ---- choice

  private static ComputeDevice device(String version, String... extensions) {
    return new ComputeDevice(0, "platform", "GPU X", "GPU", version, "1", 8, 1 << 30, 1 << 28, false, List.of(extensions));
  }

  @Test
  void nothingIsUsedUnlessAskedFor() {
    ComputeDevice able = device("OpenCL 3.0 x", "cl_khr_fp16", "cl_khr_subgroups", "cl_khr_integer_dot_product");
    assertEquals(Features.NONE, Features.of("", able));
    assertEquals(Features.NONE, Features.ofUser(able));
    assertEquals("CL1.2", Features.NONE.standard());
  }

  @Test
  void whatIsAskedForIsUsedIfTheDeviceHasIt() {
    ComputeDevice able = device("OpenCL 3.0 x", "cl_khr_fp16", "cl_khr_subgroups", "cl_khr_integer_dot_product");
    Features all = Features.of("dot, subgroups,fp16", able);
    assertEquals(EnumSet.allOf(Feature.class), all.used());
    assertEquals("subgroups fp16 dot", all.description());
    assertEquals("CL3.0", all.standard());
    assertTrue(all.prelude().contains("#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n"), all.prelude());
    Features one = Features.of("fp16", device("OpenCL 1.2 x", "cl_khr_fp16"));
    assertEquals(Set.of(Feature.FP16), one.used());
    assertEquals("CL1.2", one.standard());
    assertFalse(one.prelude().contains("subgroups"), one.prelude());
    assertEquals("CL2.0", Features.of("subgroups", device("OpenCL 2.1 x", "cl_khr_subgroups")).standard());
  }

  @Test
  void whatTheDeviceLacksOrNobodyKnowsIsRefused() {
    String lacking = assertThrows(BackendUnavailableException.class, () -> Features.of("fp16", device("OpenCL 3.0 x"))).getMessage();
    assertTrue(lacking.contains("GPU X has no cl_khr_fp16"), lacking);
    String unknown = assertThrows(BackendUnavailableException.class, () -> Features.of("warp", device("OpenCL 3.0 x"))).getMessage();
    assertTrue(unknown.contains("'warp'") && unknown.contains("subgroups, fp16, dot"), unknown);
  }

  @Test
  void whatIsUsedIsSaid() {
    assertTrue(floats.all().getFirst().description().contains("with subgroups fp16"), floats.all().getFirst().description());
  }

  // ---- arithmetic

  @ParameterizedTest
  @EnumSource
  void productsInSubGroups(TensorType type) {
    LinearChecks checks = new LinearChecks(floats, type.id() + 700);
    for (int tokens = 1; tokens <= 3; tokens++) {
      checks.product(type, tokens);
    }
    checks.stacked(1, type, TensorType.F16, type);
  }

  @Test
  void halves() {
    LinearChecks checks = new LinearChecks(floats, 800);
    checks.product(TensorType.F16, 9);
    checks.embedding(TensorType.F16);
    for (int headSize : new int[] {20, 33, 64}) {
      KvCache.Spec spec = new KvCache.Spec(2, 2, headSize, 80, TensorType.F16);
      CausalChecks.Sequence sequence = new CausalChecks.Sequence(spec, 3, 70, headSize);
      for (int portion : new int[] {70, 1}) {
        new CausalChecks(floats).run(sequence, portion);
      }
    }
  }

  /** As the kernel quantise has them. */
  private static final class Rounding extends InputRounding {
    private static final int GROUP = 32;

    @Override
    public double[] of(LinearInput.Form form, float[] x, int columns) {
      double[] values = new double[x.length];
      for (int from = 0; from < x.length; from += GROUP) {
        float largest = 0;
        for (int i = from; i < from + GROUP; i++) {
          largest = Math.max(largest, Math.abs(x[i]));
        }
        float inverse = largest >= 1e-30f ? 127 / largest : 0;
        for (int i = from; i < from + GROUP; i++) {
          values[i] = Math.rint(x[i] * inverse) * (largest / 127);
        }
      }
      return values;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q5_0", "Q8_0", "IQ4_NL"})
  void productsInIntegers(TensorType type) {
    LinearChecks checks = new LinearChecks(integers, new Rounding(), type.id() + 900);
    for (int round = 0; round < 3; round++) {
      for (int tokens = 1; tokens <= 3; tokens++) {
        checks.product(type, tokens);
      }
    }
    checks.view(type, 3);
    checks.stacked(1, type, TensorType.Q8_0, type);
    checks.epilogues(type, 1, Nonlinearity.SILU);
    checks.magnitudes(type, 1, 100, 1e5f);
    checks.magnitudes(type, 1, 0.1f, 1e20f);
    checks.magnitudes(type, 1, 0.1f, 1e-35f);
    checks.zeros(type, 1);
    new LinearChecks(integers, type.id() + 1000).product(type, 9); // many tokens stay floats
  }

  /** Beside a type that has no integers. */
  @Test
  void integersAndFloatsInOneMatrix() {
    RandomTensors random = new RandomTensors(1);
    for (var backend : integers.all()) {
      Weight w = backend.prepare(Role.LINEAR, random.matrix(TensorType.Q4_0, 5, 64, 0.01f), random.matrix(TensorType.F16, 5, 64, 0.01f));
      float[] x = new float[64];
      x[3] = 127; // survives the rounding
      float[] y = Backends.compute(backend, ex -> ex.linear(ex.input(x, 1, 64), w, null, Nonlinearity.IDENTITY));
      float[] columns = Backends.compute(backend, ex -> ex.columns(ex.embedding(w, 0, 4, 5, 9), 3, 1));
      int[] rows = {0, 4, 5, 9};
      for (int i = 0; i < rows.length; i++) {
        assertEquals(127 * columns[i], y[rows[i]], 1e-5f * Math.abs(y[rows[i]]), backend.description());
      }
    }
  }

  @Test
  void whatIsNoNumberIsNotRoundedAway() {
    for (var backend : integers.all()) {
      Weight w = backend.prepare(Role.LINEAR, new RandomTensors(2).matrix(TensorType.Q8_0, 7, 64, 0.01f));
      float[] x = new float[128];
      x[3] = Float.NaN;
      float[] y = Backends.compute(backend, ex -> ex.linear(ex.input(x, 2, 64), w, null, Nonlinearity.IDENTITY));
      for (int i = 0; i < 14; i++) {
        assertEquals(i < 7 ? Float.NaN : 0, y[i], backend.description());
      }
    }
  }
}
