package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
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

  @Test
  void aMethodThatTouchesSegmentsKnowsTheirClass() throws Exception {
    List<String> found = new ArrayList<>();
    int checked = 0;
    for (Class<?> type : classes()) {
      for (MethodModel method : ClassFile.of().parse(bytes(type)).methods()) {
        if (calls(method, "Vector", "(from|into)MemorySegment") > 0) {
          checked++;
          long segments = method.methodTypeSymbol().parameterList().stream().filter(p -> p.displayName().equals("MemorySegment")).count();
          if (calls(method, "Native", "of") < segments) {
            found.add(type.getSimpleName() + "." + method.methodName());
          }
        }
      }
    }
    assertEquals(List.of(), found);
    assertTrue(checked > 20, "methods checked: " + checked);
  }

  /** How many calls of a class whose name ends so a method has. */
  private static long calls(MethodModel method, String owner, String name) {
    return method.code().stream().flatMap(CodeModel::elementStream).filter(element -> element instanceof InvokeInstruction call
        && call.owner().asInternalName().endsWith(owner) && call.name().stringValue().matches(name)).count();
  }

  private static byte[] bytes(Class<?> type) throws IOException {
    try (InputStream in = type.getResourceAsStream(type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class")) {
      return in.readAllBytes();
    }
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
