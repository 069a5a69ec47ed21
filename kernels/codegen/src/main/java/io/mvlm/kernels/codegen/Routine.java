package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mask;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A function being written for one tier: what differs between tiers and calling conventions is decided here, so that a generator says once what
 * a kernel does. Vectors are as wide as the tier's; constants stand behind the code.
 */
final class Routine {
  /** Writes one function. */
  interface Generator {
    void write(Routine r);
  }

  private static final int ALIGNMENT = 64;
  /** Predicate of {@link Op#VCMPPS_MASK}: less, and not if one is no number. */
  private static final int LESS_THAN = 17;
  /** Of {@code vpternlogd}: a | b & c */
  static final int OR_AND = 0xF8;
  /** What {@link #selectBySign} overwrites. */
  private static final Mask SELECTION = Mask.K2;

  final Assembler a;
  final Tier tier;
  private final CallingConvention convention;
  private final List<Constant> constants = new ArrayList<>();
  private Gpr[] saved;

  private record Constant(Label label, int[] words) {}

  private Routine(Assembler a, Tier tier, CallingConvention convention) {
    this.a = a;
    this.tier = tier;
    this.convention = convention;
  }

  /**
   * Writes functions one after the other into memory of their own, which is never given back: they serve all backends of the process.
   *
   * @throws io.mvlm.core.BackendUnavailableException if the system does not let a process make code
   */
  static Kernel[] assemble(Tier tier, List<? extends Generator> generators) {
    Assembler a = new Assembler();
    int[] entries = write(a, tier, CallingConvention.here(), generators);
    ExecutableMemory memory = ExecutableMemory.of(a.code());
    return Arrays.stream(entries).mapToObj(entry -> new Kernel(memory.address(entry))).toArray(Kernel[]::new);
  }

  /** @return where each function begins */
  static int[] write(Assembler a, Tier tier, CallingConvention convention, List<? extends Generator> generators) {
    int[] entries = new int[generators.size()];
    for (int i = 0; i < entries.length; i++) {
      a.align(ALIGNMENT);
      entries[i] = a.position();
      Routine routine = new Routine(a, tier, convention);
      generators.get(i).write(routine);
      routine.writeConstants();
    }
    return entries;
  }

  private void writeConstants() {
    for (Constant constant : constants) {
      a.align(Math.min(ALIGNMENT, Integer.highestOneBit(4 * constant.words.length)));
      a.bind(constant.label);
      for (int word : constant.words) {
        a.data(word);
      }
    }
  }

  // ---- frame

  /** @param saved of rbx, rbp, r12 to r15 those that the kernel changes */
  void enter(Gpr... saved) {
    this.saved = saved;
    convention.enter(a, saved);
  }

  /** Loads one of the arguments p3 to p8 of {@link Kernel#call}; the others are in {@link CallingConvention#ARGUMENTS}, but for z and w. */
  void argument(int p, Gpr to) {
    convention.argument(a, p + 3, to, saved);
  }

  /** Loads the address z of {@link Kernel#call}. */
  void argumentZ(Gpr to) {
    convention.argument(a, 12, to, saved);
  }

  /** Loads the address w of {@link Kernel#call}. */
  void argumentW(Gpr to) {
    convention.argument(a, 13, to, saved);
  }

  void leave() {
    convention.leave(a, saved);
  }

  // ---- what differs between tiers

  Vec vec(int number) {
    return Vec.of(number, tier.bits());
  }

  boolean is512() {
    return tier.bits() == 512;
  }

  /** Places of constants: equal ones share. */
  Mem constant(int... words) {
    for (Constant constant : constants) {
      if (Arrays.equals(constant.words, words)) {
        return Mem.at(constant.label);
      }
    }
    Constant constant = new Constant(new Label(), words);
    constants.add(constant);
    return Mem.at(constant.label);
  }

  /** The same 32 bits for all lanes, as the last operand of an instruction that computes. */
  Mem everyLane(int word) {
    if (is512()) {
      return constant(word).toAllLanes();
    }
    int[] words = new int[tier.lanes()];
    Arrays.fill(words, word);
    return constant(words);
  }

  Mem everyLane(float value) {
    return everyLane(Float.floatToRawIntBits(value));
  }

  /** All lanes of a register the same 32 bits. */
  void setAll(Vec to, int word) {
    a.emit(Op.VPBROADCASTD, to, constant(word));
  }

  void setAll(Vec to, float value) {
    setAll(to, Float.floatToRawIntBits(value));
  }

  void zero(Vec v) {
    a.emit(Op.VPXOR, v, v, v);
  }

  /** to = op(left, the 32 bits at {@code place} in all lanes); needs a spare register where memory operands cannot be broadcast. */
  void withAll(Op op, Vec to, Vec left, Mem place, Vec spare) {
    if (is512()) {
      a.emit(op, to, left, place.toAllLanes());
    } else {
      a.emit(Op.VPBROADCASTD, spare, place);
      a.emit(op, to, left, spare);
    }
  }

  /** to = the 32 bits at {@code place} in all lanes, shifted to the left. */
  void shiftAll(Vec to, Mem place, int bits) {
    if (bits == 0) {
      a.emit(Op.VPBROADCASTD, to, place);
    } else if (is512()) {
      a.emit(Op.VPSLLD, to, place.toAllLanes(), bits);
    } else {
      a.emit(Op.VPBROADCASTD, to, place);
      a.emit(Op.VPSLLD, to, to, bits);
    }
  }

  /** Each lane of {@code to} is that of {@code negative} where {@code by} is below zero, else that of {@code positive}. */
  void selectBySign(Vec to, Vec by, Vec positive, Vec negative, Vec spare) {
    if (is512()) {
      zero(spare);
      a.emit(Op.VCMPPS_MASK, SELECTION, by, spare, LESS_THAN);
      a.emit(Op.VBLENDMPS, to.merging(SELECTION), positive, negative);
    } else {
      a.emit(Op.VBLENDVPS, to, positive, negative, by);
    }
  }

  /** All lanes of v become the sum of its lanes. */
  void sumLanes(Vec v, Vec spare) {
    foldLanes(Op.VADDPS, v, spare);
    a.emit(Op.VBROADCASTSS, v, v.as(128));
  }

  /** The lanes of v, of 512 or 256 bits, taken together by an operation, are in each of the lowest four afterwards. */
  void foldLanes(Op operation, Vec v, Vec spare) {
    if (v.bits() == 512) {
      a.emit(Op.VEXTRACTI64X4, spare.as(256), v, 1);
      a.emit(operation, v.as(256), v.as(256), spare.as(256));
    }
    a.emit(Op.VEXTRACTI128, spare.as(128), v.as(256), 1);
    a.emit(operation, v.as(128), v.as(128), spare.as(128));
    for (int order : new int[] {0x4E, 0xB1}) {
      a.emit(Op.VPSHUFD, spare.as(128), v.as(128), order);
      a.emit(operation, v.as(128), v.as(128), spare.as(128));
    }
  }

  /** to = memory, each of its parts shifted. */
  void shift(Op op, Vec to, Mem place, int bits) {
    if (is512()) {
      a.emit(op, to, place, bits);
    } else {
      load(to, place);
      a.emit(op, to, to, bits);
    }
  }

  void load(Vec to, Mem place) {
    a.emit(Op.VMOVUPS, to, place);
  }

  void store(Mem place, Vec from) {
    a.emit(Op.VMOVUPS, place, from);
  }
}
