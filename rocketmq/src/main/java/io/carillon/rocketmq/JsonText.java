package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Builds the text of a JSON object, member by member. Beside ordinary objects it writes RocketMQ's maps whose keys are
 * objects themselves, {@code {{"queueId":0}:1}}, which no JSON library writes and which official clients insist on.
 */
final class JsonText {
    private final StringBuilder text = new StringBuilder("{");

    /** @param value a string, number, boolean, or a map or collection of these; null leaves the member out */
    JsonText add(String name, @Nullable Object value) {
        return value == null ? this : addText(name, JSON.toJSONString(value));
    }

    JsonText add(String name, JsonText value) {
        return addText(name, value.toString());
    }

    /** Adds a member whose value is JSON text already. */
    JsonText addText(String name, String json) {
        return member(JSON.toJSONString(name), json);
    }

    /** Adds a member whose key is an object. */
    JsonText addUnder(JsonText key, JsonText value) {
        return member(key.toString(), value.toString());
    }

    JsonText addUnder(JsonText key, long value) {
        return member(key.toString(), Long.toString(value));
    }

    private JsonText member(String key, String value) {
        if (text.length() > 1) {
            text.append(',');
        }
        text.append(key).append(':').append(value);
        return this;
    }

    /** A JSON array of these. */
    static String array(Iterable<JsonText> all) {
        StringBuilder array = new StringBuilder("[");
        for (JsonText one : all) {
            array.append(array.length() > 1 ? "," : "").append(one);
        }
        return array.append(']').toString();
    }

    byte[] bytes() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return text + "}";
    }
}
