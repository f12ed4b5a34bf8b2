package io.carillon.http;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.carillon.api.delayqueue.v1.DelayqueueProto;
import java.util.HashSet;
import java.util.Set;

/** Messages of the API as JSON and back, by protobuf's own rules. */
final class JsonForm {
    private static final JsonFormat.Parser PARSER = JsonFormat.parser();
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().omittingInsignificantWhitespace().includingDefaultValueFields(alwaysShown());

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

    static void read(String json, Message.Builder into) {
        try {
            PARSER.merge(json.isBlank() ? "{}" : json, into);
        } catch (InvalidProtocolBufferException e) {
            throw new Rejected(Problem.invalid("", "the JSON is not as expected: " + e.getMessage()));
        } catch (StackOverflowError _) {
            throw new Rejected(Problem.invalid("", "the JSON is nested too deeply"));
        }
    }

    static String write(MessageOrBuilder message) {
        try {
            return PRINTER.print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an answer has no form in JSON", e);
        }
    }
}
