/** An assembler for x86-64: the instructions that the kernels need, in VEX and EVEX encodings. */
package io.mvlm.kernels.codegen.x86;
