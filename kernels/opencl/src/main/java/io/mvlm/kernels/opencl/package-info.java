/**
 * The backend {@code opencl}: the contract of {@link io.mvlm.core.Backend} on an OpenCL 1.2 device. Weights, activations, keys and values
 * stay on the device; the arithmetic, in 32-bit floats, is in the {@code .cl} resources of this package, one file per family.
 */
package io.mvlm.kernels.opencl;
