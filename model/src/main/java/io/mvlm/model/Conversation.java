package io.mvlm.model;

import io.mvlm.core.Cancellation;
import io.mvlm.core.CancelledException;
import io.mvlm.model.chat.Message;
import io.mvlm.model.chat.PromptPart;
import io.mvlm.model.image.RgbImage;
import io.mvlm.model.sampling.GenerationOptions;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Questions and answers that build on each other. Keys and values of all that was said stay in a cache, so each turn only reads what is
 * new.
 *
 * <p>One thread at a time asks. {@link #close} may be called from another, and closing the model closes it too: the answer in progress ends
 * with {@link FinishReason#CANCELLED}, be it while pictures are encoded, the question is read or the answer is generated. An interrupt of
 * the asking thread does the same and leaves its interrupt status set. A turn that fails before its answer begins leaves the conversation
 * as it was.
 */
public final class Conversation implements AutoCloseable {
  private final MobileVlm model;
  private final Sequence sequence;
  private final ReentrantLock busy = new ReentrantLock();
  private volatile boolean closed;
  private boolean begun;
  /** Ids of all that was said, pictures left out: what the repeat penalty looks back on. */
  private final IntArrayList said = new IntArrayList();
  /** The end of {@link #said} that the cache does not hold yet. */
  private IntList pending = IntList.of();

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
     * @throws IllegalStateException if the conversation or its model is closed, the listener of its answer is asking, or there are pictures
     *     and no vision file
     * @throws IllegalArgumentException if a picture was encoded by a model of another width
     */
    public Answer stream(Consumer<String> listener) {
      if (busy.isHeldByCurrentThread()) {
        throw new IllegalStateException("an answer of this conversation is in progress: its listener cannot ask");
      }
      busy.lock();
      try {
        return Cancellation.during(() -> closed, () -> ask(this, listener));
      } finally {
        if (closed) {
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

  /** Positions in use, at most the context. A last word that finds none of its own is in the answer, but not held. */
  public int position() {
    return sequence.length() + pending.size();
  }

  /** Ids of all that was said, pictures left out. */
  int[] said() {
    return said.toIntArray();
  }

  private Answer ask(Turn turn, Consumer<String> listener) {
    model.requireOpen();
    if (closed) {
      throw new IllegalStateException("the conversation is closed");
    }
    Message message = Message.user(turn.text, turn.images.size() + turn.embeddings.size());
    turn.embeddings.forEach(model::requireWidth);
    List<PromptPart> parts = begun ? model.prompts().encodeNext(message, false) : model.prompts().encode(List.of(message));
    long imageTokens = turn.embeddings.stream().mapToLong(ImageEmbedding::tokens).sum()
        + (turn.images.isEmpty() ? 0 : (long) turn.images.size() * model.requireVision().tokens());
    IntArrayList prompt = new IntArrayList();
    for (PromptPart part : parts) {
      if (part instanceof PromptPart.Tokens tokens) {
        prompt.addElements(prompt.size(), tokens.ids());
      }
    }
    sequence.requireRoom(pending.size() + imageTokens + prompt.size());

    int rows = pending.size() + (int) imageTokens + prompt.size();
    int start = sequence.length();
    Generation generation = new Generation(model, turn.options, listener);
    generation.saw(said());
    generation.saw(prompt.toIntArray());
    try {
      long t0 = System.nanoTime();
      List<ImageEmbedding> embeddings = new ArrayList<>(turn.embeddings);
      turn.images.forEach(image -> embeddings.add(model.requireVision().encode(image)));
      long t1 = System.nanoTime();
      IntSupplier first = generation.read(sequence, chunks(parts, embeddings));
      begun = true;
      long t2 = System.nanoTime();
      FinishReason finish = generation.run(sequence, first, () -> closed || Thread.currentThread().isInterrupted());
      long t3 = System.nanoTime();
      return generation.answer(finish, new Statistics(turn.images.size(), (int) imageTokens, millis(t0, t1), rows, millis(t1, t2),
          generation.tokenCount(), millis(t2, t3)));
    } catch (RuntimeException | Error e) {
      if (!generation.begun()) {
        sequence.truncate(start);
        if (e instanceof CancelledException) {
          return generation.answer(FinishReason.CANCELLED, new Statistics(0, 0, 0, 0, 0, 0, 0));
        }
      }
      throw e;
    } finally {
      if (generation.begun()) {
        IntList answer = generation.settle(sequence);
        pending = answer.subList(sequence.length() - start - rows, answer.size());
        said.addAll(prompt);
        said.addAll(answer);
      }
    }
  }

  private List<PromptChunk> chunks(List<PromptPart> parts, List<ImageEmbedding> embeddings) {
    List<PromptChunk> chunks = new ArrayList<>();
    if (!pending.isEmpty()) {
      chunks.add(new PromptChunk.Ids(pending.toIntArray()));
    }
    for (PromptPart part : parts) {
      chunks.add(switch (part) {
        case PromptPart.Tokens tokens -> new PromptChunk.Ids(tokens.ids());
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
    model.forget(this);
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
