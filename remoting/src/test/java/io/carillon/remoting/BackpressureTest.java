package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.frame;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that ask faster than they take answers, or than answers come. */
@Timeout(60)
class BackpressureTest {
    private static final int ECHO = 10;
    private static final int KEEP = 11;
    private static final int LARGE = 12;

    @Test
    void stopsReadingAPeerThatDoesNotTakeItsAnswers() throws Exception {
        byte[] large = new byte[100_000];
        int requests = 2_000;
        AtomicInteger handled = new AtomicInteger();
        try (TestServer server = new TestServer();
                TestPeer slow = server.connect();
                TestPeer other = server.connect()) {
            server.echo(ECHO);
            server.dispatcher.on(LARGE, request -> {
                handled.incrementAndGet();
                request.reply(Reply.ok().body(large));
            });
            Thread sender = slow.sending(repeated(request(LARGE, 5), requests));
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
            Thread sender = peer.sending(repeated(request, requests));
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
            Thread sender = peer.sending(repeated(request(KEEP, 1, 0, Map.of(), new byte[10_000]), 100));
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

    private static byte[] repeated(byte[] frame, int times) {
        ByteBuffer all = ByteBuffer.allocate(frame.length * times);
        for (int i = 0; i < times; i++) {
            all.put(frame);
        }
        return all.array();
    }
}
