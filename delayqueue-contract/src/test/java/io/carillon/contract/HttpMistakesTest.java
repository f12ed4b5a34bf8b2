package io.carillon.contract;

import static io.carillon.contract.ApiProblemAssertions.assertProblem;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.base.ByteSize;
import io.carillon.http.HttpConfig;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients do that make mistakes, or mean harm: each is told so in words, and the server goes on. */
class HttpMistakesTest {
    private static final int REQUESTS_BYTES = 64 << 10;
    private static final int PATIENCE_MS = 10_000;
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");

    private static EmbeddedServer server;
    private static JsonClient client;

    @BeforeAll
    static void start() throws IOException {
        HttpConfig config = new HttpConfig(
                true,
                Path.of(""),
                ByteSize.kib(48),
                new ByteSize(REQUESTS_BYTES),
                100,
                100,
                0,
                Duration.ofMinutes(1),
                Duration.ofSeconds(5));
        server = new EmbeddedServer(config, new Everybody());
        client = new JsonClient(server.port(), "");
    }

    @AfterAll
    static void stop() throws InterruptedException {
        client.close();
        server.close();
    }

    private static HttpResponse<String> post(String path, String body, String... headers) {
        return post(path, body.getBytes(UTF_8), headers);
    }

    private static HttpResponse<String> post(String path, byte[] body, String... headers) {
        var request = client.to(path).POST(BodyPublishers.ofByteArray(body));
        return client.send(headers.length == 0 ? request : request.headers(headers));
    }

    private static void assertRefused(int status, String word, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"code\":").contains(word);
    }

    // ---- what is written

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e400",
                "-1",
                "\"abc\"",
                "99999999999",
                "1.5",
                "NaN",
                "{}",
                "true",
                "1e-9",
                "\"\"",
                "1e1000000000",
                "0x10"
            })
    void aNumberThatIsNoneIsRefused(String number) {
        assertRefused(400, "", post("/v1/topics/t/groups/g:pull", "{\"max\":" + number + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "\"x\"",
                "{\"text\":null,\"body\":\"!\"}",
                "{\"headers\":[]}",
                "{\"headers\":{\"a\":{}}}",
                "{\"text\":\"a\",\"body\":\"YQ==\"}",
                "{",
                "{\"text\":\"a\"} x",
                "{\"dueAt\":\"2026-02-30T00:00:00Z\"}",
                "{\"delay\":5}",
                "{\"delay\":\"5\"}",
                "{\"delay\":\"1e9s\"}",
                "{\"delay\":\"99999999999999999999s\"}",
                "{\"dueAt\":\"2026-13-01T00:00:00Z\"}",
                "{\"dueAt\":\"+999999999-01-01T00:00:00Z\"}",
                "{\"retry\":{\"maxAttempts\":2,\"backoffMultiplier\":\"NaN\"}}",
                "{\"retry\":{\"maxAttempts\":-1}}",
                "{\"text\":\"a\"}{\"text\":\"b\"}",
                "{\"headers\":{\"\":\"x\"}}",
                "{\"headers\":{\"KEYS\":\"x\"}}",
                "{\"headers\":{\"a\\u0001b\":\"x\"}}",
                "{\"key\":\"a\\u0000b\"}",
                "{\"priority\":1e1}",
                "{\"text\":\"half \\ud800\"}",
                "{\"key\":\"\\udc00\"}",
                "{\"headers\":{\"\\ud834\":\"x\"}}"
            })
    void aMessageThatIsNoneIsRefused(String json) {
        HttpResponse<String> answer = post("/v1/topics/no-messages/messages", json);
        assertThat(answer.statusCode()).as("%s: %s", json, answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":").doesNotContain("Exception");
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "1h", "10", "1m30s"})
    void whoWritesADurationOtherwiseIsToldHow(String delay) {
        assertRefused(400, "write seconds", post("/v1/topics/no-messages/messages", "{\"delay\":\"" + delay + "\"}"));
    }

    @Test
    void whatIsNoUtf8IsRefusedAndNotStoredAsAnotherText() {
        for (String json :
                List.of("{\"idempotencyKey\":\"\u00ff\"}", "{\"text\":\"\u00c3\u0028\"}", "\u00ff\u00fe{}")) {
            assertRefused(400, "UTF-8", post("/v1/topics/latin/messages", json.getBytes(ISO_8859_1)));
        }
        assertThat(post("/v1/topics/latin/messages", "{\"text\":\"\ufffd \ud834\udd1e\",\"key\":\"\ufffd\"}")
                        .statusCode())
                .as("it is a character, too")
                .isEqualTo(200);
    }

    @Test
    void whatIsPackedIsNotUnpacked() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("{\"text\":\"x\"}".getBytes(UTF_8));
        }
        assertRefused(
                415,
                "content-encoding",
                post("/v1/topics/t/messages", packed.toByteArray(), "content-encoding", "gzip"));
        assertThat(post("/v1/topics/t/messages", "{\"text\":\"x\"}", "content-encoding", "identity")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aCallOfGrpcThatIsSmallOnlyWhileItIsPackedIsTooLarge() {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .build();
        try {
            SendRequest large = SendRequest.newBuilder()
                    .setTopic("t")
                    .setMessage(NewMessage.newBuilder().setBody(ByteString.copyFrom(new byte[3 << 20])))
                    .build();
            assertThatThrownBy(() -> DelayQueueGrpc.newBlockingStub(channel)
                            .withCompression("gzip")
                            .send(large))
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageContaining("RESOURCE_EXHAUSTED");
        } finally {
            channel.shutdownNow();
        }
    }

    // ---- methods and paths

    @Test
    void thereAreHeadAndOptionsAndAnswersSayWhatThereIs() throws IOException {
        String head = raw("HEAD /v1/limits HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assertThat(head).startsWith("HTTP/1.1 200").containsIgnoringCase("content-length: ");
        String options = raw("OPTIONS /v1/topics/t/messages:batch HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assertThat(options).startsWith("HTTP/1.1 204").containsIgnoringCase("allow: POST");
        String wrong = raw("DELETE /v1/topics/t/messages HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assertThat(wrong).startsWith("HTTP/1.1 405").containsIgnoringCase("allow: GET, POST");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/topics/%zz/messages",
                "/v1/topics/%/messages",
                "/v1/topics/a%2/messages/x",
                "/v1/topics/%00/messages",
                "/v1/topics/%ff%fe",
                "/v1/topics/a%2Fb",
                "/v1//topics",
                "/v1/topics/../../health",
                "/v1/topics/;x=1",
                "/v1/messages?state=NONE",
                "/v1/messages?pageSize=x",
                "/v1/messages?pageSize=-1",
                "/v1/messages?nothing=1",
                "/v1/messages?from=now",
                "/v1/messages?from=9999-12-31T23:59:59Z&to=0001-01-01T00:00:00Z",
                "/v1/messages?pageToken=%ff",
                "/v1/messages?state=READY&state=DEAD&%",
                "/v1/topics?pageToken=%00",
                "/v1/topics/t/groups/g/dead-letters?pageToken=99999999999999999999",
                "/v1/messages?pageSize=2147483648"
            })
    void aPathThatIsNoneIsNoFault(String path) throws IOException {
        String answer = raw("GET " + path + " HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assertThat(answer).matches("(?s)HTTP/1.1 (200|4..) .*").doesNotContain("Exception");
    }

    // ---- connections

    @Test
    void requestsOneBehindTheOtherAreAnsweredInThatOrder() throws IOException {
        String wait = "{\"wait\":\"0.2s\"}";
        String all = "POST /v1/topics/t2/groups/g:pull HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + wait.length()
                + "\r\n\r\n" + wait + "GET /v1/limits HTTP/1.1\r\nhost: localhost\r\n\r\n"
                + "GET /v1/nothing HTTP/1.1\r\nhost: localhost\r\n\r\n";
        try (Socket socket = open()) {
            socket.getOutputStream().write(all.getBytes(UTF_8));
            assertThat(answer(socket, true)).startsWith("HTTP/1.1 200").contains("\"messages\":[]");
            assertThat(answer(socket, true)).startsWith("HTTP/1.1 200").contains("embedded");
            assertThat(answer(socket, true)).startsWith("HTTP/1.1 404");
        }
    }

    @Test
    void whoAsksOnAndOnAndTakesNoAnswerIsCutOff() throws IOException {
        String wait = "{\"wait\":\"20s\"}";
        String first = "POST /v1/topics/t3/groups/g:pull HTTP/1.1\r\nhost: localhost\r\ncontent-length: "
                + wait.length() + "\r\n\r\n" + wait;
        String next = "GET /v1/limits HTTP/1.1\r\nhost: localhost\r\n\r\n";
        try (Socket socket = open()) {
            socket.getOutputStream().write((first + next.repeat(1_000)).getBytes(UTF_8));
            long beganNs = System.nanoTime();
            socket.getInputStream().readAllBytes();
            assertThat(System.nanoTime() - beganNs).isLessThan(TimeUnit.SECONDS.toNanos(10));
        } catch (SocketException _) {
            // It was ended while there was more to read there.
        }
        try (Socket socket = open()) {
            socket.getOutputStream().write(next.repeat(100).getBytes(UTF_8));
            for (int i = 0; i < 100; i++) {
                assertThat(answer(socket, true)).startsWith("HTTP/1.1 200");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
                "POST /v1/topics/t/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
                "POST /v1/topics/t/messages HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
                "POST /v1/topics/t/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999999999999999\r\n\r\n",
                "G\u0000T / HTTP/1.1\r\n\r\n",
                "GET /v1/limits HTTP/9.9\r\n\r\n",
                "nonsense\r\n\r\n"
            })
    void aRequestThatIsNoneEndsItsConnectionAndNoOther(String request) throws IOException {
        String answer = raw(request);
        assertThat(answer).matches("(?s)|HTTP/1.. 4.*|.*GOAWAY.*");
        assertThat(client.send(client.to("/health")).statusCode()).isEqualTo(200);
    }

    /** Who does not say how long his request is takes up what he has sent. */
    @Test
    void whatComesInPiecesIsCountedAsItComes() throws IOException {
        String head = "POST /v1/topics/pieces/messages HTTP/1.1\r\nhost: localhost\r\n"
                + "transfer-encoding: chunked\r\n\r\n";
        String text = "x".repeat(40_000);
        String piece = Integer.toHexString(text.length() + 9) + "\r\n{\"text\":\"" + text;
        try (Socket first = open();
                Socket second = open()) {
            first.getOutputStream().write((head + piece).getBytes(UTF_8));
            awaitBytes(40_000);

            second.getOutputStream().write((head + piece).getBytes(UTF_8));
            assertThat(answer(second, true)).startsWith("HTTP/1.1 429").contains("requestsBytesMax");
            try (GrpcClient grpc = new GrpcClient(server.port(), "")) {
                assertProblem("busy", () -> send(grpc, text));
            }

            first.getOutputStream().write("\r\n2\r\n\"}\r\n0\r\n\r\n".getBytes(UTF_8));
            assertThat(answer(first, true)).startsWith("HTTP/1.1 200");
        }
        awaitBytes(0);
        try (GrpcClient grpc = new GrpcClient(server.port(), "")) {
            send(grpc, text);
        }
        awaitBytes(0);
    }

    /** The library would gather it as a whole before anybody counts it. */
    @Test
    void aCallOfGrpcIsCountedAsItComes() throws IOException {
        String head = "POST /carillon.delayqueue.v1.DelayQueue/Send HTTP/1.1\r\nhost: localhost\r\n"
                + "content-type: application/grpc+proto\r\ntransfer-encoding: chunked\r\n\r\n";
        byte[] piece = new byte[40_000];
        ByteBuffer.wrap(piece).put((byte) 0).putInt(piece.length); // not packed, and longer than what comes of it
        try (Socket socket = open()) {
            socket.getOutputStream().write((head + Integer.toHexString(piece.length) + "\r\n").getBytes(UTF_8));
            socket.getOutputStream().write(piece);
            awaitBytes(piece.length);
        }
        awaitBytes(0);
    }

    private static void send(ApiClient by, String text) {
        by.call(
                DelayQueueGrpc.getSendMethod(),
                SendRequest.newBuilder()
                        .setTopic("pieces")
                        .setMessage(NewMessage.newBuilder().setText(text))
                        .build());
    }

    private static void awaitBytes(long atLeast) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        long bytes;
        do {
            bytes = bytesNow();
            assertThat(System.nanoTime() - deadlineNs).as("bytes: %s", bytes).isNegative();
            LockSupport.parkNanos(1_000_000);
        } while (atLeast == 0 ? bytes != 0 : bytes < atLeast);
    }

    private static long bytesNow() {
        String page = client.send(client.to("/metrics").GET()).body();
        return page.lines()
                .filter(line -> line.startsWith("http_requests_bytes "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    // ---- bytes on a connection

    private static Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(PATIENCE_MS);
        return socket;
    }

    /** What is answered to one request; nothing where the connection ends. */
    private static String raw(String request) throws IOException {
        try (Socket socket = open()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return answer(socket, !request.startsWith("HEAD"));
        }
    }

    private static String answer(Socket socket, boolean hasBody) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!all.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return all.toString(UTF_8);
            }
            all.write(next);
        }
        Matcher length = LENGTH.matcher(all.toString(ISO_8859_1));
        if (hasBody && length.find()) {
            all.write(in.readNBytes(Integer.parseInt(length.group(1))));
        }
        return all.toString(UTF_8);
    }
}
