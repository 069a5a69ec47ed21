package io.mvlm.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.mvlm.model.Answer;
import io.mvlm.model.Statistics;
import java.util.Locale;

/** Results for machines: one object in one line. */
final class Json {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  private Json() {}

  static String line(JsonObject object) {
    return GSON.toJson(object);
  }

  static JsonArray array(int... values) {
    JsonArray array = new JsonArray(values.length);
    for (int value : values) {
      array.add(value);
    }
    return array;
  }

  /** JSON knows neither NaN nor infinity: null stands for them. */
  static JsonElement number(double value) {
    return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
  }

  private static JsonElement rounded(double value) {
    return number(Math.round(value * 100) / 100.0);
  }

  /** Adds {@code text, tokens, finish_reason}. */
  static JsonObject answer(JsonObject object, Answer answer) {
    object.addProperty("text", answer.text());
    object.add("tokens", array(answer.tokens()));
    object.addProperty("finish_reason", answer.finish().name().toLowerCase(Locale.ROOT));
    return object;
  }

  static JsonObject statistics(long loadMillis, Statistics s) {
    JsonObject object = new JsonObject();
    object.addProperty("load_ms", loadMillis);
    object.addProperty("images", s.images());
    object.addProperty("image_tokens", s.imageTokens());
    object.add("image_ms", rounded(s.imageMillis()));
    object.addProperty("prompt_tokens", s.promptTokens());
    object.add("prefill_ms", rounded(s.prefillMillis()));
    object.add("prefill_tokens_per_second", rounded(s.prefillTokensPerSecond()));
    object.addProperty("generated_tokens", s.generatedTokens());
    object.add("decode_ms", rounded(s.decodeMillis()));
    object.add("decode_tokens_per_second", rounded(s.decodeTokensPerSecond()));
    return object;
  }
}
