package io.mvlm.kernels.cpu;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * Cases that every backend must pass. Each backend has a test that extends the contract, says what the cases run on, and adds those that
 * only its own kernels need.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContract {
  private Backends backends;

  /** Opens what the cases run on; closed behind the last of them. */
  protected abstract Backends open();

  @BeforeAll
  protected final void openBackends() {
    backends = open();
  }

  @AfterAll
  protected final void closeBackends() {
    if (backends != null) { // there may be no device
      backends.close();
    }
  }

  protected final Backends backends() {
    return backends;
  }
}
