package io.mvlm.kernels.vector;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.util.stream.IntStream;

/**
 * What strings of weights of 4, 5, 6 or 8 bits are multiplied with (see {@link PackedLayout}): activations for shifted words that nobody
 * masks.
 *
 * <p>A 16-bit lane holds its columns as one string of bits, cut into words, and a word into the parts p₀, p₁ … that belong to different
 * columns, each with a multiplier m: the column's activation times the value of the part's lowest bit. The word shifted down to part i is
 * wᵢ = pᵢ + 2^lengthᵢ·wᵢ₊₁, so Σ mᵢ·pᵢ = Σ (mᵢ − 2^lengthᵢ₋₁·mᵢ₋₁)·wᵢ. Products wrap around at 2^16 on their way, but the sum of a unit is
 * known to fit a lane when weights are centred, and arithmetic modulo 2^16 then gives it exactly.
 *
 * <p>A unit is what shares a lane's sum: 32 columns (sixteen of a lane) of 4 or 5 bits, |Σ| ≤ 16·16·127 = 32512, or 16 columns of 6 bits,
 * 8·32·127. Of 8 bits only two columns fit a lane; 32 are a unit nevertheless, whose sums are kept in 32 bits. Each unit has the sum of its
 * activations first, then a factor for each part; all of them pairs, for even and for odd columns.
 */
final class BitFactors implements LinearInput.Packed {
  private record Form(int bits) implements LinearInput.OwnForm {
    @Override
    public LinearInput.Packed newPacked() {
      return new BitFactors(bits);
    }

    @Override
    public LinearInput.Form madeOf() {
      return LinearInput.Form.INT8;
    }
  }

  private static final int NEXT = -1;

  private static final Form[] FORMS = IntStream.rangeClosed(0, 8).mapToObj(Form::new).toArray(Form[]::new);

  private final int bits;
  private final int lane; // columns of a lane in a unit
  private final int parts;
  /**
   * Of each part: its column in the lane, and of the first part of a word the place of its lowest bit in the weight. Others begin a weight, and
   * the part before ends one: 2^length·m is the activation before times 2^{@link #bits}. They have {@link #NEXT}.
   */
  private final int[] column;
  private final int[] place;
  private int units;
  private int[] factors = new int[0];

  /** The form of activations for weights of 4, 5, 6 or 8 bits. */
  static LinearInput.OwnForm form(int bits) {
    return FORMS[bits];
  }

  private BitFactors(int bits) {
    this.bits = bits;
    this.lane = unitColumns(bits) / 2;
    this.parts = stride(bits) - 1;
    this.column = new int[parts];
    this.place = new int[parts];
    int part = 0;
    int length;
    for (int bit = 0; bit < lane * bits; bit += length, part++) {
      length = Math.min(bits - bit % bits, 16 - bit % 16);
      column[part] = bit / bits;
      place[part] = bit % 16 == 0 ? bit % bits : NEXT;
    }
  }

  /** Columns that share a sum. */
  static int unitColumns(int bits) {
    return bits == 6 ? 16 : 32;
  }

  /** Words of a unit: sum and factors. */
  static int stride(int bits) {
    return switch (bits) {
      case 4, 8 -> 1 + 16;
      case 5 -> 1 + 20;
      case 6 -> 1 + 10;
      default -> throw new IllegalArgumentException(bits + " bits");
    };
  }

  @Override
  public void pack(LinearInput x, Workers workers) {
    units = LinearInput.padded(x.columns()) / (2 * lane);
    int count = x.rows() * units;
    if (factors.length < count * (parts + 1)) {
      factors = new int[count * (parts + 1)];
    }
    for (int r = 0; r < x.rows(); r++) {
      packRow(x.pairs(), x.pairOffset(r), x.sums(), x.sumOffset(r), factors, offset(r), units);
    }
  }

  private void packRow(int[] pairs, int from, int[] sums, int sum, int[] factors, int to, int units) {
    for (int u = 0; u < units; u++, from += lane, to += parts + 1, sum += lane / 8) {
      factors[to] = pairSum(pairs, from, lane == 8 ? sums[sum] : sums[sum] + sums[sum + 1]);
      switch (bits) {
        case 4 -> fours(pairs, from, factors, to + 1);
        case 8 -> twos(pairs, from, factors, to + 1);
        default -> parts(pairs, from, factors, to + 1);
      }
    }
  }

  /** The sum of the lower halves, and what is left of {@code all}. */
  private int pairSum(int[] pairs, int from, int all) {
    int sum = 0;
    for (int i = 0; i < lane; i++) {
      sum += pairs[from + i];
    }
    sum = (short) sum;
    return sum & 0xffff | all - sum << 16;
  }

  private static void fours(int[] pairs, int from, int[] factors, int to) {
    for (int i = 0; i < 16; i += 4) {
      int first = pairs[from + i];
      int second = pairs[from + i + 1];
      int third = pairs[from + i + 2];
      factors[to + i] = first;
      factors[to + i + 1] = minus(second, first << 4, (first & 0xffff0000) << 4);
      factors[to + i + 2] = minus(third, second << 4, (second & 0xffff0000) << 4);
      factors[to + i + 3] = minus(pairs[from + i + 3], third << 4, (third & 0xffff0000) << 4);
    }
  }

  private static void twos(int[] pairs, int from, int[] factors, int to) {
    for (int i = 0; i < 16; i += 2) {
      int first = pairs[from + i];
      factors[to + i] = first;
      factors[to + i + 1] = minus(pairs[from + i + 1], first << 8, (first & 0xffff0000) << 8);
    }
  }

  private void parts(int[] pairs, int from, int[] factors, int to) {
    for (int i = 0; i < parts; i++) {
      int k = from + column[i];
      if (place[i] == NEXT) {
        int last = pairs[k - 1];
        factors[to + i] = minus(pairs[k], last << bits, (last & 0xffff0000) << bits);
      } else {
        factors[to + i] = shift(pairs[k], place[i]);
      }
    }
  }

  /** In both halves; what counts are the lower one of {@code lower}, and the upper one of {@code upper}, whose lower one is zero. */
  private static int minus(int pair, int lower, int upper) {
    return pair - lower & 0xffff | (pair & 0xffff0000) - upper;
  }

  /** Both halves to the left. */
  private static int shift(int pair, int by) {
    return pair << by & 0xffff | (pair & 0xffff0000) << by;
  }

  int[] factors() {
    return factors;
  }

  /** Of row r of the input. */
  int offset(int r) {
    return r * units * (parts + 1);
  }
}
