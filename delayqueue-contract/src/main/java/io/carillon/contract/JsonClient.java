package io.carillon.contract;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.carillon.api.delayqueue.v1.Limits;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;

/** Speaks JSON over HTTP, by the JDK's client; where and how, the annotations of the API say. */
public final class JsonClient implements ApiClient {
    private static final int ROOM_BYTES = 4_096;

    private final HttpClient http = HttpClient.newHttpClient();
    private final int port;
    private final String token;

    /** @param token empty for none */
    public JsonClient(int port, String token) {
        this.port = port;
        this.token = token;
    }

    @Override
    @SuppressWarnings("unchecked") // the marshaller of an answer of this kind knows answers of this kind
    public <Q extends Message, R extends Message> R call(MethodDescriptor<Q, R> method, Q request) {
        HttpResponse<String> answer = send(requestOf(method, request));
        if (answer.statusCode() != 200) {
            throw problem(answer);
        }
        R prototype =
                Objects.requireNonNull(((PrototypeMarshaller<R>) method.getResponseMarshaller()).getMessagePrototype());
        Message.Builder into = prototype.newBuilderForType();
        try {
            JsonFormat.parser().merge(answer.body(), into);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("the answer is not as the API says: " + answer.body(), e);
        }
        return (R) into.build();
    }

    private static ApiProblem problem(HttpResponse<String> answer) {
        String type = answer.headers().firstValue("content-type").orElse("");
        if (!type.startsWith("application/problem+json")) {
            throw new AssertionError("no problem document: " + answer + " " + answer.body());
        }
        JsonObject json = JsonParser.parseString(answer.body()).getAsJsonObject();
        if (json.get("status").getAsInt() != answer.statusCode()) {
            throw new AssertionError("two statuses: " + answer + " " + answer.body());
        }
        String code = json.get("code").getAsString();
        String bound = code.equals("under-limit") ? "min" : "max";
        return new ApiProblem(
                code,
                json.has("limit") ? limit(json.get("limit").getAsString()) : "",
                json.has(bound) ? json.get(bound).getAsLong() : 0,
                json.get("detail").getAsString());
    }

    /** A limit's name in the .proto. */
    private static String limit(String inJson) {
        return Limits.getDescriptor().getFields().stream()
                .filter(field -> field.getJsonName().equals(inJson))
                .map(FieldDescriptor::getName)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no limit has the name " + inJson));
    }

    /** Sends it, with the token. */
    public HttpResponse<String> send(HttpRequest.Builder request) {
        if (!token.isEmpty()) {
            request.header("authorization", "Bearer " + token);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** To be sent to a path of this server. */
    public HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    /** By a socket that has room for little, and is reset in the end. */
    @Override
    public <Q extends Message> Unread ask(MethodDescriptor<Q, ?> method, Q request) {
        Said said = said(method, request);
        byte[] body = said.body().getBytes(StandardCharsets.UTF_8);
        String head = said.verb() + " " + said.path() + " HTTP/1.1\r\nhost: 127.0.0.1:" + port
                + (token.isEmpty() ? "" : "\r\nauthorization: Bearer " + token)
                + "\r\ncontent-length: " + body.length + "\r\n\r\n";
        Socket socket = new Socket();
        try {
            socket.setReceiveBufferSize(ROOM_BYTES);
            socket.setSoLinger(true, 0);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Unread(socket);
    }

    /** A call of which nothing is read but the first byte of its answer. */
    record Unread(Socket socket) implements Asked {
        /** Returns when the answer has begun to come. */
        void awaitBegun() throws IOException {
            if (socket.getInputStream().read() < 0) {
                throw new EOFException("no answer came");
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** How a call looks over HTTP. */
    public <Q extends Message> HttpRequest.Builder requestOf(MethodDescriptor<Q, ?> method, Q request) {
        Said said = said(method, request);
        return to(said.path())
                .method(
                        said.verb(),
                        said.body().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(said.body()));
    }

    /** @param body empty for none */
    private record Said(String verb, String path, String body) {}

    private static <Q extends Message> Said said(MethodDescriptor<Q, ?> method, Q request) {
        HttpRule rule = ((ProtoMethodDescriptorSupplier) Objects.requireNonNull(method.getSchemaDescriptor()))
                .getMethodDescriptor()
                .getOptions()
                .getExtension(AnnotationsProto.http);
        String path = rule.getGet() + rule.getPost() + rule.getPut() + rule.getDelete();
        Message.Builder rest = request.toBuilder();
        for (FieldDescriptor field : request.getDescriptorForType().getFields()) {
            String place = "{" + field.getName() + "}";
            if (path.contains(place)) {
                path = path.replace(place, encoded(request.getField(field)));
                rest.clearField(field);
            }
        }
        String verb = rule.getPatternCase().name();
        if (rule.getBody().isEmpty()) {
            return new Said(verb, path + query(rest), "");
        }
        Message body = rule.getBody().equals("*")
                ? rest.build()
                : (Message) request.getField(request.getDescriptorForType().findFieldByName(rule.getBody()));
        return new Said(verb, path, json(body));
    }

    private static String encoded(Object value) {
        return URLEncoder.encode(value.toString(), StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String json(Message message) {
        try {
            return JsonFormat.printer().print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("no JSON of " + message, e);
        }
    }

    private static String query(Message.Builder rest) {
        JsonObject fields = JsonParser.parseString(json(rest.build())).getAsJsonObject();
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        for (Map.Entry<String, com.google.gson.JsonElement> field : fields.entrySet()) {
            query.add(field.getKey() + "=" + encoded(field.getValue().getAsString()));
        }
        return query.toString();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
