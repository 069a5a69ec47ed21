package io.mvlm.kernels.codegen;

import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** Prints why there is no backend, or "made" if there is one. */
final class RefusalMain {
  /** Property: whether the system is asked first to refuse what would gain the right to be executed, as hardened systems do. */
  static final String HARDENED = "hardened";
  /** Printed where the system does not know how. */
  static final String UNKNOWN = "unknown";
  /** Of Linux 6.3 and newer. */
  private static final int PR_SET_MDWE = 65;
  private static final long PR_MDWE_REFUSE_EXEC_GAIN = 1;

  private RefusalMain() {}

  public static void main(String[] arguments) throws Throwable {
    if (Boolean.getBoolean(HARDENED) && !harden()) {
      System.out.println(UNKNOWN);
      return;
    }
    try {
      new CodegenBackendProvider().create(new BackendProvider.Options(1, true, null)).close();
      System.out.println("made");
    } catch (BackendUnavailableException e) {
      System.out.println(e.getMessage());
    }
  }

  private static boolean harden() throws Throwable {
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor five = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    return (int) linker.downcallHandle(linker.defaultLookup().findOrThrow("prctl"), five)
        .invokeExact(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0L, 0L, 0L) == 0;
  }
}
