package io.carillon.http;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.carillon.api.delayqueue.v1.DelayqueueProto;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The API as OpenAPI 3.1 has it, made from the .proto and its comments. */
final class OpenApi {
    private static final String DESCRIPTORS = "/io/carillon/api/delayqueue.desc";
    private static final String SCHEMAS = "#/components/schemas/";
    // Places in a file's descriptor.
    private static final int MESSAGES = 4;
    private static final int ENUMS = 5;
    private static final int SERVICES = 6;
    private static final int MEMBERS = 2;

    private final FileDescriptor file = DelayqueueProto.getDescriptor();
    private final Map<List<Integer>, String> comments = new HashMap<>();

    private OpenApi() {
        for (FileDescriptorProto proto : descriptors().getFileList()) {
            if (proto.getName().equals(file.getName())) {
                for (Location at : proto.getSourceCodeInfo().getLocationList()) {
                    comments.put(
                            at.getPathList(), at.getLeadingComments().strip().replaceAll("\\s+", " "));
                }
            }
        }
    }

    private static FileDescriptorSet descriptors() {
        try (InputStream from = Objects.requireNonNull(OpenApi.class.getResourceAsStream(DESCRIPTORS), DESCRIPTORS)) {
            return FileDescriptorSet.parseFrom(from);
        } catch (IOException e) {
            throw new UncheckedIOException(DESCRIPTORS, e);
        }
    }

    static String text() {
        return new OpenApi().json().toString();
    }

    private String comment(Integer... path) {
        return comments.getOrDefault(List.of(path), "");
    }

    private JsonObject json() {
        JsonObject all = new JsonObject();
        all.addProperty("openapi", "3.1.0");
        JsonObject info = new JsonObject();
        info.addProperty("title", "Carillon delay queue");
        info.addProperty("version", "v1");
        all.add("info", info);
        all.add("paths", paths());
        JsonObject schemas = new JsonObject();
        file.getMessageTypes().forEach(type -> schemas.add(type.getName(), schema(type)));
        file.getEnumTypes().forEach(type -> schemas.add(type.getName(), schema(type)));
        schemas.add("ProblemDocument", problem());
        JsonObject components = new JsonObject();
        components.add("schemas", schemas);
        components.add("securitySchemes", bearer());
        all.add("components", components);
        JsonArray security = new JsonArray();
        security.add(new JsonObject());
        JsonObject needed = new JsonObject();
        needed.add("bearer", new JsonArray());
        security.add(needed);
        all.add("security", security);
        return all;
    }

    private static JsonObject bearer() {
        JsonObject scheme = new JsonObject();
        scheme.addProperty("type", "http");
        scheme.addProperty("scheme", "bearer");
        JsonObject schemes = new JsonObject();
        schemes.add("bearer", scheme);
        return schemes;
    }

    private static JsonObject problem() {
        JsonObject properties = new JsonObject();
        for (String name : List.of("type", "title", "code", "detail", "field", "limit")) {
            properties.add(name, typed("string", ""));
        }
        properties.add("status", typed("integer", "int32"));
        properties.add("max", typed("integer", "int64"));
        properties.add("min", typed("integer", "int64"));
        properties
                .getAsJsonObject("limit")
                .addProperty(
                        "description", "What it is beyond, by its name in Limits; max, or min, says how far it goes.");
        JsonObject schema = typed("object", "");
        schema.addProperty(
                "description",
                "Why a request was not done (RFC 9457); code is stable, and outcome-unknown says that it may have been.");
        schema.add("properties", properties);
        return schema;
    }

    private static JsonObject typed(String type, String format) {
        JsonObject schema = new JsonObject();
        schema.addProperty("type", type);
        if (!format.isEmpty()) {
            schema.addProperty("format", format);
        }
        return schema;
    }

    // ---- paths

    private JsonObject paths() {
        JsonObject paths = new JsonObject();
        for (MethodDescriptor method : file.getServices().getFirst().getMethods()) {
            HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
            add(paths, method, rule, "");
            int number = 2;
            for (HttpRule more : rule.getAdditionalBindingsList()) {
                add(paths, method, more, Integer.toString(number++));
            }
        }
        return paths;
    }

    private void add(JsonObject paths, MethodDescriptor method, HttpRule rule, String suffix) {
        String verb = rule.getPatternCase().name().toLowerCase(Locale.ROOT);
        String path = rule.getGet() + rule.getPost() + rule.getPut() + rule.getDelete();
        if (!paths.has(path)) {
            paths.add(path, new JsonObject());
        }
        JsonObject operation = new JsonObject();
        operation.addProperty("operationId", method.getName() + suffix);
        operation.addProperty("summary", comment(SERVICES, 0, MEMBERS, method.getIndex()));
        operation.add("parameters", parameters(method, rule, path));
        if (!rule.getBody().isEmpty()) {
            Descriptor body = rule.getBody().equals("*")
                    ? method.getInputType()
                    : method.getInputType().findFieldByName(rule.getBody()).getMessageType();
            operation.add("requestBody", content("application/json", body.getName()));
        }
        JsonObject ok = content("application/json", method.getOutputType().getName());
        ok.addProperty("description", "Done.");
        JsonObject not = content("application/problem+json", "ProblemDocument");
        not.addProperty("description", "Not done.");
        JsonObject responses = new JsonObject();
        responses.add("200", ok);
        responses.add("default", not);
        operation.add("responses", responses);
        paths.getAsJsonObject(path).add(verb, operation);
    }

    private static JsonObject content(String type, String schema) {
        JsonObject reference = new JsonObject();
        reference.addProperty("$ref", SCHEMAS + schema);
        JsonObject media = new JsonObject();
        media.add("schema", reference);
        JsonObject types = new JsonObject();
        types.add(type, media);
        JsonObject content = new JsonObject();
        content.add("content", types);
        return content;
    }

    private JsonArray parameters(MethodDescriptor method, HttpRule rule, String path) {
        JsonArray all = new JsonArray();
        for (FieldDescriptor field : method.getInputType().getFields()) {
            boolean isInPath = path.contains("{" + field.getName() + "}");
            if (isInPath || rule.getBody().isEmpty()) {
                JsonObject parameter = new JsonObject();
                parameter.addProperty("name", isInPath ? field.getName() : field.getJsonName());
                parameter.addProperty("in", isInPath ? "path" : "query");
                parameter.addProperty("required", isInPath);
                parameter.addProperty("description", comment(field));
                parameter.add("schema", one(field));
                all.add(parameter);
            }
        }
        return all;
    }

    private String comment(FieldDescriptor field) {
        return comment(MESSAGES, field.getContainingType().getIndex(), MEMBERS, field.getIndex());
    }

    // ---- schemas

    private JsonObject schema(Descriptor type) {
        JsonObject properties = new JsonObject();
        for (FieldDescriptor field : type.getFields()) {
            JsonObject schema = whole(field);
            schema.addProperty("description", comment(field));
            properties.add(field.getJsonName(), schema);
        }
        JsonObject schema = typed("object", "");
        String comment = comment(MESSAGES, type.getIndex());
        if (!comment.isEmpty()) {
            schema.addProperty("description", comment);
        }
        schema.add("properties", properties);
        return schema;
    }

    private JsonObject schema(EnumDescriptor type) {
        JsonArray names = new JsonArray();
        type.getValues().forEach(value -> names.add(value.getName()));
        JsonObject schema = typed("string", "");
        schema.addProperty("description", comment(ENUMS, type.getIndex()));
        schema.add("enum", names);
        return schema;
    }

    private static JsonObject whole(FieldDescriptor field) {
        if (field.isMapField()) {
            JsonObject map = typed("object", "");
            map.add("additionalProperties", typed("string", ""));
            return map;
        }
        if (field.isRepeated()) {
            JsonObject array = typed("array", "");
            array.add("items", one(field));
            return array;
        }
        return one(field);
    }

    private static JsonObject one(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case STRING -> typed("string", "");
            case BYTE_STRING -> typed("string", "byte");
            case BOOLEAN -> typed("boolean", "");
            case INT -> typed("integer", "int32");
            case LONG -> typed("string", "int64");
            case FLOAT, DOUBLE -> typed("number", "double");
            case ENUM -> reference(field.getEnumType().getName());
            case MESSAGE -> message(field.getMessageType());
        };
    }

    private static JsonObject message(Descriptor type) {
        return switch (type.getFullName()) {
            case "google.protobuf.Timestamp" -> typed("string", "date-time");
            case "google.protobuf.Duration" -> {
                JsonObject schema = typed("string", "");
                schema.addProperty("pattern", "^[0-9]+(\\.[0-9]{1,9})?s$");
                yield schema;
            }
            default -> reference(type.getName());
        };
    }

    private static JsonObject reference(String name) {
        JsonObject schema = new JsonObject();
        schema.addProperty("$ref", SCHEMAS + name);
        return schema;
    }
}
