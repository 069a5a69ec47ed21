/** Benchmarks of single kernels, by JMH; whole models are measured by {@code mvlm bench}. */
package io.mvlm.bench;
