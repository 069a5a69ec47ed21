package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Role;
import io.mvlm.core.Roofline;
import io.mvlm.core.Tensor;
import io.mvlm.core.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Which backend is chosen, and what happens if it cannot be used. */
class BackendsTest {
  private final List<String> heard = new ArrayList<>();
  private final List<String> closed = new ArrayList<>();

  private final LoadOptions auto = LoadOptions.defaults().withListener(new LoadListener() {
    @Override
    public void progress(String what, long done, long total) {}

    @Override
    public void note(String line) {
      heard.add("note: " + line);
    }

    @Override
    public void warning(String line) {
      heard.add("warning: " + line);
    }
  });

  private final BackendProvider processor = provider("cpu", 10, null);
  private final BackendProvider simple = provider("simple", 0, null);
  private final BackendProvider gpu = provider("gpu", -1, null);
  private final BackendProvider brokenGpu = provider("gpu", -1, "no driver");

  /** @param missing what it says when it is asked to make a backend; null = it makes one */
  private BackendProvider provider(String name, int priority, String missing) {
    return new BackendProvider() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int priority() {
        return priority;
      }

      @Override
      public Backend create(Options options) {
        if (missing != null) {
          throw new BackendUnavailableException(missing);
        }
        return new Named(name, closed);
      }
    };
  }

  /** Can do nothing but say its name. */
  private record Named(String name, List<String> closed) implements Backend {
    @Override
    public String description() {
      return name;
    }

    @Override
    public Weight prepare(Role role, Tensor... stacked) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Execution newExecution() {
      throw new UnsupportedOperationException();
    }

    @Override
    public KvCache newKvCache(KvCache.Spec spec) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Roofline measureRoofline() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      closed.add(name);
    }
  }

  private static Function<Backend, String> failingOn(String name, RuntimeException failure) {
    return backend -> {
      if (backend.name().equals(name)) {
        throw failure;
      }
      return backend.name();
    };
  }

  @Test
  void withoutADeviceTheFastestOfTheProcessor() {
    assertEquals("cpu", Backends.open(List.of(processor, simple, gpu), auto, Backend::name));
    assertEquals(List.of("note: backend cpu"), heard);
    assertEquals(List.of(), closed);
  }

  @Test
  void aDeviceIsTriedFirst() {
    assertEquals("gpu", Backends.open(List.of(processor, gpu), auto.withDevice("0"), Backend::name));
    assertEquals(List.of("note: backend gpu"), heard);
  }

  @Test
  void withoutTheDeviceTheProcessorServesAndThatIsSaid() {
    assertEquals("cpu", Backends.open(List.of(processor, brokenGpu), auto.withDevice("0"), Backend::name));
    assertEquals(List.of("warning: backend gpu not used: no driver", "note: backend cpu"), heard);
  }

  @Test
  void aModelThatDoesNotFitGoesToTheProcessor() {
    assertEquals("cpu", Backends.open(List.of(processor, gpu), auto.withDevice("0"),
        failingOn("gpu", new BackendUnavailableException("too little memory"))));
    assertEquals(List.of("note: backend gpu", "warning: backend gpu not used: too little memory", "note: backend cpu"), heard);
    assertEquals(List.of("gpu"), closed);
  }

  @Test
  void aNamedBackendHasNoSubstitute() {
    assertThrows(BackendUnavailableException.class,
        () -> Backends.open(List.of(processor, brokenGpu), auto.withBackend("gpu"), Backend::name));
    assertThrows(BackendUnavailableException.class, () -> Backends.open(List.of(processor, gpu), auto.withBackend("gpu"),
        failingOn("gpu", new BackendUnavailableException("too little memory"))));
    assertEquals(List.of("gpu"), closed);
    assertEquals(List.of("note: backend gpu"), heard);
  }

  @Test
  void otherFailuresEndTheSearch() {
    assertThrows(IllegalStateException.class,
        () -> Backends.open(List.of(processor, simple), auto, failingOn("cpu", new IllegalStateException("a damaged file"))));
    assertEquals(List.of("cpu"), closed);
  }

  @Test
  void whereNothingWorksTheLastReasonIsSaid() {
    String message = assertThrows(BackendUnavailableException.class,
        () -> Backends.open(List.of(provider("cpu", 10, "too old")), auto, Backend::name)).getMessage();
    assertEquals("too old", message);
    assertTrue(assertThrows(BackendUnavailableException.class, () -> Backends.open(List.of(), auto, Backend::name)).getMessage()
        .contains("mvlm-kernels"));
  }
}
