package io.mvlm.model;

import io.mvlm.core.Backend;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.KvCache;
import io.mvlm.core.Tensor;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.chat.ChatTemplate;
import io.mvlm.model.chat.PromptEncoder;
import io.mvlm.model.demo.DemoFile;
import io.mvlm.model.image.RgbImage;
import io.mvlm.model.llama.Llama;
import io.mvlm.model.llama.LlamaConfig;
import io.mvlm.model.sampling.GenerationOptions;
import io.mvlm.model.tokenizer.Tokenizer;
import io.mvlm.model.tokenizer.VocabularyReader;
import io.mvlm.model.weights.WeightLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * MobileVLM (V1 and V2), LLaVA-1.5 with its perceptron, or a LLaMA alone: loads files, answers questions.
 *
 * <p>Thread-safe: any number of threads may ask, encode and hold conversations side by side; their passes take turns on the processors.
 * {@link #close} ends what is in progress: answers with {@link FinishReason#CANCELLED}, other work with
 * {@link io.mvlm.core.CancelledException}. From then on everything that computes throws {@link IllegalStateException}.
 *
 * <p>What files, pictures and the machine can do wrong ends in an {@link io.mvlm.core.MvlmException} with a message of one line.
 */
public final class MobileVlm implements AutoCloseable {
  /** Rows whose logits are held at a time when every row's are wanted. */
  private static final int SCORED_ROWS = 128;
  /** Positions of a first question about a picture, and of a short answer: a cache that grows by need takes so many at least. */
  private static final int FIRST_POSITIONS = 256;

  private final Backend backend;
  private final ExecutionPool executions;
  private final VisionPipeline vision;
  private final Llama llama;
  private final Tokenizer tokenizer;
  private final PromptEncoder prompts;
  private final LoadOptions options;
  private final int context;
  private final long loadMillis;
  private final Set<Conversation> conversations = new HashSet<>(); // also guards closed
  private volatile boolean closed;

  /**
   * Loads with default options.
   *
   * @param mmproj the vision file, or null for text alone
   */
  public static MobileVlm load(Path languageModel, Path mmproj) {
    return load(languageModel, mmproj, LoadOptions.defaults());
  }

  /**
   * Loads a pair of files; they are not needed any more afterwards.
   *
   * @param mmproj the vision file, or null for text alone
   * @throws InvalidDataException if a file is damaged or the two do not fit together
   * @throws io.mvlm.core.UnsupportedFeatureException if a file asks for something that is not supported
   * @throws io.mvlm.core.BackendUnavailableException if the backend that was asked for cannot run
   */
  public static MobileVlm load(Path languageModel, Path mmproj, LoadOptions options) {
    try (GgufFile text = GgufFile.open(languageModel); GgufFile eyes = mmproj == null ? null : GgufFile.open(mmproj)) {
      return load(text, eyes, options);
    }
  }

  /**
   * Loads a pair of open files; they are not needed any more afterwards, and stay open.
   *
   * @param mmproj the vision file, or null for text alone
   * @throws InvalidDataException as {@link #load(Path, Path, LoadOptions)}
   * @throws io.mvlm.core.UnsupportedFeatureException as there
   * @throws io.mvlm.core.BackendUnavailableException as there
   */
  public static MobileVlm load(GgufFile languageModel, GgufFile mmproj, LoadOptions options) {
    long start = System.nanoTime();
    return Backends.open(options, backend -> new MobileVlm(languageModel, mmproj, backend, options, start));
  }

  /** The bundled model with default options. */
  public static MobileVlm demo() {
    return demo(LoadOptions.defaults());
  }

  /**
   * The small model that is part of this library: it describes drawn shapes and reads short words on signs, as {@code docs/demo-scenes.md}
   * says, and was made to try things with.
   *
   * @throws io.mvlm.core.MvlmException if its files were left out where this library was repacked
   * @throws io.mvlm.core.BackendUnavailableException if the backend that was asked for cannot run
   */
  public static MobileVlm demo(LoadOptions options) {
    try (GgufFile text = DemoFile.LANGUAGE.open(); GgufFile eyes = DemoFile.VISION.open()) {
      return load(text, eyes, options);
    }
  }

  private MobileVlm(GgufFile text, GgufFile eyes, Backend backend, LoadOptions options, long start) {
    this.backend = backend;
    this.options = options;
    this.executions = new ExecutionPool(backend);
    LlamaConfig config = LlamaConfig.of(text);
    tokenizer = Tokenizer.of(VocabularyReader.read(text.name(), text.metadata()));
    if (tokenizer.size() > config.vocabulary()) {
      throw new InvalidDataException(text.name() + ": the tokenizer has " + tokenizer.size() + " tokens, but token_embd.weight only "
          + config.vocabulary() + " rows");
    }
    tokenizer.warning().ifPresent(options.listener()::note);
    prompts = new PromptEncoder(tokenizer, template(text, options));
    context = context(text, config, options);
    long total = bytes(text) + (eyes == null ? 0 : bytes(eyes));
    KvCache.Spec cache = new KvCache.Spec(config.blocks(), config.kvHeads(), config.headSize(), context, options.kvType());
    backend.requireRoom(total + cache.byteSize(Math.min(context, FIRST_POSITIONS)));
    long[] done = {0};
    vision = eyes == null ? null : new VisionPipeline(eyes, backend, null, executions, progress(eyes, done, total));
    if (vision != null && vision.width() != config.width()) {
      throw new InvalidDataException(eyes.name() + ": its embeddings have " + vision.width() + " features, but " + text.name() + " takes "
          + config.width() + ": the two files do not belong together");
    }
    llama = new Llama(config, new WeightLoader(text, backend, progress(text, done, total)));
    loadMillis = (System.nanoTime() - start) / 1_000_000;
  }

  private static ChatTemplate template(GgufFile text, LoadOptions options) {
    Optional<String> source = Optional.ofNullable(text.metadata().string("tokenizer.chat_template", null));
    Optional<ChatTemplate> own = source.flatMap(ChatTemplate::detect);
    ChatTemplate template = options.template() != null ? ChatTemplate.named(options.template()) : own.orElse(ChatTemplate.vicuna());
    if (options.template() == null && source.isPresent() && own.isEmpty()) {
      options.listener().note(text.name() + ": its chat template is not a known one; using " + template.name());
    }
    return options.system() == null ? template : template.withDefaultSystem(options.system());
  }

  private static int context(GgufFile text, LlamaConfig config, LoadOptions options) {
    if (options.context() > config.context()) {
      options.listener().note(text.name() + ": a context of " + options.context() + " is more than the " + config.context()
          + " that the model was trained for");
    }
    return options.context() == 0 ? config.context() : options.context();
  }

  private static long bytes(GgufFile file) {
    return file.tensors().values().stream().mapToLong(Tensor::byteSize).sum();
  }

  private LongConsumer progress(GgufFile file, long[] done, long total) {
    return bytes -> options.listener().progress(file.name(), done[0] += bytes, total);
  }

  /** Whether a vision file was loaded. */
  public boolean seesImages() {
    return vision != null;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  public ChatTemplate template() {
    return prompts.template();
  }

  /** Positions of a conversation at most. */
  public int contextLength() {
    return context;
  }

  /** One line: which backend computes, and how. */
  public String backendDescription() {
    return backend.description();
  }

  public long loadMillis() {
    return loadMillis;
  }

  /** See {@link #ask(RgbImage, String, GenerationOptions)}. */
  public Answer ask(RgbImage image, String question) {
    return ask(image, question, GenerationOptions.defaults());
  }

  /**
   * Answers one question in a conversation of its own.
   *
   * @param image what it is about, or null
   * @throws io.mvlm.core.ContextFullException if question and picture do not fit into the context
   * @throws IllegalStateException if there is a picture and no vision file was loaded, or the model is closed
   */
  public Answer ask(RgbImage image, String question, GenerationOptions generation) {
    try (Conversation conversation = conversation()) {
      Conversation.Turn turn = image == null ? conversation.user(question) : conversation.user(question, image);
      return turn.options(generation).answer();
    }
  }

  /**
   * Encodes a picture: the expensive part of looking at it.
   *
   * @throws IllegalStateException if no vision file was loaded, or the model is closed
   * @throws io.mvlm.core.CancelledException if the calling thread is interrupted or the model closed meanwhile
   */
  public ImageEmbedding encode(RgbImage image) {
    requireOpen();
    return requireVision().encode(image);
  }

  /** A new conversation with the model's template and system message. @throws IllegalStateException if the model is closed */
  public Conversation conversation() {
    synchronized (conversations) {
      requireOpen();
      Conversation conversation = new Conversation(this, newSequence());
      conversations.add(conversation);
      return conversation;
    }
  }

  /** A conversation was closed. */
  void forget(Conversation conversation) {
    synchronized (conversations) {
      conversations.remove(conversation);
    }
  }

  /** An empty one, as long as the context. */
  Sequence newSequence() {
    return new Sequence(llama, backend, executions, context, options.kvType());
  }

  /**
   * How surprised the model is by each token after the first.
   *
   * @param ids the whole text, within one context; at least 2
   * @return −log p(ids[i + 1] | ids[0 … i]), natural logarithm, one fewer than ids
   * @throws IllegalArgumentException if an id is none of the vocabulary
   * @throws io.mvlm.core.ContextFullException if they do not fit into the context
   * @throws IllegalStateException if the model is closed
   * @throws io.mvlm.core.CancelledException if the calling thread is interrupted or the model closed meanwhile
   */
  public double[] negativeLogLikelihoods(int... ids) {
    requireOpen();
    for (int id : ids) {
      if (id < 0 || id >= tokenizer.size()) {
        throw new IllegalArgumentException("token id " + id + ", expected 0 to " + (tokenizer.size() - 1));
      }
    }
    double[] result = new double[Math.max(0, ids.length - 1)];
    try (Sequence sequence = newSequence()) {
      sequence.requireRoom(result.length);
      int vocabulary = llama.config().vocabulary();
      for (int from = 0; from < result.length; from += SCORED_ROWS) {
        int count = Math.min(SCORED_ROWS, result.length - from);
        float[] logits = sequence.readAll(Arrays.copyOfRange(ids, from, from + count));
        for (int i = 0; i < count; i++) {
          result[from + i] = negativeLogLikelihood(logits, i * vocabulary, vocabulary, ids[from + i + 1]);
        }
      }
    }
    return result;
  }

  private static double negativeLogLikelihood(float[] logits, int offset, int count, int id) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, logits[offset + i]);
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.exp(logits[offset + i] - largest);
    }
    return largest + Math.log(sum) - logits[offset + id];
  }

  /** @throws IllegalStateException if the model is closed */
  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
  }

  PromptEncoder prompts() {
    return prompts;
  }

  /** @throws IllegalArgumentException if the embedding is not as wide as the language model */
  void requireWidth(ImageEmbedding embedding) {
    if (embedding.width() != llama.config().width()) {
      throw new IllegalArgumentException("the picture was encoded by another model: its embedding has " + embedding.width()
          + " features, expected " + llama.config().width());
    }
  }

  VisionPipeline requireVision() {
    if (vision == null) {
      throw new IllegalStateException("no vision file (mmproj) was loaded: this model cannot see pictures");
    }
    return vision;
  }

  /** Closes every conversation, cancels whatever else is computed, and frees all memory. Returns when that is done. */
  @Override
  public void close() {
    List<Conversation> open;
    synchronized (conversations) {
      if (closed) {
        return;
      }
      closed = true;
      open = List.copyOf(conversations);
    }
    open.forEach(Conversation::close);
    backend.close();
    executions.close();
  }
}
