/** From an image file to the vision model's pixels: decoding, orientation, padding, resizing, normalising. */
package io.mvlm.model.image;
