/**
 * Models of random weights in the shapes of published ones, to measure speed and memory, and to test, without weights.
 * {@link io.mvlm.model.synth.SyntheticModel} writes them.
 */
package io.mvlm.model.synth;
