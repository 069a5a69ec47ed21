package io.mvlm.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class WorkersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyIndexIsVisitedOnce(int threads) {
    Random random = new Random(threads);
    try (Workers workers = new Workers(threads)) {
      for (int round = 0; round < 300; round++) {
        int count = random.nextInt(round % 10 == 0 ? 5000 : 40);
        int chunk = 1 + random.nextInt(20);
        AtomicIntegerArray visits = new AtomicIntegerArray(count);
        workers.call(() -> {
          workers.forEach(count, chunk, (from, to, worker) -> {
            assertTrue(worker >= 0 && worker < threads, "worker " + worker);
            for (int i = from; i < to; i++) {
              visits.incrementAndGet(i);
            }
          });
          return null;
        });
        for (int i = 0; i < count; i++) {
          assertEquals(1, visits.get(i), "index " + i + " of " + count + " in chunks of " + chunk);
        }
      }
    }
  }

  @Test
  void resultsOfOneLoopAreSeenByTheNext() {
    try (Workers workers = new Workers(3)) {
      int[] values = new int[1000];
      workers.call(() -> {
        for (int round = 0; round < 500; round++) {
          workers.forEach(values.length, 7, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
              values[i]++;
            }
          });
        }
        return null;
      });
      for (int value : values) {
        assertEquals(500, value);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void failuresReachTheCallerAndLeaveTheWorkersUsable(int threads) {
    try (Workers workers = new Workers(threads)) {
      RuntimeException failure = new IllegalArgumentException("index 77");
      assertSame(failure, assertThrows(RuntimeException.class, () -> workers.call(() -> {
        workers.forEach(100, 1, (from, to, worker) -> {
          if (from <= 77 && 77 < to) {
            throw failure;
          }
        });
        return null;
      })));
      Error error = new AssertionError("in the pass");
      assertSame(error, assertThrows(Error.class, () -> workers.call(() -> {
        throw error;
      })));
      assertEquals(42, workers.call(() -> 42));
    }
  }

  @Test
  void loopsBelongIntoPasses() {
    try (Workers workers = new Workers(2)) {
      assertThrows(IllegalStateException.class, () -> workers.forEach(10, 1, (from, to, worker) -> {}));
    }
  }

  @Test
  void passesInsidePassesRunAtOnce() {
    try (Workers workers = new Workers(2)) {
      assertEquals("inner", workers.call(() -> workers.call(() -> "inner")));
    }
  }

  @Test
  void passesTakeTurns() throws InterruptedException {
    try (Workers workers = new Workers(2)) {
      AtomicInteger inside = new AtomicInteger();
      AtomicInteger passes = new AtomicInteger();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      List<Thread> callers = new ArrayList<>();
      for (int c = 0; c < 6; c++) {
        Thread.Builder builder = c % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
        callers.add(builder.start(() -> {
          try {
            for (int i = 0; i < 50; i++) {
              workers.call(() -> {
                assertEquals(1, inside.incrementAndGet());
                workers.forEach(20, 1, (from, to, worker) -> {});
                passes.incrementAndGet();
                return inside.decrementAndGet();
              });
            }
          } catch (RuntimeException | AssertionError e) {
            failure.set(e);
          }
        }));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(null, failure.get());
      assertEquals(300, passes.get());
    }
  }

  @Test
  void anInterruptCancelsThePassAndStaysVisible() throws InterruptedException {
    try (Workers workers = new Workers(2)) {
      CountDownLatch running = new CountDownLatch(1);
      AtomicBoolean cancelled = new AtomicBoolean();
      AtomicBoolean flagKept = new AtomicBoolean();
      Thread caller = Thread.ofPlatform().start(() -> {
        try {
          workers.call(() -> {
            while (true) {
              workers.forEach(10, 1, (from, to, worker) -> running.countDown());
            }
          });
        } catch (CancelledException e) {
          cancelled.set(true);
          flagKept.set(Thread.currentThread().isInterrupted());
        }
      });
      running.await();
      caller.interrupt();
      caller.join();
      assertTrue(cancelled.get());
      assertTrue(flagKept.get());
      assertEquals(1, workers.call(() -> 1));
    }
  }

  @Test
  void closingCancelsTheRunningPassAtItsNextLoopAndRefusesOthers() throws InterruptedException {
    Workers workers = new Workers(2);
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger visits = new AtomicInteger();
    AtomicReference<Object> first = new AtomicReference<>();
    AtomicReference<Object> second = new AtomicReference<>();
    Thread one = Thread.ofPlatform().start(() -> first.set(outcome(workers, () -> {
      running.countDown();
      await(goOn);
      workers.forEach(100, 1, (from, to, worker) -> visits.incrementAndGet());
      return "done";
    })));
    running.await();
    Thread two = Thread.ofPlatform().start(() -> second.set(outcome(workers, () -> "ran")));
    AtomicBoolean closed = new AtomicBoolean();
    Thread closer = Thread.ofPlatform().start(() -> {
      workers.close();
      closed.set(true);
    });
    closer.join(100);
    assertFalse(closed.get(), "closed while a pass was running");
    goOn.countDown();
    one.join();
    two.join();
    closer.join();
    assertEquals(CancelledException.class, first.get());
    assertEquals(0, visits.get());
    assertEquals(CancelledException.class, second.get());
    assertThrows(CancelledException.class, () -> workers.call(() -> 1));
    workers.close();
  }

  /** A pass without an end. The wish of one caller is nothing to another. */
  @Test
  void aWishToStopEndsThePassAtItsNextLoop() throws InterruptedException {
    try (Workers workers = new Workers(2)) {
      AtomicBoolean wanted = new AtomicBoolean();
      AtomicReference<Object> outcome = new AtomicReference<>();
      CountDownLatch running = new CountDownLatch(1);
      Thread caller = Thread.ofVirtual().start(() -> outcome.set(Cancellation.during(wanted::get, () -> outcome(workers, () -> {
        while (true) {
          workers.forEach(10, 1, (from, to, worker) -> running.countDown());
        }
      }))));
      running.await();
      wanted.set(true);
      caller.join();
      assertEquals(CancelledException.class, outcome.get());
      assertEquals(7, workers.call(() -> 7));
      assertEquals(CancelledException.class, Cancellation.during(() -> true, () -> outcome(workers, () -> "ran")));
    }
  }

  private static Object outcome(Workers workers, Supplier<Object> pass) {
    try {
      return workers.call(pass);
    } catch (RuntimeException e) {
      return e.getClass();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void atLeastOneThread() {
    assertThrows(IllegalArgumentException.class, () -> new Workers(0));
  }
}
