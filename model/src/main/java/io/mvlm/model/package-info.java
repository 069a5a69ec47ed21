/**
 * The library's face: {@link io.mvlm.model.MobileVlm} loads a pair of files and answers questions about pictures,
 * {@link io.mvlm.model.Conversation} keeps what was said.
 */
package io.mvlm.model;
