package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.binaryHeader;
import static io.carillon.remoting.ReferenceCodec.frame;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RemotingServerTest {
    private static final int ECHO = 10;
    private static final int KEEP = 11;
    private static final int LARGE = 12;

    @Test
    void answersInTheBytesThatTheOriginalWouldSend() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.dispatcher.on(30, request -> request.reply(Reply.ok().ext("offset", 4)));

            peer.send(request(30, 1031));

            assertThat(TestPeer.text(peer.receive()))
                    .isEqualTo("{\"code\":0,\"extFields\":{\"offset\":\"4\"},\"flag\":1,\"language\":\"JAVA\","
                            + "\"opaque\":1031,\"serializeTypeCurrentRPC\":\"JSON\",\"version\":513}");
        }
    }

    @Test
    void readsTheBinaryRequestThatWasCapturedFromTheOriginalAndAnswersInKind() throws IOException {
        List<String> seen = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.dispatcher.on(310, request -> {
                seen.add(request.ext("a") + request.remark() + HexFormat.of().formatHex(request.copyBody()));
                FrameWriter writer = request.connection().writer();
                writer.begin(request.opaque(), request.isBinary(), 0, "done");
                writer.ext("queueOffset", Long.MAX_VALUE);
                writer.ext("name", "\u00fc");
                writer.extAscii("id", new byte[] {'A', 'B', 'C'}, 2);
                writer.body(10).put((byte) 7);
                writer.end();
            });

            peer.send(HexFormat.of()
                    .parseHex("000000260100002001360002010000000700000000000000026869"
                            + "000000090001610000000250470102"));

            byte[] header = binaryHeader(0, 0, 513, 7, 1, "done", orderedFields());
            assertThat(peer.receive()).isEqualTo(frame(1, header, new byte[] {7}));
            assertThat(seen).containsExactly("PGhi0102");
        }
    }

    private static Map<String, String> orderedFields() {
        Map<String, String> fields = new java.util.LinkedHashMap<>();
        fields.put("queueOffset", "9223372036854775807");
        fields.put("name", "\u00fc");
        fields.put("id", "AB");
        return fields;
    }

    @Test
    void answersAThousandPipelinedRequestsInOrderWithFewWrites() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.echo(ECHO);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < 1000; i++) {
                all.writeBytes(request(ECHO, i, 0, Map.of("n", "v\u0001" + i), new byte[] {(byte) i}));
            }

            peer.send(all.toByteArray());

            for (int i = 0; i < 1000; i++) {
                assertThat(peer.receive()).isEqualTo(answer(0, i, "\"n\":\"v\\u0001" + i + "\"", "", (byte) i));
            }
            await("figures", () -> server.count("remoting_out_frames") == 1000);
            assertThat(server.count("remoting_in_frames")).isEqualTo(1000);
            assertThat(server.count("remoting_in_bytes")).isEqualTo(all.size());
            assertThat(server.count("remoting_flushes")).isLessThan(100);
        }
    }

    @Test
    void runsWorkOnceAtTheEndOfAReadBatch() throws IOException {
        AtomicInteger batches = new AtomicInteger();
        AtomicInteger handled = new AtomicInteger();
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.dispatcher.on(ECHO, request -> {
                Connection connection = request.connection();
                int opaque = request.opaque();
                if (handled.incrementAndGet() % 10 == 1) {
                    connection.atEndOfReadBatch(batches::incrementAndGet);
                }
                connection.atEndOfReadBatch(() -> {
                    connection.writer().begin(opaque, false, batches.get() > 0 ? 0 : 1, null);
                    connection.writer().end();
                });
            });
            byte[][] frames = new byte[10][];
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < 10; i++) {
                all.writeBytes(request(ECHO, i));
            }
            frames[0] = all.toByteArray();

            peer.send(frames[0]);

            for (int i = 0; i < 10; i++) {
                assertThat(peer.receive()).isEqualTo(answer(0, i, "", ""));
            }
            assertThat(batches).hasValue(1);
        }
    }

    @Test
    void givesEveryFaultItsAnswerAndServesOn() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.dispatcher
                    .on(1, request -> request.required("topic"))
                    .on(2, request -> {
                        throw new BadRequest(13, "bad \"body\"\n");
                    })
                    .on(3, request -> {
                        throw new IllegalArgumentException("oops");
                    })
                    .on(4, request -> {
                        request.connection().writer().begin(request.replyTo(), 0, null);
                        throw new IllegalArgumentException("half way");
                    })
                    .on(5, request -> request.connection().writer().begin(request.replyTo(), 0, null))
                    .on(6, request -> {
                        request.reply(Reply.ok());
                        throw new IllegalArgumentException("after the answer");
                    })
                    .on(7, request -> request.requiredInt("n"))
                    .on(8, request -> request.reply(Reply.ok().body(new byte[17 << 20])));

            peer.send(request(1, 1), request(2, 2), request(3, 3), request(4, 4), request(5, 5), request(6, 6));
            peer.send(request(7, 7, 0, Map.of("n", "x")), request(8, 8), request(99, 9), request(200_050, 10));

            assertThat(peer.receive()).isEqualTo(answer(1, 1, "", "header field topic is missing"));
            assertThat(TestPeer.text(peer.receive())).contains("\"code\":13", "bad \\\"body\\\"\\u000a");
            assertThat(peer.receive())
                    .isEqualTo(answer(1, 3, "", "the server failed: java.lang.IllegalArgumentException: oops"));
            assertThat(TestPeer.text(peer.receive())).contains("\"code\":1,", "half way", "\"opaque\":4");
            assertThat(TestPeer.text(peer.receive())).contains("\"code\":1,", "half written", "\"opaque\":5");
            assertThat(peer.receive()).isEqualTo(answer(0, 6, "", ""));
            assertThat(peer.receive()).isEqualTo(answer(1, 7, "", "header field n is no whole number"));
            assertThat(TestPeer.text(peer.receive())).contains("\"code\":1,", "a frame at most");
            assertThat(peer.receive()).isEqualTo(answer(3, 9, "", " request type 99 not supported"));
            assertThat(peer.receive()).isEqualTo(answer(3, 10, "", " request type 200050 not supported"));
            assertThat(server.count("remoting_handler_faults")).isEqualTo(4);
            assertThat(server.count("remoting_unsupported_requests")).isEqualTo(2);
        }
    }

    @Test
    void neverAnswersAOneWayRequest() throws IOException {
        List<Integer> seen = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.echo(ECHO);
            server.dispatcher
                    .on(1, request -> {
                        seen.add(request.opaque());
                        request.replyTo().send(Reply.ok());
                    })
                    .on(2, request -> {
                        throw new IllegalStateException("one-way");
                    })
                    .on(3, request -> {
                        request.connection().writer().begin(request.replyTo(), 0, null);
                        request.connection().writer().end();
                    });

            peer.send(request(ECHO, 1, 2, Map.of("n", "1")), request(1, 2, 2, Map.of()), request(2, 3, 2, Map.of()));
            peer.send(request(3, 4, 2, Map.of()), request(99, 5, 2, Map.of()), request(ECHO, 6, 0, Map.of("n", "6")));

            assertThat(peer.receive()).isEqualTo(answer(0, 6, "\"n\":\"6\"", ""));
            assertThat(seen).containsExactly(2);
        }
    }

    @Test
    void answersFromAnyThreadAndOnlyOnce() throws Exception {
        List<ReplyTo> waiting = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.echo(ECHO);
            server.dispatcher.on(KEEP, request -> waiting.add(request.replyTo()));
            peer.send(request(KEEP, 1), request(KEEP, 2));
            await("requests", () -> waiting.size() == 2);

            waiting.get(1).send(Reply.ok());
            waiting.get(1).send(Reply.of(1));
            assertThat(peer.receive()).isEqualTo(answer(0, 2, "", ""));
            Thread other = Thread.startVirtualThread(() -> waiting.get(0).send(Reply.of(20, "later")));
            other.join();
            assertThat(peer.receive()).isEqualTo(answer(20, 1, "", "later"));

            peer.send(request(ECHO, 3, 0, Map.of("n", "x")));
            assertThat(peer.receive()).isEqualTo(answer(0, 3, "\"n\":\"x\"", ""));
            await("nothing in flight", () -> server.count("remoting_in_flight_bytes") == 0);
        }
    }

    @Test
    void carriesTheLargestFrameBothWays() throws Exception {
        byte[] body = new byte[(16 << 20) - 300];
        new Random(7).nextBytes(body);
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.dispatcher.on(LARGE, request -> {
                FrameWriter writer = request.connection().writer();
                writer.begin(request.opaque(), false, 0, null);
                writer.body(request.bodyBytes()).put(request.body());
                writer.end();
            });

            Thread sender = peer.sending(request(LARGE, 1, 0, Map.of(), body), request(LARGE, 2));

            assertThat(peer.receive()).isEqualTo(answer(0, 1, "", "", body));
            assertThat(peer.receive()).isEqualTo(answer(0, 2, "", ""));
            sender.join();
        }
    }

    @Test
    void namesAnAddressThatIsTaken() throws IOException {
        try (TestServer server = new TestServer()) {
            InetSocketAddress taken = server.server.address();
            assertThatThrownBy(() -> RemotingServer.listen(server.io, taken, server.dispatcher))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(String.valueOf(taken.getPort()));
        }
    }
}
