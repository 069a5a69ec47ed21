package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import org.junit.jupiter.api.Test;

/** What {@link Lanes} says that kernels keep to. */
class KernelRulesTest {
  @Test
  void noMethodTakesOrGivesAVector() throws Exception {
    List<String> found = new ArrayList<>();
    for (Class<?> type : classes()) {
      for (Method method : type.getDeclaredMethods()) {
        if (Stream.concat(Stream.of(method.getReturnType()), Stream.of(method.getParameterTypes())).anyMatch(KernelRulesTest::isVector)) {
          found.add(method.toString());
        }
      }
    }
    assertEquals(List.of(), found);
  }

  @Test
  void noFieldHoldsAVectorUnlessConstant() throws Exception {
    List<String> found = new ArrayList<>();
    for (Class<?> type : classes()) {
      for (Field field : type.getDeclaredFields()) {
        boolean constant = Modifier.isStatic(field.getModifiers()) && Modifier.isFinal(field.getModifiers());
        if (isVector(field.getType()) && !constant) {
          found.add(field.toString());
        }
      }
    }
    assertEquals(List.of(), found);
  }

  private static boolean isVector(Class<?> type) {
    Class<?> element = type;
    while (element.isArray()) {
      element = element.getComponentType();
    }
    return Vector.class.isAssignableFrom(element) || VectorMask.class.isAssignableFrom(element);
  }

  /** All of the package, not initialised. */
  private static List<Class<?>> classes() throws IOException, URISyntaxException, ClassNotFoundException {
    Path root = Path.of(VectorKernels.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.list(root.resolve(VectorKernels.class.getPackageName().replace('.', '/')))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (name.endsWith(".class") && !name.startsWith("package-info")) {
          String binary = VectorKernels.class.getPackageName() + "." + name.substring(0, name.length() - ".class".length());
          classes.add(Class.forName(binary, false, VectorKernels.class.getClassLoader()));
        }
      }
    }
    assertTrue(classes.size() > 20, classes.toString());
    return classes;
  }
}
