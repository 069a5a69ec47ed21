package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.mvlm.core.Backend;
import io.mvlm.core.CancelledException;
import io.mvlm.core.Execution;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ExecutionPoolTest {
  private static final List<Throwable> FAILURES =
      List.of(new OutOfMemoryError("heap"), new CancelledException("stopped"), new IllegalArgumentException("shape"));

  private final List<Object> closed = new ArrayList<>();
  private final ExecutionPool pool = new ExecutionPool(stub(Backend.class));

  /** A backend of executions that can run and be closed. */
  private <T> T stub(Class<T> type) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) ->
        switch (method.getName()) {
          case "newExecution" -> stub(Execution.class);
          case "run" -> ((Supplier<?>) arguments[0]).get();
          case "close" -> {
            closed.add(System.identityHashCode(self));
            yield null;
          }
          default -> throw new UnsupportedOperationException(method.getName());
        }));
  }

  private Execution used() {
    Execution[] used = new Execution[1];
    pool.run(execution -> used[0] = execution);
    return used[0];
  }

  private void assertClosed(Execution... executions) {
    List<Object> expected = new ArrayList<>();
    for (Execution execution : executions) {
      expected.add(System.identityHashCode(execution));
    }
    assertEquals(expected, closed);
  }

  @Test
  void theNextPassTakesTheExecutionOfTheLast() {
    Execution first = used();
    assertSame(first, used());
    assertClosed();
    pool.close();
    assertClosed(first);
  }

  @Test
  void whatIsInUseWhenThePoolClosesIsClosedWhenItComesBack() {
    Execution[] inUse = new Execution[1];
    pool.run(execution -> {
      inUse[0] = execution;
      pool.close();
      assertClosed();
      return null;
    });
    assertClosed(inUse[0]);
  }

  @ParameterizedTest
  @FieldSource("FAILURES")
  void anExecutionWhosePassFailedIsClosedAndNotUsedAgain(Throwable failure) {
    Execution[] failed = new Execution[1];
    assertSame(failure, assertThrows(Throwable.class, () -> pool.run(execution -> {
      failed[0] = execution;
      return ExecutionPoolTest.<RuntimeException>thrown(failure);
    })));
    assertClosed(failed[0]);
    assertNotSame(failed[0], used());
    pool.close();
    assertEquals(2, closed.size());
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> Object thrown(Throwable failure) throws X {
    throw (X) failure;
  }
}
