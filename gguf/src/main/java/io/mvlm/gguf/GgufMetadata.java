package io.mvlm.gguf;

import io.mvlm.core.InvalidDataException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The key-value pairs of a file, in its order. The typed getters accept every width of their kind ({@link #integer} any integer type);
 * without a default they require the key, and a value of another kind is always an error. Immutable.
 *
 * @see GgufFile#metadata()
 */
public final class GgufMetadata {
  private final String file;
  private final Map<String, GgufValue> values;

  /** @param values not copied */
  GgufMetadata(String file, Map<String, GgufValue> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(values);
  }

  /** All keys, in the file's order. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** All pairs, in the file's order. */
  public Map<String, GgufValue> asMap() {
    return values;
  }

  public int size() {
    return values.size();
  }

  public boolean contains(String key) {
    return values.containsKey(key);
  }

  public Optional<GgufValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** @throws InvalidDataException if the key is missing or no string */
  public String string(String key) {
    return string(required(key, "a string"), key);
  }

  /** @throws InvalidDataException if the value is no string */
  public String string(String key, String otherwise) {
    GgufValue value = values.get(key);
    return value == null ? otherwise : string(value, key);
  }

  private String string(GgufValue value, String key) {
    if (value instanceof GgufValue.Text text) {
      return text.value();
    }
    throw wrong(key, value, "a string");
  }

  /** @throws InvalidDataException if the key is missing, no integer, or beyond the range of an int */
  public int integer(String key) {
    return integer(required(key, "an integer"), key);
  }

  /** @throws InvalidDataException if the value is no integer or beyond the range of an int */
  public int integer(String key, int otherwise) {
    GgufValue value = values.get(key);
    return value == null ? otherwise : integer(value, key);
  }

  private int integer(GgufValue value, String key) {
    long number = longValue(value, key);
    if (number != (int) number) {
      throw new InvalidDataException(file + ": " + key + " is " + number + ", expected an integer of 32 bits");
    }
    return (int) number;
  }

  /** @throws InvalidDataException if the key is missing, no integer, or beyond the range of a long */
  public long longValue(String key) {
    return longValue(required(key, "an integer"), key);
  }

  /** @throws InvalidDataException if the value is no integer or beyond the range of a long */
  public long longValue(String key, long otherwise) {
    GgufValue value = values.get(key);
    return value == null ? otherwise : longValue(value, key);
  }

  private long longValue(GgufValue value, String key) {
    if (!(value instanceof GgufValue.Whole whole)) {
      throw wrong(key, value, "an integer");
    }
    if (whole.type() == GgufType.UINT64 && whole.bits() < 0) {
      throw new InvalidDataException(file + ": " + key + " is " + whole + ", expected an integer of 64 bits with a sign");
    }
    return whole.bits();
  }

  /** A number of any type. @throws InvalidDataException if the key is missing or no number */
  public double floating(String key) {
    return floating(required(key, "a number"), key);
  }

  /** @throws InvalidDataException if the value is no number */
  public double floating(String key, double otherwise) {
    GgufValue value = values.get(key);
    return value == null ? otherwise : floating(value, key);
  }

  private double floating(GgufValue value, String key) {
    return switch (value) {
      case GgufValue.Real real -> real.value();
      case GgufValue.Whole whole -> longValue(whole, key);
      default -> throw wrong(key, value, "a number");
    };
  }

  /** @throws InvalidDataException if the key is missing or no boolean */
  public boolean bool(String key) {
    return bool(required(key, "a boolean"), key);
  }

  /** @throws InvalidDataException if the value is no boolean */
  public boolean bool(String key, boolean otherwise) {
    GgufValue value = values.get(key);
    return value == null ? otherwise : bool(value, key);
  }

  private boolean bool(GgufValue value, String key) {
    if (value instanceof GgufValue.Bool bool) {
      return bool.value();
    }
    throw wrong(key, value, "a boolean");
  }

  /** A fresh array. @throws InvalidDataException if the key is missing or no array of strings */
  public String[] strings(String key) {
    GgufArray array = array(key, "an array of strings");
    if (array.elementType() != GgufType.STRING) {
      throw wrong(key, array, "an array of strings");
    }
    String[] strings = new String[array.length()];
    for (int i = 0; i < strings.length; i++) {
      strings[i] = array.text(i);
    }
    return strings;
  }

  /** A fresh array, from any integer type. @throws InvalidDataException if the key is missing, no array of integers, or one is no int */
  public int[] integers(String key) {
    GgufArray array = array(key, "an array of integers");
    if (!array.elementType().isInteger()) {
      throw wrong(key, array, "an array of integers");
    }
    int[] integers = new int[array.length()];
    for (int i = 0; i < integers.length; i++) {
      long number = array.whole(i);
      if (number != (int) number || array.elementType() == GgufType.UINT64 && number < 0) {
        throw new InvalidDataException(file + ": element " + i + " of " + key + " is " + array.get(i) + ", expected an integer of 32 bits");
      }
      integers[i] = (int) number;
    }
    return integers;
  }

  /** A fresh array, from either floating-point type. @throws InvalidDataException if the key is missing or no array of such numbers */
  public float[] floats(String key) {
    GgufArray array = array(key, "an array of floating-point numbers");
    if (!array.elementType().isFloat()) {
      throw wrong(key, array, "an array of floating-point numbers");
    }
    float[] floats = new float[array.length()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) array.real(i);
    }
    return floats;
  }

  private GgufArray array(String key, String expected) {
    GgufValue value = required(key, expected);
    if (value instanceof GgufArray array) {
      return array;
    }
    throw wrong(key, value, expected);
  }

  private GgufValue required(String key, String expected) {
    GgufValue value = values.get(key);
    if (value == null) {
      throw new InvalidDataException(file + ": metadata key " + key + " is missing, expected " + expected);
    }
    return value;
  }

  private InvalidDataException wrong(String key, GgufValue value, String expected) {
    String found = value instanceof GgufArray array ? "an array of " + array.elementType() : value.type().toString();
    return new InvalidDataException(file + ": metadata key " + key + " is " + found + ", expected " + expected);
  }
}
