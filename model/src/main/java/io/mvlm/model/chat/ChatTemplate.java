package io.mvlm.model.chat;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How messages become a prompt. Only known templates exist; a template in a file is recognised by its marks, never interpreted. Immutable.
 */
public final class ChatTemplate {
  private static final String VICUNA_SYSTEM = "A chat between a curious user and an artificial intelligence assistant. "
      + "The assistant gives helpful, detailed, and polite answers to the user's questions.";
  private static final ChatTemplate VICUNA = new ChatTemplate(ChatFormat.VICUNA, VICUNA_SYSTEM);

  private final ChatFormat format;
  private final String defaultSystem;

  private ChatTemplate(ChatFormat format, String defaultSystem) {
    this.format = format;
    this.defaultSystem = defaultSystem;
  }

  private static ChatTemplate of(ChatFormat format) {
    return format == ChatFormat.VICUNA ? VICUNA : new ChatTemplate(format, "");
  }

  /** {@code vicuna_v1}, with which MobileVLM was trained; the template for files that bring none that is known. */
  public static ChatTemplate vicuna() {
    return VICUNA;
  }

  /** One name of each template; {@link #named} also knows other spellings. */
  public static List<String> names() {
    return Arrays.stream(ChatFormat.values()).map(ChatFormat::label).toList();
  }

  /**
   * A template by its name, of which case, hyphens and underscores do not matter; {@code vicuna_v1}, as
   * the training code calls it, is vicuna.
   *
   * @throws IllegalArgumentException if the name is unknown; the message lists those that are known
   */
  public static ChatTemplate named(String name) {
    String plain = plain(name);
    for (ChatFormat format : ChatFormat.values()) {
      if (plain.equals(plain(format.label())) || format == ChatFormat.VICUNA && plain.equals("vicunav1")) {
        return of(format);
      }
    }
    String known = names().stream().collect(Collectors.joining(", "));
    throw new IllegalArgumentException("chat template '" + name + "' is unknown, expected one of " + known);
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }

  /**
   * Recognises the template that a file brings, and its default system message where it has one.
   *
   * @param jinja the source of the template, {@code tokenizer.chat_template}
   * @return empty if it is none of the known ones
   */
  public static Optional<ChatTemplate> detect(String jinja) {
    if (jinja.contains("<|im_start|>") && jinja.contains("<|im_end|>") && !jinja.contains("<|im_sep|>")) {
      return Optional.of(new ChatTemplate(ChatFormat.CHATML, chatmlSystem(jinja)));
    }
    if (jinja.contains("<|start_header_id|>") && jinja.contains("<|end_header_id|>") && jinja.contains("<|eot_id|>")) {
      return Optional.of(of(ChatFormat.LLAMA_3));
    }
    if (jinja.contains("[INST]") && jinja.contains("<<SYS>>")) {
      return Optional.of(of(ChatFormat.LLAMA_2));
    }
    if (jinja.contains("USER:") && jinja.contains("ASSISTANT:")) {
      return Optional.of(VICUNA);
    }
    return Optional.empty();
  }

  /** The text between {@code <|im_start|>system\n} and {@code <|im_end|>} where that is one string literal, else empty. */
  private static String chatmlSystem(String jinja) {
    String start = "<|im_start|>system";
    for (int at = jinja.indexOf(start); at >= 0; at = jinja.indexOf(start, at + 1)) {
      int from = at + start.length();
      int end = jinja.indexOf("<|im_end|>", from);
      if (end < 0) {
        break;
      }
      int lineBreak = jinja.startsWith("\\n", from) ? 2 : jinja.startsWith("\n", from) ? 1 : 0;
      String text = jinja.substring(from + lineBreak, end);
      if (lineBreak > 0 && isLiteral(text)) {
        return unescape(text);
      }
    }
    return "";
  }

  /** Whether no string literal ends, and no expression begins, inside this part of one. */
  private static boolean isLiteral(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '\'' || c == '"' || c == '{' || c == '}') {
        return false;
      }
    }
    return true;
  }

  private static String unescape(String literal) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c == '\\' && i + 1 < literal.length()) {
        char escaped = literal.charAt(++i);
        text.append(switch (escaped) {
          case 'n' -> '\n';
          case 't' -> '\t';
          default -> escaped;
        });
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  /** One of {@link #names()}. */
  public String name() {
    return format.label();
  }

  /** The system message of conversations that bring none; empty for none. */
  public String defaultSystem() {
    return defaultSystem;
  }

  /** The same template with another default system message; empty for none. */
  public ChatTemplate withDefaultSystem(String system) {
    return new ChatTemplate(format, system);
  }

  /** The piece that ends an answer, where that is not the vocabulary's end-of-text token. */
  public Optional<String> endOfTurn() {
    return format.endOfTurn();
  }

  /**
   * A whole conversation, up to where the model answers.
   *
   * @param messages at first a system message or none (then the default one holds; an empty one means no system message), then questions
   *     and answers in turn, a question at the end
   * @throws IllegalArgumentException if the messages come in another order
   */
  public List<Segment> render(List<Message> messages) {
    boolean hasSystem = !messages.isEmpty() && messages.get(0).role() == Message.Role.SYSTEM;
    String system = hasSystem ? messages.get(0).content() : defaultSystem;
    List<Message> turns = messages.subList(hasSystem ? 1 : 0, messages.size());
    if (turns.size() % 2 == 0) {
      throw new IllegalArgumentException(turns.size() + " questions and answers, expected an odd number: the last one is a question");
    }
    SegmentList out = new SegmentList();
    format.begin(out, system);
    for (int i = 0; i < turns.size(); i++) {
      Message message = turns.get(i);
      Message.Role expected = i % 2 == 0 ? Message.Role.USER : Message.Role.ASSISTANT;
      if (message.role() != expected) {
        throw new IllegalArgumentException("message " + i + " after the system message is of " + message.role() + ", expected " + expected);
      }
      if (expected == Message.Role.USER) {
        format.user(out, message, i == 0 ? system : "");
      } else {
        format.answer(out, message.content());
        format.finish(out, false);
      }
    }
    return out.segments();
  }

  /**
   * What follows an answer that was just generated, up to where the model answers again.
   *
   * @param question the user's next message
   * @param ended whether the token that ends the answer stands behind it already
   * @throws IllegalArgumentException if the message is not a user's
   */
  public List<Segment> renderNext(Message question, boolean ended) {
    if (question.role() != Message.Role.USER) {
      throw new IllegalArgumentException("the next message is of " + question.role() + ", expected " + Message.Role.USER);
    }
    SegmentList out = new SegmentList();
    format.finish(out, ended);
    format.user(out, question, "");
    return out.segments();
  }
}
