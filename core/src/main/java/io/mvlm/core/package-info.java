/**
 * The ground floor: tensor types with their block formats, shapes, the {@link io.mvlm.core.Backend} contract that the
 * model code is written against, and the {@link io.mvlm.core.Workers} that run CPU work.
 */
package io.mvlm.core;
