/**
 * CPU kernels in the JDK's Vector API, for every vector width. Only {@link io.mvlm.kernels.vector.VectorBackendProvider} is free of references
 * to the incubator module, and links the rest when that module is there.
 */
package io.mvlm.kernels.vector;
