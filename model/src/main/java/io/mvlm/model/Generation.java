package io.mvlm.model;

import io.mvlm.core.Activation;
import io.mvlm.core.CancelledException;
import io.mvlm.core.Execution;
import io.mvlm.core.TopValues;
import io.mvlm.model.sampling.GenerationOptions;
import io.mvlm.model.sampling.Sampler;
import io.mvlm.model.sampling.StopStrings;
import io.mvlm.model.tokenizer.StreamingDecoder;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** One answer as it comes into being, token by token. For one thread. */
final class Generation {
  private final MobileVlm model;
  private final GenerationOptions options;
  private final Consumer<String> listener;
  private final Sampler sampler;
  private final StreamingDecoder decoder;
  private final StopStrings stops;
  private final StringBuilder text = new StringBuilder();
  private final IntArrayList tokens = new IntArrayList();
  /** Characters of all tokens up to each one, those that a stop string cut off included. */
  private final IntArrayList lengths = new IntArrayList();
  private int start = -1;
  private int decoded;

  Generation(MobileVlm model, GenerationOptions options, Consumer<String> listener) {
    this.model = model;
    this.options = options;
    this.listener = listener;
    sampler = new Sampler(options);
    decoder = model.tokenizer().decoder();
    List<String> strings = new ArrayList<>(options.stop());
    strings.addAll(model.prompts().stopStrings());
    stops = new StopStrings(strings);
  }

  /** Tells what the prompt says, for the repeat penalty. */
  void saw(int... ids) {
    sampler.saw(ids);
  }

  /** Whether {@link #run} was entered. */
  boolean begun() {
    return start >= 0;
  }

  int tokenCount() {
    return tokens.size();
  }

  /** Reads {@code chunks} up to the place where the next token stands. */
  IntSupplier read(Sequence sequence, List<PromptChunk> chunks) {
    return sequence.read(chunks, this::take);
  }

  /** Brings over what the next token is chosen from; the choice is made when it is asked for. */
  private IntSupplier take(Execution e, Activation logits) {
    // Some tables have more rows than the vocabulary has tokens, to round their number up: those mean nothing.
    Activation nameable = e.columns(logits, 0, model.tokenizer().size());
    int needed = sampler.needed();
    if (needed == 0) {
      float[] all = e.read(nameable);
      return () -> sampler.next(all);
    }
    TopValues best = e.top(nameable, Math.min(needed, nameable.columns()));
    return () -> sampler.next(best);
  }

  /** @param first chooses the first token, from what {@link #read} found behind the prompt */
  FinishReason run(Sequence sequence, IntSupplier first, BooleanSupplier cancelled) {
    IntSupplier next = first;
    start = sequence.length();
    try {
      while (!cancelled.getAsBoolean()) {
        int id = next.getAsInt();
        tokens.add(id);
        if (model.prompts().isStop(id)) {
          lengths.add(decoded);
          return finish(FinishReason.END);
        }
        String piece = decoder.push(id);
        decoded += piece.length();
        lengths.add(decoded);
        say(stops.push(piece));
        if (stops.found().isPresent()) {
          return FinishReason.STOP_STRING;
        }
        if (tokens.size() == options.maxTokens()) {
          return finish(FinishReason.MAX_TOKENS);
        }
        if (sequence.room() == 0) {
          return finish(FinishReason.CONTEXT_FULL);
        }
        next = read(sequence, List.of(new PromptChunk.Ids(id)));
      }
    } catch (CancelledException e) {
      // as if the question above had been answered with yes
    }
    return finish(FinishReason.CANCELLED);
  }

  private FinishReason finish(FinishReason reason) {
    say(stops.push(decoder.flush()));
    say(stops.flush());
    return reason;
  }

  private void say(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      listener.accept(piece);
    }
  }

  Answer answer(FinishReason finish, Statistics statistics) {
    return new Answer(text.toString(), tokens.toIntArray(), finish, statistics);
  }

  /**
   * Leaves the cache with what the answer says and nothing behind it: no end token, no stop string.
   *
   * @return ids of what the answer says, as far as the context has positions for them; the cache may hold fewer. Where a stop string cut a
   *     token in two, the first half is tokenised anew
   */
  IntList settle(Sequence sequence) {
    int kept = tokens.size();
    boolean cut = stops.found().isPresent();
    while (kept > 0 && (model.prompts().isStop(tokens.getInt(kept - 1)) || cut && !isWithinText(kept - 1))) {
      kept--;
    }
    if (sequence.length() - start > kept) {
      sequence.truncate(start + kept);
    }
    IntArrayList said = new IntArrayList(tokens.subList(0, kept));
    String rest = cut ? text.substring(lengthBefore(kept)) : "";
    if (!rest.isEmpty()) {
      said.addElements(kept, model.tokenizer().encode(rest, false, kept > 0));
    }
    said.size(Math.min(said.size(), sequence.length() - start + sequence.room()));
    return said;
  }

  /** Whether the token adds to the text, and nothing beyond its end. */
  private boolean isWithinText(int token) {
    return lengths.getInt(token) <= text.length() && lengthBefore(token) < text.length();
  }

  private int lengthBefore(int token) {
    return token == 0 ? 0 : lengths.getInt(token - 1);
  }
}
