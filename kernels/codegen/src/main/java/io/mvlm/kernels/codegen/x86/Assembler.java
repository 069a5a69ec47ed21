package io.mvlm.kernels.codegen.x86;

import io.mvlm.kernels.codegen.x86.Op.Form;
import io.mvlm.kernels.codegen.x86.Op.Has;
import java.util.Arrays;

/**
 * Writes machine code for x86-64. Vector instructions go through {@link #emit}, operands in Intel's order (destination first), and are described
 * in {@link Op}; integer instructions are methods with Intel's names. Encodings are the shortest ones, as GNU as chooses them.
 *
 * <p>Not thread-safe. Operands that an instruction cannot have are an {@link IllegalArgumentException}.
 */
public final class Assembler {
  /** Multi-byte no-operations, as Intel recommends them, by length. */
  private static final int[][] NOPS = {{}, {0x90}, {0x66, 0x90}, {0x0F, 0x1F, 0x00}, {0x0F, 0x1F, 0x40, 0}, {0x0F, 0x1F, 0x44, 0, 0},
      {0x66, 0x0F, 0x1F, 0x44, 0, 0}, {0x0F, 0x1F, 0x80, 0, 0, 0, 0}, {0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0}};

  private byte[] code = new byte[1024];
  private int size;
  /** Uses of labels that are not bound yet. */
  private int unbound;

  /** Bytes written so far. */
  public int position() {
    return size;
  }

  /** What was written. @throws IllegalStateException if a label was used and never bound */
  public byte[] code() {
    if (unbound != 0) {
      throw new IllegalStateException(unbound + " uses of labels that are bound nowhere");
    }
    return Arrays.copyOf(code, size);
  }

  // ---- bytes

  private void put(int value) {
    if (size == code.length) {
      code = Arrays.copyOf(code, 2 * size);
    }
    code[size++] = (byte) value;
  }

  /** Data: 32 bits. */
  public void data(int value) {
    put(value);
    put(value >> 8);
    put(value >> 16);
    put(value >> 24);
  }

  private void data(long value) {
    data((int) value);
    data((int) (value >> 32));
  }

  /** Fills up with instructions that do nothing. @param boundary a power of two */
  public void align(int boundary) {
    int gap = -size & boundary - 1;
    while (gap > 0) {
      int[] nop = NOPS[Math.min(gap, NOPS.length - 1)];
      for (int b : nop) {
        put(b);
      }
      gap -= nop.length;
    }
  }

  // ---- labels

  /** The label is here. */
  public void bind(Label label) {
    if (label.position >= 0) {
      throw new IllegalStateException("the label is bound already");
    }
    label.position = size;
    for (int i = 0; i < label.count; i++) {
      patch(label.uses[i], label.position);
    }
    unbound -= label.count;
  }

  /** A label that is here. */
  public Label here() {
    Label label = new Label();
    bind(label);
    return label;
  }

  /** Distances are measured from the end of their instruction, of which {@code after} bytes follow the distance. */
  private void distance(Label label, int after) {
    if (label.position >= 0) {
      data(label.position - (size + 4 + after));
    } else {
      data(-after);
      label.use(size);
      unbound++;
    }
  }

  /** The 32 bits that end at {@code end} hold minus the bytes that follow them in their instruction. */
  private void patch(int end, int target) {
    int at = end - 4;
    int value = target - end + (code[at] & 0xff | (code[at + 1] & 0xff) << 8 | (code[at + 2] & 0xff) << 16 | code[at + 3] << 24);
    for (int i = 0; i < 4; i++) {
      code[at + i] = (byte) (value >> 8 * i);
    }
  }

  // ---- vector instructions

  public void emit(Op op, Operand a, Operand b) {
    switch (op.form) {
      case RM -> encode(op, op.opcode, vec(a), 0, b, 0, false);
      case MOVE -> {
        if (a instanceof Vec v && !(b instanceof Vec w && storesShorter(op, v, w))) {
          encode(op, op.opcode, v, 0, b, 0, false);
        } else {
          encode(op, op.second, vec(b), 0, a, 0, false);
        }
      }
      case MOVE_GPR, MOVE_MEMORY -> {
        if (a instanceof Vec v) {
          encode(op, op.opcode, v, 0, notVec(b), 0, false);
        } else {
          encode(op, op.second, vec(b), 0, a, 0, false);
        }
      }
      default -> throw wrong(op);
    }
  }

  /** Whether a move is shorter as a store to a register: VEX spends a byte on a high register in ModRM.rm, none on one in ModRM.reg. */
  private static boolean storesShorter(Op op, Vec to, Vec from) {
    return op.has != Has.EVEX && to.bits() < 512 && to.mask() == Mask.K0 && to.number() < 8 && from.number() > 7 && from.number() < 16;
  }

  public void emit(Op op, Operand a, Operand b, Operand c) {
    switch (op.form) {
      case RVM -> encode(op, op.opcode, vec(a), vec(b).number(), c, 0, false);
      case MASK_MOVE -> {
        if (a instanceof Vec v) {
          encode(op, op.opcode, v, vec(b).number(), notVec(c), 0, false);
        } else {
          encode(op, op.second, vec(c), vec(b).number(), a, 0, false);
        }
      }
      default -> throw wrong(op);
    }
  }

  public void emit(Op op, Operand a, Operand b, int immediate) {
    switch (op.form) {
      case RMI -> encode(op, op.opcode, vec(a), 0, b, immediate, true);
      case MRI -> encode(op, op.opcode, vec(b), 0, a, immediate, true);
      case SHIFT -> {
        Vec target = vec(a);
        encode(op, op.opcode, new Vec(op.second, target.bits(), target.mask(), target.zeroing()), target.number(), b, immediate, true);
      }
      default -> throw wrong(op);
    }
  }

  public void emit(Op op, Operand a, Operand b, Operand c, int immediate) {
    switch (op.form) {
      case RVMI -> encode(op, op.opcode, vec(a), vec(b).number(), c, immediate, true);
      case KVMI -> {
        Vec left = vec(b);
        encode(op, op.opcode, Vec.of(((Mask) a).ordinal(), left.bits()), left.number(), c, immediate, true);
      }
      default -> throw wrong(op);
    }
  }

  public void emit(Op op, Operand a, Operand b, Operand c, Operand d) {
    if (op.form != Form.RVMR) {
      throw wrong(op);
    }
    encode(op, op.opcode, vec(a), vec(b).number(), c, vec(d).number() << 4, true);
  }

  /**
   * @param reg what stands in ModRM.reg; its width (or the wider one of rm) is that of the instruction
   * @param v what stands in vvvv, 0 for nothing
   */
  private void encode(Op op, int opcode, Vec reg, int v, Operand rm, int immediate, boolean hasImmediate) {
    int bits = Math.max(reg.bits(), rm instanceof Vec r ? r.bits() : 0);
    Mask mask = reg.mask();
    boolean zeroing = reg.zeroing();
    boolean broadcast = false;
    int number = 0; // of rm, if it is a register
    if (rm instanceof Mem m) {
      broadcast = m.broadcast();
      mask = m.mask() == Mask.K0 ? mask : m.mask();
    } else if (rm instanceof Vec r) {
      number = r.number();
      if (op.form == Form.MRI) {
        mask = r.mask();
        zeroing = r.zeroing();
      }
    } else {
      number = ((Gpr) rm).ordinal();
    }
    boolean evex = bits == 512 || broadcast || mask != Mask.K0 || reg.number() > 15 || v > 15 || rm instanceof Vec && number > 15
        || op.has == Has.EVEX;
    if (evex && op.has == Has.VEX || broadcast && op.tuple != Op.Tuple.FULL || bits < op.least) {
      throw new IllegalArgumentException(op + " has no form for " + reg + ", " + v + ", " + rm);
    }
    int x = 0;
    int b;
    if (rm instanceof Mem m) {
      b = m.base() == null ? 0 : m.base().ordinal() >> 3;
      x = m.index() == null ? 0 : m.index().ordinal() >> 3;
    } else {
      b = number >> 3 & 1;
      x = number >> 4;
    }
    if (evex) {
      put(0x62);
      put((~reg.number() >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | (~reg.number() >> 4 & 1) << 4 | op.map);
      put(op.w << 7 | (~v & 15) << 3 | 4 | op.prefix);
      put((zeroing ? 0x80 : 0) | (bits == 512 ? 2 : bits / 256) << 5 | (broadcast ? 0x10 : 0) | (~v >> 4 & 1) << 3 | mask.ordinal());
    } else {
      vex(op.map, op.prefix, op == Op.VMOVQ ? 1 : 0, bits / 256, reg.number(), x, b, v);
    }
    put(opcode);
    if (rm instanceof Mem m) {
      int unit = !evex ? 1 : broadcast ? 4 << op.w : op.tuple.size(bits / 8);
      memory(reg.number(), m, unit, hasImmediate ? 1 : 0);
    } else {
      put(0xC0 | (reg.number() & 7) << 3 | number & 7);
    }
    if (hasImmediate) {
      put(immediate);
    }
  }

  private void vex(int map, int prefix, int w, int length, int reg, int x, int b, int v) {
    if (x == 0 && b == 0 && w == 0 && map == 1) {
      put(0xC5);
      put((~reg >> 3 & 1) << 7 | (~v & 15) << 3 | length << 2 | prefix);
    } else {
      put(0xC4);
      put((~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | map);
      put(w << 7 | (~v & 15) << 3 | length << 2 | prefix);
    }
  }

  /**
   * ModRM, SIB and displacement.
   *
   * @param unit 8-bit displacements count in it
   * @param after bytes of the instruction that follow
   */
  private void memory(int reg, Mem m, int unit, int after) {
    int r = (reg & 7) << 3;
    if (m.label() != null) {
      put(r | 5);
      distance(m.label(), after);
      return;
    }
    int base = m.base().ordinal() & 7;
    int d = m.displacement();
    boolean isShort = d % unit == 0 && d / unit >= -128 && d / unit <= 127;
    int mode = d == 0 && base != 5 ? 0 : isShort ? 0x40 : 0x80; // without a displacement, number 5 means something else
    if (m.index() != null) {
      if (m.index() == Gpr.RSP) {
        throw new IllegalArgumentException("rsp is no index");
      }
      put(mode | r | 4);
      put(Integer.numberOfTrailingZeros(m.scale()) << 6 | (m.index().ordinal() & 7) << 3 | base);
    } else if (base == 4) {
      put(mode | r | 4);
      put(0x24);
    } else {
      put(mode | r | base);
    }
    if (mode == 0x40) {
      put(d / unit);
    } else if (mode == 0x80) {
      data(d);
    }
  }

  private static Vec vec(Operand operand) {
    if (operand instanceof Vec v) {
      return v;
    }
    throw new IllegalArgumentException("a vector register is needed instead of " + operand);
  }

  private static Operand notVec(Operand operand) {
    if (operand instanceof Vec) {
      throw new IllegalArgumentException("memory or a general register is needed instead of " + operand);
    }
    return operand;
  }

  private static IllegalArgumentException wrong(Op op) {
    return new IllegalArgumentException(op + " takes other operands");
  }

  // ---- masks

  /** Lower 16 bits of a general register. */
  public void kmovw(Mask k, Gpr r) {
    vex(1, 0, 0, 0, k.ordinal(), 0, r.ordinal() >> 3, 0);
    put(0x92);
    put(0xC0 | k.ordinal() << 3 | r.ordinal() & 7);
  }

  // ---- tiles (AMX)

  /** Sets the shapes of all tiles from 64 bytes: palette, start row, 14 zeros, then for each tile the bytes of a row (16 bits), then its rows. */
  public void ldtilecfg(Mem shapes) {
    vex(2, 0, 0, 0, 0, high(shapes.index()), high(shapes.base()), 0);
    put(0x49);
    memory(0, shapes, 1, 0);
  }

  /** All tiles become zero and cost nothing any more when the thread is switched. */
  public void tilerelease() {
    vex(2, 0, 0, 0, 0, 0, 0, 0);
    put(0x49);
    put(0xC0);
  }

  public void tilezero(Tile to) {
    vex(2, 3, 0, 0, 0, 0, 0, 0);
    put(0x49);
    put(0xC0 | to.ordinal() << 3);
  }

  /** @param rows where the first row begins; its index times scale is the distance of two rows */
  public void tileloadd(Tile to, Mem rows) {
    tileMemory(3, to, rows);
  }

  /** @param rows as for {@link #tileloadd} */
  public void tilestored(Mem rows, Tile from) {
    tileMemory(2, from, rows);
  }

  private void tileMemory(int prefix, Tile tile, Mem rows) {
    if (rows.index() == null) {
      throw new IllegalArgumentException("the distance of a tile's rows must stand in an index register");
    }
    vex(2, prefix, 0, 0, 0, high(rows.index()), high(rows.base()), 0);
    put(0x4B);
    memory(tile.ordinal(), rows, 1, 0);
  }

  /** sums += rows·columns of bfloat16: two neighbours of a row with the two in 32 bits of a column. */
  public void tdpbf16ps(Tile sums, Tile rows, Tile columns) {
    if (sums == rows || sums == columns || rows == columns) {
      throw new IllegalArgumentException("a product of tiles needs three different ones");
    }
    vex(2, 2, 0, 0, 0, 0, 0, columns.ordinal());
    put(0x5C);
    put(0xC0 | sums.ordinal() << 3 | rows.ordinal());
  }

  private static int high(Gpr register) {
    return register == null ? 0 : register.ordinal() >> 3;
  }

  public void vzeroupper() {
    put(0xC5);
    put(0xF8);
    put(0x77);
  }

  // ---- integers

  private void rex(boolean wide, int reg, int index, int base) {
    int rex = 0x40 | (wide ? 8 : 0) | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
    if (rex != 0x40) {
      put(rex);
    }
  }

  private void registers(boolean wide, int opcode, int reg, Gpr rm) {
    rex(wide, reg, 0, rm.ordinal());
    opcode(opcode);
    put(0xC0 | (reg & 7) << 3 | rm.ordinal() & 7);
  }

  private void memory(boolean wide, int opcode, int reg, Mem m, int after) {
    rex(wide, reg, m.index() == null ? 0 : m.index().ordinal(), m.base() == null ? 0 : m.base().ordinal());
    opcode(opcode);
    memory(reg, m, 1, after);
  }

  private void opcode(int opcode) {
    if (opcode > 0xFF) {
      put(opcode >> 8);
    }
    put(opcode);
  }

  public void mov(Gpr to, Gpr from) {
    registers(true, 0x89, from.ordinal(), to);
  }

  public void mov(Gpr to, long value) {
    if (value >= 0 && value <= 0xFFFFFFFFL) {
      rex(false, 0, 0, to.ordinal());
      put(0xB8 | to.ordinal() & 7);
      data((int) value);
    } else if (value == (int) value) {
      registers(true, 0xC7, 0, to);
      data((int) value);
    } else {
      rex(true, 0, 0, to.ordinal());
      put(0xB8 | to.ordinal() & 7);
      data(value);
    }
  }

  public void mov(Gpr to, Mem from) {
    memory(true, 0x8B, to.ordinal(), from, 0);
  }

  public void mov(Mem to, Gpr from) {
    memory(true, 0x89, from.ordinal(), to, 0);
  }

  /** 32 bits; the upper half becomes zero. */
  public void mov32(Gpr to, Mem from) {
    memory(false, 0x8B, to.ordinal(), from, 0);
  }

  /** 32 bits. */
  public void mov32(Mem to, Gpr from) {
    memory(false, 0x89, from.ordinal(), to, 0);
  }

  /** 16 bits; the others become zero. */
  public void movzx16(Gpr to, Mem from) {
    memory(false, 0x0FB7, to.ordinal(), from, 0);
  }

  /** 16 bits. */
  public void mov16(Mem to, Gpr from) {
    put(0x66);
    memory(false, 0x89, from.ordinal(), to, 0);
  }

  public void lea(Gpr to, Mem place) {
    memory(true, 0x8D, to.ordinal(), place, 0);
  }

  public void add(Gpr to, Gpr value) {
    registers(true, 0x01, value.ordinal(), to);
  }

  public void add(Gpr to, int value) {
    arithmetic(0, to, value);
  }

  public void add(Gpr to, Mem value) {
    memory(true, 0x03, to.ordinal(), value, 0);
  }

  public void sub(Gpr to, Gpr value) {
    registers(true, 0x29, value.ordinal(), to);
  }

  public void sub(Gpr to, int value) {
    arithmetic(5, to, value);
  }

  public void and(Gpr to, Gpr value) {
    registers(true, 0x21, value.ordinal(), to);
  }

  public void and(Gpr to, int value) {
    arithmetic(4, to, value);
  }

  public void xor(Gpr to, Gpr value) {
    registers(true, 0x31, value.ordinal(), to);
  }

  public void cmp(Gpr left, Gpr right) {
    registers(true, 0x39, right.ordinal(), left);
  }

  public void cmp(Gpr left, int right) {
    arithmetic(7, left, right);
  }

  public void cmp(Gpr left, Mem right) {
    memory(true, 0x3B, left.ordinal(), right, 0);
  }

  /** The 32 bits there. @param right −128 to 127 */
  public void cmp(Mem left, int right) {
    memory(false, 0x83, 7, left, 1);
    put(right);
  }

  private void arithmetic(int digit, Gpr to, int value) {
    if (value >= -128 && value <= 127) {
      registers(true, 0x83, digit, to);
      put(value);
    } else if (to == Gpr.RAX) {
      rex(true, 0, 0, 0);
      put(digit << 3 | 5);
      data(value);
    } else {
      registers(true, 0x81, digit, to);
      data(value);
    }
  }

  public void imul(Gpr to, Gpr value) {
    registers(true, 0x0FAF, to.ordinal(), value);
  }

  public void imul(Gpr to, Gpr left, int right) {
    boolean isShort = right >= -128 && right <= 127;
    registers(true, isShort ? 0x6B : 0x69, to.ordinal(), left);
    if (isShort) {
      put(right);
    } else {
      data(right);
    }
  }

  public void shl(Gpr to, int bits) {
    shift(4, to, bits);
  }

  public void shr(Gpr to, int bits) {
    shift(5, to, bits);
  }

  private void shift(int digit, Gpr to, int bits) {
    registers(true, bits == 1 ? 0xD1 : 0xC1, digit, to);
    if (bits != 1) {
      put(bits);
    }
  }

  /** The lowest {@code count} bits of a register (BMI2). */
  public void bzhi(Gpr to, Gpr from, Gpr count) {
    vex(2, 0, 1, 0, to.ordinal(), 0, from.ordinal() >> 3, count.ordinal());
    put(0xF5);
    put(0xC0 | (to.ordinal() & 7) << 3 | from.ordinal() & 7);
  }

  public void dec(Gpr to) {
    registers(true, 0xFF, 1, to);
  }

  public void test(Gpr left, Gpr right) {
    registers(true, 0x85, right.ordinal(), left);
  }

  /** Backward jumps take the shortest form, forward ones a 32-bit distance. */
  public void jcc(Condition condition, Label target) {
    if (reachesShort(target)) {
      put(0x70 | condition.code);
      put(target.position - (size + 1));
    } else {
      put(0x0F);
      put(0x80 | condition.code);
      distance(target, 0);
    }
  }

  public void jmp(Label target) {
    if (reachesShort(target)) {
      put(0xEB);
      put(target.position - (size + 1));
    } else {
      put(0xE9);
      distance(target, 0);
    }
  }

  private boolean reachesShort(Label target) {
    return target.position >= 0 && target.position - (size + 2) >= -128;
  }

  /** Calls the code at an address. */
  public void call(Gpr address) {
    registers(false, 0xFF, 2, address);
  }

  public void ret() {
    put(0xC3);
  }

  public void push(Gpr r) {
    rex(false, 0, 0, r.ordinal());
    put(0x50 | r.ordinal() & 7);
  }

  public void pop(Gpr r) {
    rex(false, 0, 0, r.ordinal());
    put(0x58 | r.ordinal() & 7);
  }

  /** Leaf eax, subleaf ecx; results in eax, ebx, ecx, edx. */
  public void cpuid() {
    put(0x0F);
    put(0xA2);
  }

  /** Register ecx; result in edx:eax. */
  public void xgetbv() {
    put(0x0F);
    put(0x01);
    put(0xD0);
  }

  /** Into all levels of the cache. */
  public void prefetcht0(Mem place) {
    memory(false, 0x0F18, 1, place, 0);
  }

  /** Into the caches of this core, to be written. */
  public void prefetchw(Mem place) {
    memory(false, 0x0F0D, 1, place, 0);
  }
}
