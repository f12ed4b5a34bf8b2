package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.binaryHeader;
import static io.carillon.remoting.ReferenceCodec.frame;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
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
    void refusesAHeaderThatIsLongerThanItsCodeNeedsAndServesOn() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.dispatcher.on(30, request -> request.reply(Reply.ok()));
            server.dispatcher.on(RequestCode.PULL_MESSAGE, request -> request.reply(Reply.ok()));
            String tooLong = "x".repeat(64 << 10);

            peer.send(longRequest(30, tooLong), longRequest(RequestCode.PULL_MESSAGE, tooLong), request(30, 3));

            assertThat(TestPeer.text(peer.receive())).contains("code 30 has 65536 bytes at most");
            assertThat(peer.receiveHeader().code).isZero();
            assertThat(peer.receiveHeader().code).isZero();
        }
    }

    private static byte[] longRequest(int code, String value) {
        return frame(
                Header.TYPE_JSON,
                ("{\"code\":" + code + ",\"extFields\":{\"a\":\"" + value + "\"}}").getBytes(UTF_8),
                new byte[0]);
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
            echoOn(server);
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
            echoOn(server);
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
            echoOn(server);
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

            Thread sender = sending(peer, request(LARGE, 1, 0, Map.of(), body), request(LARGE, 2));

            assertThat(peer.receive()).isEqualTo(answer(0, 1, "", "", body));
            assertThat(peer.receive()).isEqualTo(answer(0, 2, "", ""));
            sender.join();
        }
    }

    @Test
    void closesOnMalformedFramesAndHurtsNobodyElse() throws IOException {
        byte[][] bad = {
            {0, 0, 0, 2, 0, 0},
            {0x7F, 0, 0, 0},
            {0, 0, 0, 8, 0, 0, 0, 9, '{', '}', '{', '}'},
            frame(0, "{\"code\":".getBytes(UTF_8), new byte[0]),
            frame(1, new byte[20], new byte[0]),
            frame(5, "{}".getBytes(UTF_8), new byte[0]),
            {0x16, 3, 1, 2, 0, 1, 0},
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".getBytes(UTF_8),
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000c"),
            "GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8)
        };
        try (TestServer server = new TestServer();
                TestPeer good = server.connect()) {
            echoOn(server);
            for (byte[] bytes : bad) {
                try (TestPeer peer = server.connect()) {
                    peer.send(bytes);
                    assertThat(peer.isClosedByPeer()).isTrue();
                }
            }

            good.send(request(ECHO, 1, 0, Map.of("n", "x")));
            assertThat(good.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            assertThat(server.count("remoting_malformed_frames")).isEqualTo(bad.length);
        }
    }

    @Test
    void answersWhatCameBeforeAMalformedFrame() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            echoOn(server);

            peer.send(ByteBuffer.allocate(1000)
                    .put(request(ECHO, 1, 0, Map.of("n", "x")))
                    .putInt(1)
                    .array());

            assertThat(peer.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            assertThat(peer.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void stopsReadingAPeerThatDoesNotTakeItsAnswers() throws Exception {
        byte[] large = new byte[100_000];
        int requests = 2_000;
        AtomicInteger handled = new AtomicInteger();
        try (TestServer server = new TestServer();
                TestPeer slow = server.connect();
                TestPeer other = server.connect()) {
            echoOn(server);
            server.dispatcher.on(LARGE, request -> {
                handled.incrementAndGet();
                request.reply(Reply.ok().body(large));
            });
            Thread sender = sending(slow, repeated(request(LARGE, 5), requests));
            await("a pause", () -> server.count("remoting_read_pauses") > 0);

            other.send(request(ECHO, 1, 0, Map.of("n", "x")));
            assertThat(other.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            // Loopback sockets take several MiB by themselves; 2,000 answers would be 200 MB.
            assertThat(handled.get()).isLessThan(requests / 4);
            assertThat(server.count("remoting_in_flight_bytes")).isLessThan(2 << 20);

            for (int i = 0; i < requests; i++) {
                assertThat(slow.receive().length).isGreaterThan(large.length);
            }
            sender.join();
            await("nothing in flight", () -> server.count("remoting_in_flight_bytes") == 0);
        }
    }

    @Test
    void stopsReadingWhenTooMuchOfAConnectionIsUnanswered() throws Exception {
        RemotingConfig config = TestServer.config(10, ByteSize.kib(64), ByteSize.mib(128), 120_000);
        stopsReadingAndGoesOn(config, 64 << 10);
    }

    @Test
    void stopsReadingWhenTooMuchOfAllConnectionsIsUnanswered() throws Exception {
        RemotingConfig config = TestServer.config(10, ByteSize.mib(100), ByteSize.mib(32), 120_000);
        stopsReadingAndGoesOn(config, 32 << 20);
    }

    private static void stopsReadingAndGoesOn(RemotingConfig config, int limit) throws Exception {
        List<ReplyTo> waiting = new CopyOnWriteArrayList<>();
        byte[] request = request(KEEP, 1, 0, Map.of(), new byte[limit / 8]);
        int requests = 50;
        try (TestServer server = new TestServer(config);
                TestPeer peer = server.connect()) {
            server.dispatcher.on(KEEP, r -> waiting.add(r.replyTo()));
            Thread sender = sending(peer, repeated(request, requests));
            await("a pause", () -> server.count("remoting_read_pauses") > 0);
            assertThat(waiting.size()).isBetween(6, 9); // the one that is cut counts, too, where all are counted

            for (int answered = 0; answered < requests; answered++) {
                int next = answered;
                await("request " + next, () -> waiting.size() > next);
                assertThat(waiting.size() - answered).isLessThanOrEqualTo(10);
                waiting.get(next).send(Reply.ok());
                assertThat(peer.receive()).isEqualTo(answer(0, 1, "", ""));
            }
            sender.join();
            await("nothing in flight", () -> server.count("remoting_in_flight_bytes") == 0);
        }
    }

    @Test
    void countsDeferredBytesOfHandlersThatAnswerByNumberAlone() throws Exception {
        RemotingConfig config = TestServer.config(10, ByteSize.kib(64), ByteSize.mib(128), 120_000);
        List<Runnable> waiting = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer(config);
                TestPeer peer = server.connect()) {
            server.dispatcher.on(KEEP, request -> {
                Connection connection = request.connection();
                int bytes = request.frameBytes();
                int opaque = request.opaque();
                connection.deferred(bytes);
                waiting.add(() -> {
                    connection.writer().begin(opaque, false, 0, null);
                    connection.writer().end();
                    connection.settled(bytes);
                });
            });
            Thread sender = sending(peer, repeated(request(KEEP, 1, 0, Map.of(), new byte[10_000]), 100));
            await("a pause", () -> server.count("remoting_read_pauses") > 0);
            assertThat(waiting).hasSize(7);

            for (int i = 0; i < 100; i++) {
                int next = i;
                await("request " + next, () -> waiting.size() > next);
                server.io.nextLoop().execute(waiting.get(next));
                assertThat(peer.receive()).isEqualTo(answer(0, 1, "", ""));
            }
            sender.join();
            await("nothing in flight", () -> server.count("remoting_in_flight_bytes") == 0);
        }
    }

    @Test
    void forgetsWhatAGoneConnectionKept() throws IOException {
        List<ReplyTo> waiting = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer()) {
            server.dispatcher.on(KEEP, request -> waiting.add(request.replyTo()));
            try (TestPeer peer = server.connect()) {
                peer.send(request(KEEP, 1, 0, Map.of(), new byte[100_000]), new byte[] {0, 1, 0, 0, 0});
                await("a request", () -> server.count("remoting_in_flight_bytes") > 100_000);
            }
            await("a close", () -> server.server.connectionCount() == 0);

            waiting.get(0).send(Reply.ok().body(new byte[1000]));

            AtomicInteger closed = new AtomicInteger();
            waiting.get(0).connection().onClose(closed::incrementAndGet);
            await("a late close notice", () -> closed.get() == 1);
            assertThat(server.count("remoting_in_flight_bytes")).isZero();
            assertThat(server.count("remoting_open_connections")).isZero();
            assertThat(waiting.get(0).connection().isOpen()).isFalse();
        }
    }

    @Test
    void callsAndNotifiesItsClients() throws Exception {
        List<Connection> connections = new CopyOnWriteArrayList<>();
        AtomicInteger closed = new AtomicInteger();
        try (TestServer server = new TestServer()) {
            server.dispatcher.on(34, request -> {
                connections.add(request.connection());
                request.connection().attach(String.class, "client 1");
                request.connection().onClose(closed::incrementAndGet);
                request.reply(Reply.ok());
            });
            try (TestPeer peer = server.connect()) {
                peer.send(request(34, 1));
                peer.receive();
                Connection client = connections.get(0);
                assertThat(client.attachment(String.class)).isEqualTo("client 1");
                assertThat(client.attachment(Integer.class)).isNull();
                assertThat(client.remoteAddress().getPort()).isEqualTo(peer.socket.getLocalPort());
                assertThat(client.localAddress()).isEqualTo(server.server.address());
                assertThat(client.isOnIoThread()).isFalse();
                assertThatThrownBy(client::writer).isInstanceOf(IllegalStateException.class);

                client.notify(40, Reply.ok().ext("consumerGroup", "g"));
                Header notice = peer.receiveHeader();
                assertThat(notice.code).isEqualTo(40);
                assertThat(notice.isOneWay()).isTrue();
                assertThat(notice.isResponse()).isFalse();
                assertThat(notice.toMap()).containsEntry("consumerGroup", "g");

                var answer = client.call(307, Reply.ok(), 10_000);
                var late = client.call(308, Reply.ok(), 1);
                Header call = peer.receiveHeader();
                assertThat(call.code).isEqualTo(307);
                assertThat(call.flag).isZero();
                peer.send(request(9, call.opaque + 100, 1, Map.of()));
                peer.send(request(17, call.opaque, 1, Map.of("k", "v"), (byte) 5));

                Response response = answer.get(10, TimeUnit.SECONDS);
                assertThat(response.code()).isEqualTo(17);
                assertThat(response.ext()).isEqualTo(Map.of("k", "v"));
                assertThat(response.body()).containsExactly(5);
                assertThatThrownBy(() -> late.get(10, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(java.util.concurrent.TimeoutException.class);

                var lost = client.call(307, Reply.ok(), 60_000);
                peer.close();
                assertThatThrownBy(() -> lost.get(10, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(java.nio.channels.ClosedChannelException.class);
                assertThatThrownBy(() -> client.call(307, Reply.ok(), 60_000).get(10, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(java.nio.channels.ClosedChannelException.class);
                await("the close notice", () -> closed.get() == 1);
            }
        }
    }

    @Test
    void gathersNoNoticesForAPeerThatDoesNotRead() throws Exception {
        List<Connection> connections = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer()) {
            server.dispatcher.on(34, request -> {
                connections.add(request.connection());
                request.reply(Reply.ok());
            });
            try (TestPeer peer = server.connect()) {
                peer.send(request(34, 1));
                peer.receive();
                Connection client = connections.get(0);
                byte[] body = new byte[100_000];

                for (int i = 0; i < 1000; i++) {
                    client.notify(40, Reply.ok().body(body));
                }

                CompletableFuture<Long> kept = new CompletableFuture<>();
                client.ioThread()
                        .execute(() -> kept.complete(server.io.inFlight().bytes()));
                long unsentMax = server.io.config().unsentPerConnection().bytes();
                // The chunk with which it became too much, and the one that is being filled, are kept whole.
                assertThat(kept.get(10, TimeUnit.SECONDS)).isLessThanOrEqualTo(2 * unsentMax);
                assertThat(client.isOpen()).isTrue();
            }
        }
    }

    @Test
    void refusesConnectionsBeyondTheLimit() throws IOException {
        RemotingConfig config = TestServer.config(2, ByteSize.mib(1), ByteSize.mib(128), 120_000);
        try (TestServer server = new TestServer(config);
                TestPeer first = server.connect();
                TestPeer second = server.connect()) {
            echoOn(server);
            first.send(request(99, 1));
            second.send(request(99, 1));
            first.receive();
            second.receive();

            try (TestPeer third = server.connect()) {
                assertThat(third.isClosedByPeer()).isTrue();
            }
            first.close();
            await("room", () -> server.server.connectionCount() == 1);

            try (TestPeer fourth = server.connect()) {
                fourth.send(request(ECHO, 1, 0, Map.of("n", "x")));
                assertThat(fourth.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            }
            assertThat(server.count("remoting_refused_connections")).isEqualTo(1);
        }
    }

    @Test
    void closesAnIdleConnection() throws IOException {
        RemotingConfig config = TestServer.config(2, ByteSize.mib(1), ByteSize.mib(128), 200);
        try (TestServer server = new TestServer(config);
                TestPeer peer = server.connect()) {
            assertThat(peer.isClosedByPeer()).isTrue();
            assertThat(server.count("remoting_idle_closed_connections")).isEqualTo(1);
        }
    }

    @Test
    void givesDueAnswersTimeWhenItCloses() throws Exception {
        List<ReplyTo> waiting = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect();
                TestPeer idle = server.connect()) {
            server.dispatcher.on(KEEP, request -> waiting.add(request.replyTo()));
            peer.send(request(KEEP, 1, 0, Map.of(), new byte[1000]));
            await("a request", () -> waiting.size() == 1);
            Thread closing = Thread.startVirtualThread(server.server::close);
            assertThat(idle.isClosedByPeer()).isTrue();

            waiting.get(0).send(Reply.ok().body(new byte[100_000]));

            assertThat(peer.receive()).isEqualTo(answer(0, 1, "", "", new byte[100_000]));
            assertThat(peer.isClosedByPeer()).isTrue();
            closing.join();
            int port = server.server.port();
            assertThatThrownBy(() -> new TestPeer(port)).isInstanceOf(IOException.class);
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

    @Test
    void survivesGarbage() throws IOException {
        Random random = new Random(42);
        try (TestServer server = new TestServer();
                TestPeer good = server.connect()) {
            echoOn(server);
            for (int i = 0; i < 200; i++) {
                byte[] valid = request(ECHO, i, 0, Map.of("n", "x\u0001"), new byte[20]);
                for (int flips = random.nextInt(5); flips >= 0; flips--) {
                    valid[4 + random.nextInt(valid.length - 4)] = (byte) random.nextInt();
                }
                try (TestPeer peer = server.connect()) {
                    peer.send(valid);
                }
            }

            good.send(request(ECHO, 1, 0, Map.of("n", "x")));
            assertThat(good.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            await("closes", () -> server.server.connectionCount() == 1);
            assertThat(server.count("remoting_handler_faults")).isZero();
        }
    }

    private static void echoOn(TestServer server) {
        server.dispatcher.on(
                ECHO,
                request ->
                        request.reply(Reply.ok().ext("n", request.required("n")).body(request.copyBody())));
    }

    private static byte[] repeated(byte[] frame, int times) {
        ByteBuffer all = ByteBuffer.allocate(frame.length * times);
        for (int i = 0; i < times; i++) {
            all.put(frame);
        }
        return all.array();
    }

    private static Thread sending(TestPeer peer, byte[]... frames) {
        return Thread.startVirtualThread(() -> {
            try {
                peer.send(frames);
            } catch (IOException fault) {
                throw new java.io.UncheckedIOException(fault);
            }
        });
    }
}
