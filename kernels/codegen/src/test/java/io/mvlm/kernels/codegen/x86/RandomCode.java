package io.mvlm.kernels.codegen.x86;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;

/** Every instruction form with random operands: the bytes that the assembler writes, and the text that GNU as reads. */
final class RandomCode {
  /** @param text Intel syntax */
  record Line(String text, String hex) {}

  private static final String[] QUADS = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
      "r15"};
  private static final String[] DOUBLES = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d",
      "r13d", "r14d", "r15d"};

  private static final String[] WORDS = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w",
      "r15w"};

  private final Random random;
  private final List<Line> lines = new ArrayList<>();

  RandomCode(long seed) {
    this.random = new Random(seed);
  }

  /** @param rounds instances of each form */
  List<Line> lines(int rounds) {
    for (int round = 0; round < rounds; round++) {
      for (Op op : Op.values()) {
        if (op.has != Op.Has.EVEX) {
          vector(op, false);
        }
        if (op.has != Op.Has.VEX) {
          vector(op, true);
        }
      }
      integers();
    }
    return lines;
  }

  private void line(String text, Consumer<Assembler> instruction) {
    Assembler assembler = new Assembler();
    instruction.accept(assembler);
    lines.add(new Line(text, HexFormat.of().formatHex(assembler.code())));
  }

  // ---- vectors

  private void vector(Op op, boolean evex) {
    int bits = bits(op, evex);
    boolean maskable = evex && switch (op.form) {
      case MOVE_GPR, MOVE_MEMORY, KVMI -> false;
      default -> random.nextBoolean();
    };
    Mask k = maskable ? Mask.values()[1 + random.nextInt(7)] : Mask.K0;
    boolean zeroing = maskable && random.nextBoolean();
    // What makes the assembler choose EVEX where VEX exists: a high register, when nothing else does.
    int top = evex ? 32 : 16;
    Vec target = Vec.of(random.nextInt(top), bits);
    if (evex) {
      target = Vec.of(16 + random.nextInt(16), bits);
    }
    Vec plain = target;
    target = maskable ? zeroing ? target.zeroing(k) : target.merging(k) : target;
    Vec second = Vec.of(random.nextInt(top), bits);
    int immediate = random.nextInt(256);
    String prefix = op.has == Op.Has.BOTH ? evex ? "{evex} " : "{vex} " : "";
    String name = prefix + name(op, evex) + " ";
    Operand rm = random.nextBoolean() ? mem(op, evex) : Vec.of(random.nextInt(top), narrow(op, bits));
    Vec t = target;
    switch (op.form) {
      case RM -> line(name + text(t) + ", " + text(op, rm, bits), a -> a.emit(op, t, rm));
      case RMI -> line(name + text(t) + ", " + text(op, rm, bits) + ", " + immediate, a -> a.emit(op, t, rm, immediate));
      case RVM -> line(name + text(t) + ", " + text(second) + ", " + text(op, rm, bits), a -> a.emit(op, t, second, rm));
      case RVMI -> line(name + text(t) + ", " + text(second) + ", " + text(op, rm, bits) + ", " + immediate,
          a -> a.emit(op, t, second, rm, immediate));
      case RVMR -> {
        Vec fourth = Vec.of(random.nextInt(16), bits);
        line(name + text(t) + ", " + text(second) + ", " + text(op, rm, bits) + ", " + text(fourth), a -> a.emit(op, t, second, rm, fourth));
      }
      case KVMI -> {
        Mask result = Mask.values()[random.nextInt(8)];
        int predicate = immediate & 31;
        line(name + result.name().toLowerCase(Locale.ROOT) + ", " + text(second) + ", " + text(op, rm, bits) + ", " + predicate,
            a -> a.emit(op, result, second, rm, predicate));
      }
      case SHIFT -> {
        Operand source = rm instanceof Mem && !evex ? Vec.of(random.nextInt(16), bits) : rm;
        line(name + text(t) + ", " + text(op, source, bits) + ", " + (immediate & 31), a -> a.emit(op, t, source, immediate & 31));
      }
      case MRI -> {
        Vec narrow = Vec.of(random.nextInt(top), narrow(op, bits));
        Operand to = rm instanceof Mem m ? m.masked(k) : !maskable ? narrow : zeroing ? narrow.zeroing(k) : narrow.merging(k);
        line(name + text(op, to, bits) + ", " + text(plain) + ", " + immediate, a -> a.emit(op, to, plain, immediate));
      }
      case MOVE -> {
        if (random.nextBoolean()) {
          line(name + text(t) + ", " + text(op, rm, bits), a -> a.emit(op, t, rm));
        } else {
          Mem to = mem(op, false).masked(k);
          line(name + text(op, to, bits) + ", " + text(plain), a -> a.emit(op, to, plain));
        }
      }
      case MOVE_MEMORY, MOVE_GPR -> {
        Operand other = op.form == Op.Form.MOVE_GPR && (op == Op.VMOVQ || rm instanceof Vec) ? Gpr.values()[random.nextInt(16)] : mem(op, false);
        if (random.nextBoolean()) {
          line(name + text(plain) + ", " + text(op, other, bits), a -> a.emit(op, plain, other));
        } else {
          line(name + text(op, other, bits) + ", " + text(plain), a -> a.emit(op, other, plain));
        }
      }
      case MASK_MOVE -> {
        Mem place = mem(op, false);
        if (random.nextBoolean()) {
          line(name + text(plain) + ", " + text(second) + ", " + text(op, place, bits), a -> a.emit(op, plain, second, place));
        } else {
          line(name + text(op, place, bits) + ", " + text(second) + ", " + text(plain), a -> a.emit(op, place, second, plain));
        }
      }
    }
  }

  private int bits(Op op, boolean evex) {
    boolean scalar = switch (op.form) {
      case MOVE_GPR, MOVE_MEMORY -> true;
      default -> op.form == Op.Form.RVM && op.tuple == Op.Tuple.SCALAR4;
    };
    if (scalar) {
      return 128;
    }
    int bits;
    do {
      bits = 128 << random.nextInt(evex ? 3 : 2);
    } while (bits < op.least);
    return bits;
  }

  private static int narrow(Op op, int bits) {
    return switch (op.tuple) {
      case FULL, WHOLE -> bits;
      case HALF, QUARTER -> Math.max(128, op.tuple.size(bits));
      case SCALAR4, SCALAR8, LANE128 -> 128;
      case LANE256 -> 256;
    };
  }

  private static String name(Op op, boolean evex) {
    String name = op.name().toLowerCase(Locale.ROOT).replaceAll("_.*", "");
    boolean logical = op == Op.VPAND || op == Op.VPANDN || op == Op.VPOR || op == Op.VPXOR;
    return evex && logical ? name + "d" : name;
  }

  private Mem mem(Op op, boolean evex) {
    int displacement = switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextInt(256) - 128;
      case 2 -> 64 * (random.nextInt(256) - 128);
      default -> random.nextInt(1 << 20) - (1 << 19);
    };
    Gpr base = Gpr.values()[random.nextInt(16)];
    Gpr index = Gpr.values()[random.nextInt(16)];
    Mem m = random.nextBoolean() || index == Gpr.RSP ? Mem.at(base, displacement) : Mem.at(base, index, 1 << random.nextInt(4), displacement);
    return evex && op.tuple == Op.Tuple.FULL && random.nextBoolean() ? m.toAllLanes() : m;
  }

  private static String text(Operand operand) {
    return switch (operand) {
      case Vec v -> (v.bits() == 512 ? "zmm" : v.bits() == 256 ? "ymm" : "xmm") + v.number() + mask(v.mask()) + (v.zeroing() ? "{z}" : "");
      case Gpr g -> QUADS[g.ordinal()];
      case Mask k -> k.name().toLowerCase(Locale.ROOT);
      case Mem m -> place(m);
    };
  }

  private static String text(Op op, Operand operand, int bits) {
    if (operand instanceof Gpr g) {
      return op == Op.VMOVD ? DOUBLES[g.ordinal()] : QUADS[g.ordinal()];
    }
    if (!(operand instanceof Mem m)) {
      return text(operand);
    }
    if (m.broadcast()) {
      int element = 4 << op.w;
      return (element == 4 ? "dword ptr " : "qword ptr ") + place(m) + "{1to" + bits / 8 / element + "}";
    }
    String size = switch (op.tuple.size(bits / 8)) {
      case 1 -> "byte";
      case 2 -> "word";
      case 4 -> "dword";
      case 8 -> "qword";
      case 16 -> "xmmword";
      case 32 -> "ymmword";
      default -> "zmmword";
    };
    return size + " ptr " + place(m) + mask(m.mask());
  }

  private static String mask(Mask k) {
    return k == Mask.K0 ? "" : "{" + k.name().toLowerCase(Locale.ROOT) + "}";
  }

  private static String place(Mem m) {
    String index = m.index() == null ? "" : "+" + QUADS[m.index().ordinal()] + "*" + m.scale();
    String displacement = m.displacement() == 0 ? "" : (m.displacement() < 0 ? "" : "+") + m.displacement();
    return "[" + QUADS[m.base().ordinal()] + index + displacement + "]";
  }

  // ---- integers

  private void integers() {
    Gpr r = Gpr.values()[random.nextInt(16)];
    Gpr s = Gpr.values()[random.nextInt(16)];
    Gpr count = Gpr.values()[random.nextInt(16)];
    Mem m = mem(Op.VMOVD, false);
    int small = random.nextInt(256) - 128;
    int large = random.nextInt();
    int bits = random.nextInt(64);
    Mask k = Mask.values()[random.nextInt(8)];
    String kn = text(k);
    String rn = text(r);
    String sn = text(s);
    String mn = place(m);
    line("mov " + rn + ", " + sn, a -> a.mov(r, s));
    line("mov " + DOUBLES[r.ordinal()] + ", " + (large & 0xFFFFFFFFL), a -> a.mov(r, large & 0xFFFFFFFFL));
    line("mov " + rn + ", " + (small | -128), a -> a.mov(r, (long) (small | -128)));
    long wide = random.nextLong() | 1L << 62;
    line("movabs " + rn + ", " + wide, a -> a.mov(r, wide));
    line("mov " + rn + ", qword ptr " + mn, a -> a.mov(r, m));
    line("mov qword ptr " + mn + ", " + rn, a -> a.mov(m, r));
    line("mov " + DOUBLES[r.ordinal()] + ", dword ptr " + mn, a -> a.mov32(r, m));
    line("mov dword ptr " + mn + ", " + DOUBLES[r.ordinal()], a -> a.mov32(m, r));
    line("movzx " + DOUBLES[r.ordinal()] + ", word ptr " + mn, a -> a.movzx16(r, m));
    line("mov word ptr " + mn + ", " + WORDS[r.ordinal()], a -> a.mov16(m, r));
    line("lea " + rn + ", " + mn, a -> a.lea(r, m));
    line("add " + rn + ", " + sn, a -> a.add(r, s));
    line("sub " + rn + ", " + sn, a -> a.sub(r, s));
    line("and " + rn + ", " + sn, a -> a.and(r, s));
    line("xor " + rn + ", " + sn, a -> a.xor(r, s));
    line("cmp " + rn + ", " + sn, a -> a.cmp(r, s));
    line("test " + rn + ", " + sn, a -> a.test(r, s));
    for (int value : new int[] {small, large}) {
      line("add " + rn + ", " + value, a -> a.add(r, value));
      line("sub " + rn + ", " + value, a -> a.sub(r, value));
      line("and " + rn + ", " + value, a -> a.and(r, value));
      line("cmp " + rn + ", " + value, a -> a.cmp(r, value));
      line("imul " + rn + ", " + sn + ", " + value, a -> a.imul(r, s, value));
    }
    line("add " + rn + ", qword ptr " + mn, a -> a.add(r, m));
    line("cmp " + rn + ", qword ptr " + mn, a -> a.cmp(r, m));
    int octet = random.nextInt(-128, 128);
    line("cmp dword ptr " + mn + ", " + octet, a -> a.cmp(m, octet));
    line("imul " + rn + ", " + sn, a -> a.imul(r, s));
    line("shl " + rn + ", " + bits, a -> a.shl(r, bits));
    line("shr " + rn + ", " + bits, a -> a.shr(r, bits));
    line("bzhi " + rn + ", " + sn + ", " + text(count), a -> a.bzhi(r, s, count));
    line("dec " + rn, a -> a.dec(r));
    line("push " + rn, a -> a.push(r));
    line("pop " + rn, a -> a.pop(r));
    line("call " + rn, a -> a.call(r));
    line("prefetcht0 byte ptr " + mn, a -> a.prefetcht0(m));
    line("prefetchw byte ptr " + mn, a -> a.prefetchw(m));
    line("kmovw " + kn + ", " + DOUBLES[r.ordinal()], a -> a.kmovw(k, r));
    tiles(m);
    line("ret", Assembler::ret);
    line("cpuid", Assembler::cpuid);
    line("xgetbv", Assembler::xgetbv);
    line("vzeroupper", Assembler::vzeroupper);
    // ---- inside one instruction's worth of code, jumps and labels
    Condition condition = Condition.values()[random.nextInt(Condition.values().length)];
    line(jump(condition) + " .", a -> a.jcc(condition, a.here()));
    line("jmp .", a -> a.jmp(a.here()));
    line(jump(condition).replace("j", "{disp32} j") + " 1f; ret; 1: ret", a -> {
      Label end = new Label();
      a.jcc(condition, end);
      a.ret();
      a.bind(end);
      a.ret();
    });
    line("{disp32} jmp 1f; ret; 1: ret", a -> {
      Label end = new Label();
      a.jmp(end);
      a.ret();
      a.bind(end);
      a.ret();
    });
    line("vshufps xmm1, xmm2, xmmword ptr [rip+1f], 7; 1: ret", a -> {
      Label data = new Label();
      a.emit(Op.VSHUFPS, Vec.xmm(1), Vec.xmm(2), Mem.at(data), 7);
      a.bind(data);
      a.ret();
    });
    line("1: ret; vaddps zmm1, zmm2, dword ptr [rip+1b]{1to16}", a -> {
      Label data = a.here();
      a.ret();
      a.emit(Op.VADDPS, Vec.zmm(1), Vec.zmm(2), Mem.at(data).toAllLanes());
    });
  }

  private void tiles(Mem shapes) {
    int first = random.nextInt(8);
    Tile[] tiles = {Tile.values()[first], Tile.values()[(first + 1 + random.nextInt(3)) % 8], Tile.values()[(first + 4 + random.nextInt(4)) % 8]};
    String[] names = Arrays.stream(tiles).map(t -> "tmm" + t.ordinal()).toArray(String[]::new);
    Gpr base = Gpr.values()[random.nextInt(16)];
    Mem rows = Mem.at(base, base == Gpr.RSP ? Gpr.RAX : Gpr.values()[(base.ordinal() + 5) % 16 == 4 ? 5 : (base.ordinal() + 5) % 16],
        1 << random.nextInt(4), random.nextInt(2000) - 1000);
    line("ldtilecfg " + place(shapes), a -> a.ldtilecfg(shapes));
    line("tilerelease", Assembler::tilerelease);
    line("tilezero " + names[0], a -> a.tilezero(tiles[0]));
    line("tileloadd " + names[0] + ", " + place(rows), a -> a.tileloadd(tiles[0], rows));
    line("tilestored " + place(rows) + ", " + names[0], a -> a.tilestored(rows, tiles[0]));
    line("tdpbf16ps " + names[0] + ", " + names[1] + ", " + names[2], a -> a.tdpbf16ps(tiles[0], tiles[1], tiles[2]));
  }

  private static String jump(Condition condition) {
    return switch (condition) {
      case BELOW -> "jb";
      case ABOVE_OR_EQUAL -> "jae";
      case EQUAL -> "je";
      case NOT_EQUAL -> "jne";
      case BELOW_OR_EQUAL -> "jbe";
      case ABOVE -> "ja";
      case LESS -> "jl";
      case GREATER_OR_EQUAL -> "jge";
      case LESS_OR_EQUAL -> "jle";
      case GREATER -> "jg";
    };
  }
}
