package io.mvlm.model.chat;

import java.util.Optional;

/** The turns of a conversation in the formats that models were trained with. */
enum ChatFormat {
  /** Vicuna 1.1, LLaVA 1.5 and MobileVLM: {@code SYSTEM USER: QUESTION ASSISTANT: ANSWER</s>USER: …}. */
  VICUNA("vicuna") {
    @Override
    void begin(SegmentList out, String system) {
      out.text(system.isEmpty() ? "" : system + " ");
    }

    @Override
    void user(SegmentList out, Message message, String system) {
      out.text("USER: ").images(message.images()).text(message.content() + " ASSISTANT:");
    }

    @Override
    void answer(SegmentList out, String content) {
      out.text(" " + content);
    }

    @Override
    void finish(SegmentList out, boolean ended) {
      if (!ended) {
        out.end();
      }
    }
  },

  /** Llama 2 chat: {@code <s>[INST] <<SYS>>\nSYSTEM\n<</SYS>>\n\nQUESTION [/INST] ANSWER </s><s>[INST] …}. */
  LLAMA_2("llama-2") {
    @Override
    void begin(SegmentList out, String system) {
      // The system message is part of the first question.
    }

    @Override
    void user(SegmentList out, Message message, String system) {
      out.begin().text("[INST] ");
      if (!system.isEmpty()) {
        out.text("<<SYS>>\n" + system + "\n<</SYS>>\n\n");
      }
      out.images(message.images()).text(message.content().strip() + " [/INST]");
    }

    @Override
    void answer(SegmentList out, String content) {
      out.text(" " + content.strip());
    }

    @Override
    void finish(SegmentList out, boolean ended) {
      if (!ended) {
        out.text(" ").end();
      }
    }
  },

  /** Llama 3: {@code <|begin_of_text|>}, then for each turn {@code <|start_header_id|>ROLE<|end_header_id|>\n\nTEXT<|eot_id|>}. */
  LLAMA_3("llama-3") {
    private static final String END_OF_TURN = "<|eot_id|>";

    private SegmentList header(SegmentList out, String role) {
      return out.control("<|start_header_id|>").text(role).control("<|end_header_id|>").text("\n\n");
    }

    @Override
    void begin(SegmentList out, String system) {
      out.begin();
      if (!system.isEmpty()) {
        header(out, "system").text(system.strip()).control(END_OF_TURN);
      }
    }

    @Override
    void user(SegmentList out, Message message, String system) {
      header(out, "user").images(message.images()).text(message.content().strip()).control(END_OF_TURN);
      header(out, "assistant");
    }

    @Override
    void answer(SegmentList out, String content) {
      out.text(content.strip());
    }

    @Override
    void finish(SegmentList out, boolean ended) {
      if (!ended) {
        out.control(END_OF_TURN);
      }
    }

    @Override
    Optional<String> endOfTurn() {
      return Optional.of(END_OF_TURN);
    }
  },

  /** ChatML: for each turn {@code <|im_start|>ROLE\nTEXT<|im_end|>\n}. */
  CHATML("chatml") {
    private static final String END_OF_TURN = "<|im_end|>";

    private SegmentList header(SegmentList out, String role) {
      return out.control("<|im_start|>").text(role + "\n");
    }

    @Override
    void begin(SegmentList out, String system) {
      if (!system.isEmpty()) {
        header(out, "system").text(system);
        finish(out, false);
      }
    }

    @Override
    void user(SegmentList out, Message message, String system) {
      header(out, "user").images(message.images()).text(message.content());
      finish(out, false);
      header(out, "assistant");
    }

    @Override
    void answer(SegmentList out, String content) {
      out.text(content);
    }

    @Override
    void finish(SegmentList out, boolean ended) {
      if (!ended) {
        out.control(END_OF_TURN);
      }
      out.text("\n");
    }

    @Override
    Optional<String> endOfTurn() {
      return Optional.of(END_OF_TURN);
    }
  };

  private final String label;

  ChatFormat(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /** What stands before the first question. @param system empty for none */
  abstract void begin(SegmentList out, String system);

  /** A question, up to where the model answers. @param system the system message if this is the first question, else empty */
  abstract void user(SegmentList out, Message message, String system);

  /** An answer, without its end. */
  abstract void answer(SegmentList out, String content);

  /** What stands between an answer and the next question. @param ended whether the token that ends the answer is there already */
  abstract void finish(SegmentList out, boolean ended);

  /** The piece that ends an answer, where that is not the vocabulary's end-of-text token. */
  Optional<String> endOfTurn() {
    return Optional.empty();
  }
}
