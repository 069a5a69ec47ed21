package io.mvlm.cli.launcher;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Passes signals on to the second process, so that it alone decides what they mean. The second process hears a Ctrl-C of the
 * terminal twice (the terminal tells the whole group) and takes the two for one.
 */
final class Signals {
  private Signals() {}

  static void forwardTo(final Process process) {
    final long pid = pid(process);
    boolean unix = File.separatorChar == '/';
    if (!handle("INT", new Runnable() {
      @Override
      public void run() {
        kill("INT", pid);
      }
    }) || !unix) {
      endWith(process);
      return;
    }
    for (final String name : new String[] {"TERM", "HUP"}) {
      handle(name, new Runnable() {
        @Override
        public void run() {
          kill(name, pid);
        }
      });
    }
  }

  private static void kill(String signal, long pid) {
    if (pid < 0 || File.separatorChar != '/') {
      return;
    }
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start();
    } catch (IOException noKill) {
      // The terminal has told the second process already, in the usual case.
    }
  }

  private static void endWith(final Process process) {
    Runtime.getRuntime().addShutdownHook(new Thread() {
      @Override
      public void run() {
        process.destroy();
        try {
          process.waitFor();
        } catch (InterruptedException impatient) {
          Thread.currentThread().interrupt();
        }
      }
    });
  }

  /** {@code sun.misc.Signal}, by reflection, as the Java 8 API that javac compiles against leaves it out. */
  private static boolean handle(String name, final Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, new InvocationHandler() {
        @Override
        public Object invoke(Object self, Method method, Object[] arguments) {
          if (method.getName().equals("handle")) {
            action.run();
            return null;
          }
          return method.getName().equals("equals") ? (Object) (self == arguments[0]) : (Object) System.identityHashCode(self);
        }
      });
      signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
      return true;
    } catch (ReflectiveOperationException unavailable) {
      return false;
    } catch (RuntimeException refused) {
      return false;
    }
  }

  /** The process id, or −1: Java 8 keeps it in a private field, later releases have a method. */
  private static long pid(Process process) {
    try {
      return (Long) Process.class.getMethod("pid").invoke(process);
    } catch (ReflectiveOperationException java8) {
      try {
        java.lang.reflect.Field field = process.getClass().getDeclaredField("pid");
        field.setAccessible(true);
        return field.getInt(process);
      } catch (ReflectiveOperationException hidden) {
        return -1;
      }
    }
  }
}
