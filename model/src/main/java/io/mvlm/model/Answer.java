package io.mvlm.model;

/**
 * What the model said.
 *
 * @param text without stop strings and control tokens
 * @param tokens ids as generated, an end token included
 * @param finish why it ended
 * @param statistics what it cost
 */
public record Answer(String text, int[] tokens, FinishReason finish, Statistics statistics) {}
