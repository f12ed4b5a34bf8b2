package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many connections there may be, what a server asks of its clients, and how connections end. */
@Timeout(60)
class ConnectionLifeTest {
    private static final int ECHO = 10;
    private static final int KEEP = 11;

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
    void refusesConnectionsBeyondTheLimit() throws IOException {
        RemotingConfig config = TestServer.config(2, ByteSize.mib(1), ByteSize.mib(128), 120_000);
        try (TestServer server = new TestServer(config);
                TestPeer first = server.connect();
                TestPeer second = server.connect()) {
            server.echo(ECHO);
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
}
