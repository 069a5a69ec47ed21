/**
 * The CPU backend. {@link io.mvlm.kernels.cpu.CpuBackend} owns threads, weights and scratch memory and takes its arithmetic from a table,
 * {@link io.mvlm.kernels.cpu.CpuKernels}; {@link io.mvlm.kernels.cpu.ScalarKernels} is the table of plain loops that defines the meaning.
 */
package io.mvlm.kernels.cpu;
