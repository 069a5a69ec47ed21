package io.mvlm.model;

import io.mvlm.core.CancelledException;
import io.mvlm.model.sampling.GenerationOptions;
import io.mvlm.model.sampling.Sampler;
import io.mvlm.model.sampling.StopStrings;
import io.mvlm.model.tokenizer.StreamingDecoder;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

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

  /** @param logits behind the prompt */
  FinishReason run(Sequence sequence, float[] logits, BooleanSupplier cancelled) {
    start = sequence.length();
    try {
      while (!cancelled.getAsBoolean()) {
        int id = sampler.next(logits);
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
        logits = sequence.read(List.of(new PromptChunk.Ids(id)));
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
   * Leaves the cache with what the answer says and nothing behind it (no end token, no stop string).
   *
   * @return tokens of the answer that the cache lacks
   */
  List<Integer> settle(Sequence sequence) {
    int kept = tokens.size();
    while (kept > 0 && (model.prompts().isStop(tokens.getInt(kept - 1)) || stops.found().isPresent() && lengths.getInt(kept - 1) > text.length())) {
      kept--;
    }
    int inCache = sequence.length() - start;
    if (inCache > kept) {
      sequence.truncate(start + kept);
    }
    return inCache >= kept ? List.of() : List.copyOf(tokens.subList(inCache, kept));
  }
}
