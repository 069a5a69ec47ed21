package io.mvlm.model.chat;

/**
 * One message of a conversation. Immutable.
 *
 * @param role who wrote it
 * @param content its text; never parsed for special tokens
 * @param images how many images stand before the text, at least 0; only a user shows images
 */
public record Message(Role role, String content, int images) {
  /** Who wrote a message. */
  public enum Role { SYSTEM, USER, ASSISTANT }

  /** @throws IllegalArgumentException for a negative number of images, or images that are not a user's */
  public Message {
    if (images < 0 || images > 0 && role != Role.USER) {
      throw new IllegalArgumentException(images + " images in a message of " + role + ", expected 0, or more from a user");
    }
  }

  public static Message system(String content) {
    return new Message(Role.SYSTEM, content, 0);
  }

  public static Message user(String content) {
    return new Message(Role.USER, content, 0);
  }

  public static Message user(String content, int images) {
    return new Message(Role.USER, content, images);
  }

  public static Message assistant(String content) {
    return new Message(Role.ASSISTANT, content, 0);
  }
}
