package io.mvlm.model;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The backends on the class path or module path, and the choice among them. */
public final class Backends {
  /** The name that stands for the fastest backend that works here. */
  public static final String AUTO = "auto";

  private Backends() {}

  /** Names that {@link LoadOptions#backend()} may have, {@link #AUTO} first, then the fastest. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(List.of(AUTO));
    providers().forEach(provider -> names.add(provider.name()));
    return names;
  }

  /**
   * Opens the backend that the options name. With {@code auto}, backends are tried from the fastest down; why one was passed over goes to
   * the listener. A device that the options name comes before all of them.
   *
   * @throws BackendUnavailableException if it cannot run here, or there is none of that name
   */
  public static Backend open(LoadOptions options) {
    return open(options, backend -> backend);
  }

  /** Opens a backend and makes something of it. With {@code auto}, one that turns out to be unavailable meanwhile is passed over too. */
  static <T> T open(LoadOptions options, Function<Backend, T> use) {
    return open(providers(), options, use);
  }

  static <T> T open(List<BackendProvider> providers, LoadOptions options, Function<Backend, T> use) {
    if (providers.isEmpty()) {
      throw new BackendUnavailableException("no backend found: put mvlm-kernels on the class path or module path");
    }
    boolean auto = options.backend().equals(AUTO);
    BackendProvider.Options wish = new BackendProvider.Options(options.computeThreads(), auto, options.device());
    if (!auto) {
      return make(named(providers, options.backend()), wish, options.listener(), use);
    }
    BackendUnavailableException last = null;
    for (BackendProvider provider : candidates(providers, options.device())) {
      try {
        return make(provider, wish, options.listener(), use);
      } catch (BackendUnavailableException e) {
        String line = "backend " + provider.name() + " not used: " + e.getMessage();
        if (provider.priority() < 0) {
          options.listener().warning(line);
        } else {
          options.listener().note(line);
        }
        last = e;
      }
    }
    throw last != null ? last : new BackendUnavailableException("no backend computes on the processor: name a device");
  }

  private static <T> T make(BackendProvider provider, BackendProvider.Options wish, LoadListener listener, Function<Backend, T> use) {
    Backend backend = provider.create(wish);
    try {
      listener.note("backend " + backend.description());
      return use.apply(backend);
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  /** Those that compute on devices only if one is named, and then first. */
  private static List<BackendProvider> candidates(List<BackendProvider> providers, String device) {
    List<BackendProvider> candidates = new ArrayList<>();
    if (device != null) {
      providers.stream().filter(provider -> provider.priority() < 0).forEach(candidates::add);
    }
    providers.stream().filter(provider -> provider.priority() >= 0).forEach(candidates::add);
    return candidates;
  }

  /**
   * Whether the backend that the options name computes with all matrices of some files by code that is not Java's, so that it is fast
   * without an optimising compiler. With {@code auto} the fastest backend is asked that runs here; not so with a device, whose weights pass through
   * Java's hands.
   *
   * @param files models, null for those that are not there
   */
  public static boolean areNative(LoadOptions options, GgufFile... files) {
    if (options.device() != null) {
      return false;
    }
    BackendProvider.Options asked = new BackendProvider.Options(options.computeThreads(), true, options.device());
    for (BackendProvider provider : providers()) {
      if (options.backend().equals(AUTO) ? provider.priority() >= 0 : options.backend().equals(provider.name())) {
        try {
          return matrixTypes(files).stream().allMatch(type -> provider.isNative(asked, type));
        } catch (BackendUnavailableException e) {
          // With auto the next one is asked; what is named will be refused when it is opened.
        }
      }
    }
    return false;
  }

  /** The types of all tensors that are no vectors. @param files models, null for those that are not there */
  public static Set<TensorType> matrixTypes(GgufFile... files) {
    return Arrays.stream(files).filter(Objects::nonNull).flatMap(file -> file.tensors().values().stream())
        .filter(tensor -> tensor.shape().rank() > 1).map(Tensor::type).collect(Collectors.toSet());
  }

  /**
   * The devices that {@link LoadOptions#device()} may name, by the name of the backend that computes on them.
   *
   * @throws BackendUnavailableException if a backend that computes on devices lacks the library that knows them
   */
  public static Map<String, List<ComputeDevice>> devices() {
    Map<String, List<ComputeDevice>> devices = new LinkedHashMap<>();
    for (BackendProvider provider : providers()) {
      List<ComputeDevice> own = provider.devices();
      if (!own.isEmpty()) {
        devices.put(provider.name(), own);
      }
    }
    return devices;
  }

  /**
   * Measures which sizes of work suit the device that the options name, and keeps them for every later load on it.
   *
   * @return what was found, in one line
   * @throws BackendUnavailableException if the backend cannot run here, or there is none of that name
   * @throws io.mvlm.core.UnsupportedFeatureException if the backend has nothing to tune
   */
  public static String tune(LoadOptions options) {
    return named(providers(), options.backend()).tune(new BackendProvider.Options(options.computeThreads(), false, options.device()));
  }

  private static BackendProvider named(List<BackendProvider> providers, String name) {
    return providers.stream().filter(provider -> provider.name().equals(name)).findFirst()
        .orElseThrow(() -> new BackendUnavailableException("no backend '" + name + "'; there are "
            + names().stream().collect(Collectors.joining(", "))));
  }

  private static List<BackendProvider> providers() {
    return ServiceLoader.load(BackendProvider.class).stream().map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparingInt(BackendProvider::priority).reversed()).toList();
  }
}
