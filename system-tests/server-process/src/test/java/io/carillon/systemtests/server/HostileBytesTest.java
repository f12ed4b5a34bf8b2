package io.carillon.systemtests.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawSocket;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that no client sends, at both ports: they cost their own connection and nobody else's. */
@ExtendWith(SharedServer.class)
class HostileBytesTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("a negative length", ints(-1, 0)),
                Arguments.of("a length of zero", ints(0, 0)),
                Arguments.of("a length that leaves no room for the header's length", ints(3, 0)),
                Arguments.of("a length of two gigabytes", ints(Integer.MAX_VALUE, 0)),
                Arguments.of("a length just above the limit", ints(16 * 1024 * 1024 + 1, 0)),
                Arguments.of("a header that is longer than its frame", ints(12, 100, 0, 0)),
                Arguments.of("an unknown header encoding", ints(12, 7 << 24 | 8, 0, 0)),
                Arguments.of("a request of the web", "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII)),
                Arguments.of("JSON that is cut off", RawSocket.jsonFrame("{\"code\":105,\"opaque\":")),
                Arguments.of("no JSON at all", RawSocket.jsonFrame("hello hello hello")),
                Arguments.of("JSON that is no object", RawSocket.jsonFrame("[1,2,3]")),
                Arguments.of("a code that is no number", RawSocket.jsonFrame("{\"code\":\"x\",\"opaque\":1}")),
                Arguments.of("JSON in a thousand brackets", RawSocket.jsonFrame("{\"a\":" + "[".repeat(1000))),
                Arguments.of("a binary header that lies about its fields", binaryWithFieldsOf(Integer.MAX_VALUE)),
                Arguments.of("a binary header with a negative size", binaryWithFieldsOf(-5)),
                Arguments.of(
                        "the beginning of TLS", HexFormat.of().parseHex("16030100c8010000c40303" + "ab".repeat(190))),
                Arguments.of("a PROXY header", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".getBytes(US_ASCII)),
                Arguments.of(
                        "a binary PROXY header",
                        HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "2111000c0102030405060708" + "00010002")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void closesOnlyTheConnectionThatSent(String what, byte[] bytes) throws Exception {
        Server server = carillon();
        for (String address : List.of(server.nameServer(), server.broker())) {
            try (RawClient bystander = RawClient.connect(address);
                    RawSocket hostile = RawSocket.connect(address)) {
                assertServes(bystander);

                hostile.write(bytes);

                hostile.awaitClosed(SOON);
                assertServes(bystander);
            }
        }
    }

    @Test
    void survivesNoise() throws Exception {
        Server server = carillon();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (String address : List.of(server.nameServer(), server.broker())) {
            try (RawClient bystander = RawClient.connect(address)) {
                for (int n = 0; n < 200; n++) {
                    try (RawSocket hostile = RawSocket.connect(address)) {
                        hostile.write(noise(random));
                    } catch (IOException e) {
                        // closed while we wrote: as good an answer as any
                    }
                }
                assertServes(bystander);
            }
        }
        assertThat(server.brokerProcess().isAlive()).as("seed " + seed).isTrue();
    }

    /** Half of these are noise from the first byte on; the others start like a frame. */
    private static byte[] noise(Random random) {
        byte[] bytes = new byte[8 + random.nextInt(500)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            int type = random.nextInt(2);
            ByteBuffer.wrap(bytes).putInt(bytes.length - 4).putInt(type << 24 | random.nextInt(bytes.length - 7));
        }
        return bytes;
    }

    @Test
    void takesAFrameThatComesByteByByteWhileOthersAreServed() throws Exception {
        Server server = SharedServer.get();
        byte[] request =
                RawSocket.jsonFrame("{\"code\":105,\"opaque\":77,\"flag\":0,\"language\":\"JAVA\",\"version\":513,"
                        + "\"extFields\":{\"topic\":\"TBW102\"}}");
        List<RawSocket> slow = new ArrayList<>();
        try (RawClient bystander = RawClient.connect(server.nameServer())) {
            for (int n = 0; n < 50; n++) {
                slow.add(RawSocket.connect(server.nameServer()));
            }

            for (byte next : request) {
                for (RawSocket socket : slow) {
                    socket.write(next);
                }
                assertServes(bystander);
            }

            for (RawSocket socket : slow) {
                assertThat(socket.readFrame(SOON)).contains("\"opaque\":77").contains("brokerDatas");
            }
        } finally {
            for (RawSocket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void answersUnknownCodesAndStaysConnected() throws Exception {
        Server server = SharedServer.get();
        for (String address : List.of(server.nameServer(), server.broker())) {
            try (RawClient client = RawClient.connect(address)) {
                Answer answer = client.call(29_999, Map.of(), new byte[0]);

                assertThat(answer.code()).isEqualTo(3);
                assertThat(answer.remark()).contains("29999").contains("not supported");
                assertServes(client);
            }
        }
    }

    @Test
    void answersInTheEncodingOfTheRequest() throws Exception {
        Server server = carillon();
        try (RawSocket socket = RawSocket.connect(server.broker())) {
            socket.write(RawSocket.jsonFrame("{\"code\":29999,\"opaque\":5,\"flag\":0}"));
            assertThat(socket.readFrame(SOON)).contains("{\"code\":3");

            socket.write(RawClient.frame(29_999, 6, 0, Map.of(), new byte[0]));
            assertThat(socket.readFrame(SOON)).doesNotContain("{\"code\"").contains("not supported");
        }
    }

    @Test
    void neverAnswersAOneWayRequest() throws Exception {
        Server server = SharedServer.get();
        try (RawSocket socket = RawSocket.connect(server.broker())) {
            socket.write(RawClient.frame(29_999, 1, 2, Map.of(), new byte[0]));
            socket.write(RawClient.frame(29_998, 2, 0, Map.of(), new byte[0]));

            assertThat(socket.readFrame(SOON)).contains("29998");
            assertThat(socket.isSilent(Duration.ofMillis(100))).isTrue();
        }
    }

    @Test
    void refusesARequestWithoutItsFieldsAndStaysConnected() throws Exception {
        Server server = SharedServer.get();
        try (RawClient client = RawClient.connect(server.broker())) {
            for (int code : List.of(310, 11, 14, 15, 30, 31, 29, 33, 12, 17)) {
                Answer answer = client.call(code, Map.of(), new byte[0]);

                assertThat(answer.code()).as("request " + code).isNotZero();
            }
            assertServes(client);
        }
    }

    @Test
    void refusesTopicsThatWouldNameAFile() throws Exception {
        Server server = SharedServer.get();
        try (RawClient client = RawClient.connect(server.broker())) {
            for (String name : List.of("../../etc", "a/b", "a b", "a\u0000b", "\u00e4", "", "x".repeat(128))) {
                Answer answer = new RawTopic(name)
                        .send(client, 0, "7F00000100000000000000000000C001", new byte[] {1})
                        .get();

                assertThat(answer.code()).as("topic " + name).isNotZero();
            }
            assertServes(client);
        }
    }

    /** A client that asks for much and takes nothing of it must not make the server hold it all. */
    @Test
    void servesOthersWhileOneReadsNoAnswers() throws Exception {
        Server server = SharedServer.get();
        RawTopic topic = new RawTopic(Names.unique("greedy"));
        byte[] body = new byte[200_000];
        Arrays.fill(body, (byte) 'x');
        try (RawClient client = RawClient.connect(server.broker());
                RawSocket greedy = RawSocket.connect(server.broker())) {
            topic.create(client, 1);
            for (int n = 0; n < 10; n++) {
                topic.send(client, 0, "7F00000100000000000000000000D00" + n, body)
                        .get();
            }
            topic.pull(client, "greedy", 0, 0, 0);

            AtomicInteger asked = new AtomicInteger();
            Thread writer = Thread.ofVirtual().start(() -> askFor(greedy, topic, asked));
            for (int quietRounds = 0, before = 0; quietRounds < 100 && writer.isAlive(); quietRounds++) {
                assertServes(client);
                if (asked.get() != before) {
                    before = asked.get();
                    quietRounds = 0;
                }
            }
            greedy.close();
            writer.join();
            assertServes(client);
        }
        assertThat(server.brokerProcess().isAlive()).isTrue();
    }

    private static void askFor(RawSocket socket, RawTopic topic, AtomicInteger asked) {
        Map<String, String> ext = Map.ofEntries(
                Map.entry("consumerGroup", "greedy"),
                Map.entry("topic", topic.topic()),
                Map.entry("queueId", "0"),
                Map.entry("queueOffset", "0"),
                Map.entry("maxMsgNums", "32"),
                Map.entry("sysFlag", "4"),
                Map.entry("commitOffset", "0"),
                Map.entry("suspendTimeoutMillis", "0"),
                Map.entry("subscription", "*"),
                Map.entry("subVersion", "1"),
                Map.entry("expressionType", "TAG"));
        try {
            while (asked.get() < 20_000) {
                socket.write(RawClient.frame(11, asked.incrementAndGet(), 0, ext, new byte[0]));
            }
        } catch (IOException e) {
            // closed by the test, or by the server: both will do
        }
    }

    private static Server carillon() {
        Assumptions.assumeFalse(Server.isApache(), "what Apache does with such bytes is its own affair");
        return SharedServer.get();
    }

    private static void assertServes(RawClient client) throws IOException {
        assertThat(client.call(29_999, Map.of(), new byte[0]).code()).isEqualTo(3);
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4);
        Arrays.stream(values).forEach(bytes::putInt);
        return bytes.array();
    }

    private static byte[] binaryWithFieldsOf(int fieldBytes) {
        byte[] frame = RawClient.frame(105, 1, 0, Map.of("topic", "T"), new byte[0]);
        ByteBuffer.wrap(frame).putInt(8 + 2 + 1 + 2 + 4 + 4 + 4, fieldBytes);
        return frame;
    }
}
