package io.mvlm.model;

import io.mvlm.core.CancelledException;
import io.mvlm.model.chat.Message;
import io.mvlm.model.chat.PromptPart;
import io.mvlm.model.image.RgbImage;
import io.mvlm.model.sampling.GenerationOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Questions and answers that build on each other. Keys and values of all that was said stay in a cache, so each turn only reads what is new.
 *
 * <p>One thread at a time asks. {@link #close} may be called from another: the answer in progress ends with {@link FinishReason#CANCELLED}.
 * An interrupt of the asking thread does the same and leaves its interrupt status set. A turn that fails before its answer begins leaves the
 * conversation as it was.
 */
public final class Conversation implements AutoCloseable {
  private final MobileVlm model;
  private final Sequence sequence;
  private final ReentrantLock busy = new ReentrantLock();
  private volatile boolean closed;
  private boolean begun;
  /** Tokens of the last answer that the cache does not hold yet. */
  private List<Integer> pending = List.of();

  Conversation(MobileVlm model, Sequence sequence) {
    this.model = model;
    this.sequence = sequence;
  }

  /** A question that is ready to be asked. */
  public final class Turn {
    private final String text;
    private final List<RgbImage> images;
    private final List<ImageEmbedding> embeddings;
    private GenerationOptions options = GenerationOptions.defaults();

    private Turn(String text, List<RgbImage> images, List<ImageEmbedding> embeddings) {
      this.text = text;
      this.images = images;
      this.embeddings = embeddings;
    }

    /** Sets how the answer is generated. */
    public Turn options(GenerationOptions generation) {
      this.options = generation;
      return this;
    }

    /** Asks, and waits for the whole answer. See {@link #stream} for what it throws. */
    public Answer answer() {
      return stream(piece -> {});
    }

    /**
     * Asks.
     *
     * @param listener gets the answer piece by piece, in the calling thread; no piece ends inside a character
     * @throws io.mvlm.core.ContextFullException if question and pictures do not fit; nothing was computed then
     * @throws IllegalStateException if the conversation is closed, or there are pictures and no vision file
     */
    public Answer stream(Consumer<String> listener) {
      busy.lock();
      try {
        return ask(this, listener);
      } finally {
        if (closed && busy.getHoldCount() == 1) {
          sequence.close();
        }
        busy.unlock();
      }
    }
  }

  /** A question about pictures that are encoded already; the pictures come first. */
  public Turn user(String text, ImageEmbedding... images) {
    return new Turn(text, List.of(), List.of(images));
  }

  /** A question about pictures; they come first. */
  public Turn user(String text, RgbImage... images) {
    return new Turn(text, List.of(images), List.of());
  }

  /** A question without pictures. */
  public Turn user(String text) {
    return new Turn(text, List.of(), List.of());
  }

  /** Positions in use. */
  public int position() {
    return sequence.length() + pending.size();
  }

  private Answer ask(Turn turn, Consumer<String> listener) {
    if (closed) {
      throw new IllegalStateException("the conversation is closed");
    }
    Message message = Message.user(turn.text, turn.images.size() + turn.embeddings.size());
    List<PromptPart> parts = begun ? model.prompts().encodeNext(message, false) : model.prompts().encode(List.of(message));
    int imageTokens = turn.embeddings.stream().mapToInt(ImageEmbedding::tokens).sum()
        + (turn.images.isEmpty() ? 0 : turn.images.size() * model.requireVision().tokens());
    int rows = pending.size() + imageTokens;
    for (PromptPart part : parts) {
      rows += part instanceof PromptPart.Tokens tokens ? tokens.ids().length : 0;
    }
    sequence.requireRoom(rows);

    int start = sequence.length();
    Generation generation = new Generation(model, turn.options, listener);
    try {
      long t0 = System.nanoTime();
      List<ImageEmbedding> embeddings = new ArrayList<>(turn.embeddings);
      turn.images.forEach(image -> embeddings.add(model.encode(image)));
      long t1 = System.nanoTime();
      float[] logits = sequence.read(chunks(parts, embeddings, generation));
      pending = List.of();
      begun = true;
      long t2 = System.nanoTime();
      FinishReason finish = generation.run(sequence, logits, () -> closed || Thread.currentThread().isInterrupted());
      long t3 = System.nanoTime();
      return generation.answer(finish, new Statistics(turn.images.size(), imageTokens, millis(t0, t1), rows, millis(t1, t2),
          generation.tokenCount(), millis(t2, t3)));
    } catch (CancelledException e) {
      sequence.truncate(start);
      return generation.answer(FinishReason.CANCELLED, new Statistics(0, 0, 0, 0, 0, 0, 0));
    } catch (RuntimeException | Error e) {
      if (!generation.begun()) {
        sequence.truncate(start);
      }
      throw e;
    } finally {
      if (generation.begun()) {
        pending = generation.settle(sequence);
      }
    }
  }

  private List<PromptChunk> chunks(List<PromptPart> parts, List<ImageEmbedding> embeddings, Generation generation) {
    List<PromptChunk> chunks = new ArrayList<>();
    if (!pending.isEmpty()) {
      chunks.add(new PromptChunk.Ids(pending.stream().mapToInt(Integer::intValue).toArray()));
    }
    for (PromptPart part : parts) {
      chunks.add(switch (part) {
        case PromptPart.Tokens tokens -> {
          generation.saw(tokens.ids());
          yield new PromptChunk.Ids(tokens.ids());
        }
        case PromptPart.Image image -> new PromptChunk.Picture(embeddings.get(image.index()));
      });
    }
    return chunks;
  }

  private static double millis(long from, long to) {
    return (to - from) / 1e6;
  }

  /** Ends the conversation and frees its cache; an answer in progress ends as cancelled first. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (busy.isHeldByCurrentThread()) {
      return; // called by a listener: the turn frees the cache when it ends
    }
    busy.lock();
    try {
      sequence.close();
    } finally {
      busy.unlock();
    }
  }
}
