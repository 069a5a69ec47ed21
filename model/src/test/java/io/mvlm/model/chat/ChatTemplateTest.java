package io.mvlm.model.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ChatTemplateTest {
  /** The template in the file of SmolLM2-135M-Instruct. */
  static final String SMOLLM = """
      {% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
      You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
      ' }}{% endif %}{{'<|im_start|>' + message['role'] + '
      ' + message['content'] + '<|im_end|>' + '
      '}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
      ' }}{% endif %}""";

  private static String detected(String jinja) {
    return ChatTemplate.detect(jinja).map(ChatTemplate::name).orElse("none");
  }

  @Test
  void knownTemplatesAreRecognised() {
    assertEquals("chatml", detected(SMOLLM));
    assertEquals("llama-3", detected("{{ '<|start_header_id|>' + role + '<|end_header_id|>\\n\\n' + content | trim + '<|eot_id|>' }}"));
    assertEquals("llama-2", detected("{{ bos_token + '[INST] ' + '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + content + ' [/INST]' }}"));
    assertEquals("vicuna", detected("{{ 'USER: ' + content }}{{ ' ASSISTANT:' }}"));
    assertEquals("none", detected("{{ '<start_of_turn>' + role }}"));
    assertEquals("none", detected("{{ '<|im_start|>user<|im_sep|>' + content + '<|im_end|>' }}"));
    assertEquals("none", detected(""));
  }

  @Test
  void systemMessageOfTheFile() {
    assertEquals("You are a helpful AI assistant named SmolLM, trained by Hugging Face",
        ChatTemplate.detect(SMOLLM).orElseThrow().defaultSystem());
    assertEquals("It's\n\"you\".", ChatTemplate.detect(
        "{{ '<|im_start|>system\\n' + x + '<|im_end|>' }}{{ '<|im_start|>system\\nIt\\'s\\n\\\"you\\\".<|im_end|>\\n' }}").orElseThrow()
        .defaultSystem());
    assertEquals("", ChatTemplate.detect("{{'<|im_start|>' + message['role'] + '<|im_end|>'}}").orElseThrow().defaultSystem());
    assertEquals("", ChatTemplate.detect("<|im_end|>{{'<|im_start|>system\\n").orElseThrow().defaultSystem());
  }

  @Test
  void names() {
    for (String name : ChatTemplate.names()) {
      assertEquals(name, ChatTemplate.named(name).name());
    }
    assertEquals("vicuna", ChatTemplate.named("vicuna_v1").name());
    String message = assertThrows(IllegalArgumentException.class, () -> ChatTemplate.named("alpaca")).getMessage();
    assertTrue(message.contains("alpaca") && message.contains("llama-2"), message);
  }
}
