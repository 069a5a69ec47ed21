package io.mvlm.model.chat;

import io.mvlm.model.tokenizer.Tokenizer;
import io.mvlm.model.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Conversations as token ids, with a template and a tokenizer. Each text between special tokens or images is tokenised by itself, and in
 * none of them anything is parsed as special: special tokens come from the template alone. Immutable.
 */
public final class PromptEncoder {
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final int endOfTurn;

  public PromptEncoder(Tokenizer tokenizer, ChatTemplate template) {
    this.tokenizer = tokenizer;
    this.template = template;
    endOfTurn = template.endOfTurn().map(tokenizer::special).orElse(tokenizer.eos());
  }

  public ChatTemplate template() {
    return template;
  }

  /**
   * A whole conversation, with the begin-of-text token where the vocabulary asks for it.
   *
   * @see ChatTemplate#render
   * @throws IllegalArgumentException if the messages do not come in turn
   */
  public List<PromptPart> encode(List<Message> messages) {
    List<Segment> segments = template.render(messages);
    List<Segment> all = new ArrayList<>();
    if (tokenizer.addBos() && !segments.get(0).equals(new Segment.Begin())) {
      all.add(new Segment.Begin());
    }
    all.addAll(segments);
    return encode(all, false);
  }

  /**
   * What a conversation adds after an answer, for a cache that holds everything up to the end of that answer. The ids are those that
   * {@link #encode(List)} gives there, images numbered from 0 again.
   *
   * @param question the user's next message
   * @param ended whether the cache holds {@link #endOfTurn()} behind the answer
   * @throws IllegalArgumentException if the message is not a user's
   */
  public List<PromptPart> encodeNext(Message question, boolean ended) {
    return encode(template.renderNext(question, ended), !ended);
  }

  /** Text that is no conversation: the begin-of-text token where the vocabulary asks for it, and the text with nothing special in it. */
  public List<PromptPart> encodePlain(String text) {
    List<Segment> segments = new ArrayList<>();
    if (tokenizer.addBos()) {
      segments.add(new Segment.Begin());
    }
    segments.add(new Segment.Text(text));
    return encode(segments, false);
  }

  /** The token that ends an answer, or {@link Vocabulary#NONE} if the vocabulary has none; see {@link #stopStrings()}. */
  public int endOfTurn() {
    return endOfTurn;
  }

  /** Whether an answer ends where the model generates this token. */
  public boolean isStop(int id) {
    return id == endOfTurn && id != Vocabulary.NONE || tokenizer.isEndOfGeneration(id);
  }

  /** Strings that end an answer besides the tokens: the template's end, where the vocabulary has no token for it. */
  public List<String> stopStrings() {
    return endOfTurn != Vocabulary.NONE ? List.of() : List.of(template.endOfTurn().orElse("</s>"));
  }

  private List<PromptPart> encode(List<Segment> segments, boolean continues) {
    Parts parts = new Parts(continues);
    for (Segment segment : segments) {
      switch (segment) {
        case Segment.Text text -> parts.text(text.text());
        case Segment.Control control -> {
          int id = tokenizer.special(control.text());
          if (id == Vocabulary.NONE) {
            parts.text(control.text());
          } else {
            parts.token(id);
          }
        }
        case Segment.Begin ignored -> parts.token(tokenizer.bos());
        case Segment.End ignored -> parts.token(tokenizer.eos());
        case Segment.Image image -> parts.image(image.index());
      }
    }
    return parts.finish();
  }

  /** Puts texts together, tokenises them, and ids together up to the next image. */
  private final class Parts {
    private final List<PromptPart> parts = new ArrayList<>();
    private final StringBuilder pending = new StringBuilder();
    private boolean continues;
    private int[] ids = {};

    Parts(boolean continues) {
      this.continues = continues;
    }

    void text(String text) {
      pending.append(text);
    }

    void token(int id) {
      if (id != Vocabulary.NONE) {
        endText();
        append(id);
        continues = false;
      }
    }

    void image(int index) {
      endTokens();
      parts.add(new PromptPart.Image(index));
      continues = false;
    }

    private void append(int... more) {
      int count = ids.length;
      ids = Arrays.copyOf(ids, count + more.length);
      System.arraycopy(more, 0, ids, count, more.length);
    }

    private void endText() {
      if (!pending.isEmpty()) {
        append(tokenizer.encode(pending.toString(), false, continues));
        pending.setLength(0);
        continues = false;
      }
    }

    private void endTokens() {
      endText();
      if (ids.length > 0) {
        parts.add(new PromptPart.Tokens(ids));
        ids = new int[0];
      }
    }

    List<PromptPart> finish() {
      endTokens();
      return List.copyOf(parts);
    }
  }
}
