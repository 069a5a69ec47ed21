package io.mvlm.kernels.codegen.x86;

/**
 * The vector instructions, with what Intel's manual says of their encodings. An instruction that has both takes the VEX encoding where it can
 * (registers below 16, up to 256 bits, no mask, no broadcast), EVEX otherwise.
 */
public enum Op {
  // ---- moves
  VMOVUPS(Form.MOVE, 0, 1, 0x10, 0x11, Has.BOTH, 0, Tuple.WHOLE),
  VMOVAPS(Form.MOVE, 0, 1, 0x28, 0x29, Has.BOTH, 0, Tuple.WHOLE),
  VMOVSS(Form.MOVE_MEMORY, 2, 1, 0x10, 0x11, Has.BOTH, 0, Tuple.SCALAR4),
  /** Lower 32 bits from or to memory or a general register. */
  VMOVD(Form.MOVE_GPR, 1, 1, 0x6E, 0x7E, Has.BOTH, 0, Tuple.SCALAR4),
  /** Lower 64 bits from or to a general register. */
  VMOVQ(Form.MOVE_GPR, 1, 1, 0x6E, 0x7E, Has.BOTH, 1, Tuple.SCALAR8),
  VMASKMOVPS(Form.MASK_MOVE, 1, 2, 0x2C, 0x2E, Has.VEX, 0, Tuple.WHOLE),
  VPBROADCASTD(Form.RM, 1, 2, 0x58, Has.BOTH, 0, Tuple.SCALAR4),
  VPBROADCASTQ(Form.RM, 1, 2, 0x59, Has.BOTH, 1, Tuple.SCALAR8),
  VBROADCASTSS(Form.RM, 1, 2, 0x18, Has.BOTH, 0, Tuple.SCALAR4),

  // ---- products of integers
  VPDPBUSD(Form.RVM, 1, 2, 0x50, Has.BOTH, 0, Tuple.FULL),
  VPDPWSSD(Form.RVM, 1, 2, 0x52, Has.BOTH, 0, Tuple.FULL),
  VPMADDUBSW(Form.RVM, 1, 2, 0x04, Has.BOTH, 0, Tuple.WHOLE),
  VPMADDWD(Form.RVM, 1, 1, 0xF5, Has.BOTH, 0, Tuple.WHOLE),
  VPSIGNB(Form.RVM, 1, 2, 0x08, Has.VEX, 0, Tuple.WHOLE),
  VPABSB(Form.RM, 1, 2, 0x1C, Has.BOTH, 0, Tuple.WHOLE),

  // ---- bits, sums and order
  VPAND(Form.RVM, 1, 1, 0xDB, Has.BOTH, 0, Tuple.FULL),
  VPANDN(Form.RVM, 1, 1, 0xDF, Has.BOTH, 0, Tuple.FULL),
  VPOR(Form.RVM, 1, 1, 0xEB, Has.BOTH, 0, Tuple.FULL),
  VPXOR(Form.RVM, 1, 1, 0xEF, Has.BOTH, 0, Tuple.FULL),
  VPTERNLOGD(Form.RVMI, 1, 3, 0x25, Has.EVEX, 0, Tuple.FULL),
  VPADDD(Form.RVM, 1, 1, 0xFE, Has.BOTH, 0, Tuple.FULL),
  VPADDQ(Form.RVM, 1, 1, 0xD4, Has.BOTH, 1, Tuple.FULL),
  VPADDW(Form.RVM, 1, 1, 0xFD, Has.BOTH, 0, Tuple.WHOLE),
  VPSUBD(Form.RVM, 1, 1, 0xFA, Has.BOTH, 0, Tuple.FULL),
  VPMAXSD(Form.RVM, 1, 2, 0x3D, Has.BOTH, 0, Tuple.FULL),
  VPSRLW(Form.SHIFT, 1, 1, 0x71, 2, Has.BOTH, 0, Tuple.WHOLE),
  VPSLLW(Form.SHIFT, 1, 1, 0x71, 6, Has.BOTH, 0, Tuple.WHOLE),
  VPSRLD(Form.SHIFT, 1, 1, 0x72, 2, Has.BOTH, 0, Tuple.FULL),
  VPSRAD(Form.SHIFT, 1, 1, 0x72, 4, Has.BOTH, 0, Tuple.FULL),
  VPSLLD(Form.SHIFT, 1, 1, 0x72, 6, Has.BOTH, 0, Tuple.FULL),

  // ---- widening and narrowing
  VPMOVZXBD(Form.RM, 1, 2, 0x31, Has.BOTH, 0, Tuple.QUARTER),
  VPMOVZXWD(Form.RM, 1, 2, 0x33, Has.BOTH, 0, Tuple.HALF),
  VPMOVSXBD(Form.RM, 1, 2, 0x21, Has.BOTH, 0, Tuple.QUARTER),
  VPACKSSWB(Form.RVM, 1, 1, 0x63, Has.BOTH, 0, Tuple.WHOLE),
  VPACKSSDW(Form.RVM, 1, 1, 0x6B, Has.BOTH, 0, Tuple.FULL),

  // ---- order of lanes
  VPSHUFB(Form.RVM, 1, 2, 0x00, Has.BOTH, 0, Tuple.WHOLE),
  VPSHUFD(Form.RMI, 1, 1, 0x70, Has.BOTH, 0, Tuple.FULL),
  VSHUFPS(Form.RVMI, 0, 1, 0xC6, Has.BOTH, 0, Tuple.FULL),
  VPERMD(Form.RVM, 1, 2, 0x36, Has.BOTH, 0, Tuple.FULL, 256),
  VPERMPS(Form.RVM, 1, 2, 0x16, Has.BOTH, 0, Tuple.FULL, 256),
  VPUNPCKLWD(Form.RVM, 1, 1, 0x61, Has.BOTH, 0, Tuple.WHOLE),
  VPUNPCKHWD(Form.RVM, 1, 1, 0x69, Has.BOTH, 0, Tuple.WHOLE),
  VPUNPCKLDQ(Form.RVM, 1, 1, 0x62, Has.BOTH, 0, Tuple.FULL),
  VPUNPCKHDQ(Form.RVM, 1, 1, 0x6A, Has.BOTH, 0, Tuple.FULL),
  VPUNPCKLQDQ(Form.RVM, 1, 1, 0x6C, Has.BOTH, 1, Tuple.FULL),
  VPUNPCKHQDQ(Form.RVM, 1, 1, 0x6D, Has.BOTH, 1, Tuple.FULL),
  VPERM2I128(Form.RVMI, 1, 3, 0x46, Has.VEX, 0, Tuple.WHOLE, 256),
  VEXTRACTI128(Form.MRI, 1, 3, 0x39, Has.VEX, 0, Tuple.LANE128, 256),
  VEXTRACTI64X4(Form.MRI, 1, 3, 0x3B, Has.EVEX, 1, Tuple.LANE256, 512),
  VINSERTI128(Form.RVMI, 1, 3, 0x38, Has.VEX, 0, Tuple.LANE128, 256),
  VBLENDVPS(Form.RVMR, 1, 3, 0x4A, Has.VEX, 0, Tuple.WHOLE),
  VBLENDMPS(Form.RVM, 1, 2, 0x65, Has.EVEX, 0, Tuple.FULL),

  // ---- floats
  VADDPS(Form.RVM, 0, 1, 0x58, Has.BOTH, 0, Tuple.FULL),
  VSUBPS(Form.RVM, 0, 1, 0x5C, Has.BOTH, 0, Tuple.FULL),
  VMULPS(Form.RVM, 0, 1, 0x59, Has.BOTH, 0, Tuple.FULL),
  VDIVPS(Form.RVM, 0, 1, 0x5E, Has.BOTH, 0, Tuple.FULL),
  VMINPS(Form.RVM, 0, 1, 0x5D, Has.BOTH, 0, Tuple.FULL),
  VMAXPS(Form.RVM, 0, 1, 0x5F, Has.BOTH, 0, Tuple.FULL),
  VANDPS(Form.RVM, 0, 1, 0x54, Has.BOTH, 0, Tuple.FULL),
  VSQRTPS(Form.RM, 0, 1, 0x51, Has.BOTH, 0, Tuple.FULL),
  VMULSS(Form.RVM, 2, 1, 0x59, Has.BOTH, 0, Tuple.SCALAR4),
  VFMADD132PS(Form.RVM, 1, 2, 0x98, Has.BOTH, 0, Tuple.FULL),
  VFMADD213PS(Form.RVM, 1, 2, 0xA8, Has.BOTH, 0, Tuple.FULL),
  VFMADD231PS(Form.RVM, 1, 2, 0xB8, Has.BOTH, 0, Tuple.FULL),
  VFNMADD231PS(Form.RVM, 1, 2, 0xBC, Has.BOTH, 0, Tuple.FULL),
  VFMADD231SS(Form.RVM, 1, 2, 0xB9, Has.BOTH, 0, Tuple.SCALAR4),
  VFNMADD231SS(Form.RVM, 1, 2, 0xBD, Has.BOTH, 0, Tuple.SCALAR4),
  VCVTDQ2PS(Form.RM, 0, 1, 0x5B, Has.BOTH, 0, Tuple.FULL),
  VCVTPS2DQ(Form.RM, 1, 1, 0x5B, Has.BOTH, 0, Tuple.FULL),
  VCVTPH2PS(Form.RM, 1, 2, 0x13, Has.BOTH, 0, Tuple.HALF),
  VCVTPS2PH(Form.MRI, 1, 3, 0x1D, Has.BOTH, 0, Tuple.HALF),
  /** Two vectors to bfloat16, the second operand in the upper half. */
  VCVTNE2PS2BF16(Form.RVM, 3, 2, 0x72, Has.EVEX, 0, Tuple.FULL),
  VPERMW(Form.RVM, 1, 2, 0x8D, Has.EVEX, 1, Tuple.WHOLE),
  /** The result is a mask. */
  VCMPPS_MASK(Form.KVMI, 0, 1, 0xC2, Has.EVEX, 0, Tuple.FULL);

  /** Operands in Intel's order; R is in ModRM.reg, V in vvvv, M in ModRM.rm (register or memory), I an immediate byte. */
  enum Form {
    /** Register from M, or M from register by the store's opcode. */
    MOVE,
    /** As {@link #MOVE}, with a memory operand. */
    MOVE_MEMORY,
    /** As {@link #MOVE}, where M is a general register or memory. */
    MOVE_GPR,
    /** R, V (the mask), memory; or memory, V, R by the store's opcode. */
    MASK_MOVE,
    RM, RMI, MRI, RVM, RVMI,
    /** The fourth operand is a register, in the upper half of the immediate. */
    RVMR,
    /** The first operand is a mask. */
    KVMI,
    /** V, M, I; ModRM.reg is part of the opcode. */
    SHIFT
  }

  enum Has {
    VEX, EVEX, BOTH
  }

  /** Size of a memory operand: the unit of EVEX's 8-bit displacements. */
  enum Tuple {
    /** A vector, or one element of it for all lanes. */
    FULL,
    /** A vector. */
    WHOLE, HALF, QUARTER, SCALAR4, SCALAR8, LANE128, LANE256;

    /** Bytes. */
    int size(int vectorBytes) {
      return switch (this) {
        case FULL, WHOLE -> vectorBytes;
        case HALF -> vectorBytes / 2;
        case QUARTER -> vectorBytes / 4;
        case SCALAR4 -> 4;
        case SCALAR8 -> 8;
        case LANE128 -> 16;
        case LANE256 -> 32;
      };
    }
  }

  final Form form;
  /** 0 none, 1 = 66, 2 = F3, 3 = F2. */
  final int prefix;
  /** 1 = 0F, 2 = 0F 38, 3 = 0F 3A. */
  final int map;
  final int opcode;
  /** Opcode of the store; of a shift, what stands in ModRM.reg. */
  final int second;
  final Has has;
  /** EVEX.W; VEX.W is zero but for 64-bit general registers. */
  final int w;
  final Tuple tuple;
  /** Shortest vectors, in bits. */
  final int least;

  Op(Form form, int prefix, int map, int opcode, int second, Has has, int w, Tuple tuple) {
    this(form, prefix, map, opcode, second, has, w, tuple, 128);
  }

  Op(Form form, int prefix, int map, int opcode, Has has, int w, Tuple tuple) {
    this(form, prefix, map, opcode, -1, has, w, tuple, 128);
  }

  Op(Form form, int prefix, int map, int opcode, Has has, int w, Tuple tuple, int least) {
    this(form, prefix, map, opcode, -1, has, w, tuple, least);
  }

  Op(Form form, int prefix, int map, int opcode, int second, Has has, int w, Tuple tuple, int least) {
    this.form = form;
    this.prefix = prefix;
    this.map = map;
    this.opcode = opcode;
    this.second = second;
    this.has = has;
    this.w = w;
    this.tuple = tuple;
    this.least = least;
  }
}
