/**
 * The bundled model's files, and fresh scenes to examine it with: pictures by the grammar that it was trained on
 * ({@code docs/demo-scenes.md}), drawn by Java2D with signs in other fonts than those of its training.
 */
package io.mvlm.model.demo;
