package io.carillon.http;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.carillon.api.delayqueue.v1.DelayqueueProto;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** Messages of the API as JSON and back, by protobuf's own rules. */
final class JsonForm {
    private static final JsonFormat.Parser PARSER = JsonFormat.parser();
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().omittingInsignificantWhitespace().includingDefaultValueFields(alwaysShown());

    private static final Pattern CLASS_NAMES = Pattern.compile("\\b(?:[a-z]+\\.)+[A-Z]\\w*(?:Exception|Error): ");

    private static final int REASON_MAX = 500;

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

    /** @param json in UTF-8; what is not valid as such is read as a character that says so */
    static void read(byte[] json, Message.Builder into) {
        if (!PlainRequests.read(json, into)) {
            read(new String(json, StandardCharsets.UTF_8), into.clear());
        }
    }

    static void read(String json, Message.Builder into) {
        try {
            PARSER.merge(json.isBlank() ? "{}" : json, into);
        } catch (InvalidProtocolBufferException e) {
            throw new Rejected(Problem.invalid("", "the JSON is not as expected: " + reason(e)));
        } catch (StackOverflowError _) {
            throw new Rejected(Problem.invalid("", "the JSON is nested too deeply"));
        }
    }

    /** The library's words, without the names of its classes, and with what is expected where it does not say. */
    private static String reason(InvalidProtocolBufferException e) {
        String all = String.valueOf(e.getMessage()); // as long as the JSON, when it says where in it
        String words = CLASS_NAMES
                .matcher(all.substring(0, Math.min(all.length(), REASON_MAX)))
                .replaceAll("");
        if (words.startsWith("Failed to parse duration")) {
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
