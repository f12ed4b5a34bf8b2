package io.carillon.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.carillon.api.delayqueue.v1.DelayqueueProto;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Messages of the API as JSON and back, by protobuf's own rules. */
final class JsonForm {
    private static final JsonFormat.Parser PARSER = JsonFormat.parser();
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().omittingInsignificantWhitespace().includingDefaultValueFields(alwaysShown());

    /** What comes before its {@code s} is no number. */
    private static final String NO_SECONDS = "For input string";

    private static final Pattern CLASS_NAMES = Pattern.compile("\\b(?:[a-z]+\\.)+[A-Z][\\w$]*(?:Exception|Error): ");

    private static final int REASON_MAX = 500;
    /** The fields of requests that are times. */
    private static final Set<String> TIMES = Set.of("dueAt", "due_at", "from", "to");

    private JsonForm() {}

    /** An answer says "none" and "no" in so many words; a text that is empty is left out. */
    private static Set<FieldDescriptor> alwaysShown() {
        Set<FieldDescriptor> fields = new HashSet<>();
        for (Descriptor type : DelayqueueProto.getDescriptor().getMessageTypes()) {
            for (FieldDescriptor field : type.getFields()) {
                boolean isShown = (field.isRepeated() && !field.isMapField())
                        || field.getJavaType() == FieldDescriptor.JavaType.BOOLEAN
                        || field.getJavaType() == FieldDescriptor.JavaType.LONG
                        || field.getJavaType() == FieldDescriptor.JavaType.INT;
                boolean isOptional = field.hasPresence() || type.getName().equals("Problem");
                if (isShown && !isOptional) {
                    fields.add(field);
                }
            }
        }
        return fields;
    }

    /** @param json in UTF-8 */
    static void read(byte[] json, Message.Builder into) {
        if (!PlainRequests.read(json, into)) {
            read(text(json), into.clear());
            refuseHalves(into);
        }
    }

    private static String text(byte[] json) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new Rejected(Problem.invalid("", "the JSON is not UTF-8; what is no text goes into body, as base64"));
        }
    }

    /** Halves of characters, which JSON can write and UTF-8 cannot, would all be stored as the same question mark. */
    private static void refuseHalves(MessageOrBuilder message) {
        message.getAllFields().forEach((field, value) -> {
            for (Object one : value instanceof List<?> list ? list : List.of(value)) {
                if (one instanceof MessageOrBuilder inner) {
                    refuseHalves(inner);
                } else if (one instanceof String text && hasHalves(text)) {
                    throw new Rejected(Problem.invalid(
                            field.getName(),
                            "a text holds half of a character, as of \\ud800 without what belongs to it"));
                }
            }
        });
    }

    private static boolean hasHalves(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    static void read(String json, Message.Builder into) {
        try {
            String text = json.isBlank() ? "{}" : json;
            PARSER.merge(text, into);
            check(text);
        } catch (InvalidProtocolBufferException e) {
            throw new Rejected(Problem.invalid("", "the JSON is not as expected: " + reason(e)));
        } catch (StackOverflowError _) {
            throw new Rejected(Problem.invalid("", "the JSON is nested too deeply"));
        }
    }

    /** What the library lets pass: something behind the JSON, and times that there are not, such as the 30th of February. */
    private static void check(String json) {
        try {
            JsonReader reader = new JsonReader(new StringReader(json));
            JsonElement whole = JsonParser.parseReader(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new Rejected(Problem.invalid("", "the JSON ends before the request does"));
            }
            checkTimes(whole);
        } catch (IOException | JsonParseException _) {
            throw new Rejected(Problem.invalid("", "the JSON is not as expected at its end"));
        }
    }

    private static void checkTimes(JsonElement element) {
        if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(JsonForm::checkTimes);
        } else if (element.isJsonObject()) {
            for (Map.Entry<String, JsonElement> field :
                    element.getAsJsonObject().entrySet()) {
                if (TIMES.contains(field.getKey()) && field.getValue().isJsonPrimitive()) {
                    checkTime(field.getKey(), field.getValue().getAsString());
                } else if (!field.getKey().equals("headers")) {
                    checkTimes(field.getValue());
                }
            }
        }
    }

    private static void checkTime(String name, String time) {
        try {
            OffsetDateTime.parse(time);
        } catch (DateTimeParseException _) {
            throw new Rejected(
                    Problem.invalid(name, "'" + time + "' is no time; write it as \"2030-12-01T08:00:00Z\""));
        }
    }

    /** The library's words, without the names of its classes, and with what is expected where it does not say. */
    private static String reason(InvalidProtocolBufferException e) {
        String all = String.valueOf(e.getMessage()); // as long as the JSON, when it says where in it
        String words = CLASS_NAMES
                .matcher(all.substring(0, Math.min(all.length(), REASON_MAX)))
                .replaceAll("");
        boolean isDuration = words.startsWith("Failed to parse duration") || words.startsWith(NO_SECONDS);
        if (isDuration) {
            return words + "; write seconds, such as \"90s\" or \"0.5s\"";
        }
        return words.startsWith("Failed to parse timestamp") ? words + "; write it as \"2030-12-01T08:00:00Z\"" : words;
    }

    /** In UTF-8. */
    static byte[] write(Message message) {
        byte[] plain = PlainAnswers.write(message);
        return plain == null ? print(message).getBytes(StandardCharsets.UTF_8) : plain;
    }

    /** By protobuf's own rules. */
    static String print(MessageOrBuilder message) {
        try {
            return PRINTER.print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an answer has no form in JSON", e);
        }
    }
}
