package io.mvlm.gguf;

/** A metadata value with its type. Immutable. */
public sealed interface GgufValue permits GgufValue.Whole, GgufValue.Real, GgufValue.Bool, GgufValue.Text, GgufArray {
  /** The type, {@link GgufType#ARRAY} for arrays. */
  GgufType type();

  /**
   * A whole number.
   *
   * @param type one of the integer types
   * @param bits the number; for UINT64, its 64 bits (negative means 2⁶³ or more)
   */
  record Whole(GgufType type, long bits) implements GgufValue {
    public Whole {
      boolean fits = switch (type) {
        case UINT8 -> bits >= 0 && bits <= 0xff;
        case INT8 -> bits == (byte) bits;
        case UINT16 -> bits >= 0 && bits <= 0xffff;
        case INT16 -> bits == (short) bits;
        case UINT32 -> bits >= 0 && bits <= 0xffffffffL;
        case INT32 -> bits == (int) bits;
        case UINT64, INT64 -> true;
        default -> false;
      };
      if (!fits) {
        throw new IllegalArgumentException(bits + " is no " + type);
      }
    }

    @Override
    public String toString() {
      return type == GgufType.UINT64 ? Long.toUnsignedString(bits) : Long.toString(bits);
    }
  }

  /**
   * A floating-point number.
   *
   * @param type FLOAT32 or FLOAT64
   * @param value the number; for FLOAT32, one that a float represents
   */
  record Real(GgufType type, double value) implements GgufValue {
    public Real {
      if (!type.isFloat()) {
        throw new IllegalArgumentException(type + " is no floating-point type");
      }
    }

    @Override
    public String toString() {
      return type == GgufType.FLOAT32 ? Float.toString((float) value) : Double.toString(value);
    }
  }

  /** True or false. */
  record Bool(boolean value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.BOOL;
    }

    @Override
    public String toString() {
      return Boolean.toString(value);
    }
  }

  /** A string; what was not UTF-8 in a file reads as U+FFFD. */
  record Text(String value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.STRING;
    }

    @Override
    public String toString() {
      return value;
    }
  }
}
