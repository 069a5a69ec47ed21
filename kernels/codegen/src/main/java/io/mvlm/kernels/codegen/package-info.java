/** The backend {@code codegen}: kernels generated for the processor found, called through {@code java.lang.foreign}. */
package io.mvlm.kernels.codegen;
