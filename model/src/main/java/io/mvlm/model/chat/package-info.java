/**
 * Conversations as models were trained to see them: messages become segments by a known template, segments become tokens. What a user or
 * the model wrote is always plain text in them.
 */
package io.mvlm.model.chat;
