package io.carillon.remoting;

import static io.carillon.remoting.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RemotingClientTest {
    @Test
    void callsAnotherServerOverOneConnectionOnSharedThreads() throws Exception {
        try (TestServer server = new TestServer();
                RemotingClient client = new RemotingClient(server.server.io(), new Dispatcher())) {
            server.dispatcher.on(
                    322,
                    request -> request.reply(Reply.of(17, "no \u00fc")
                            .ext("got", request.required("name"))
                            .body(request.copyBody())));

            for (int i = 0; i < 3; i++) {
                Response response = get(client.call(
                        server.server.address(),
                        322,
                        Reply.ok().ext("name", "b" + i).body(new byte[] {1, 2}),
                        10_000));

                assertThat(response.code()).isEqualTo(17);
                assertThat(response.remark()).isEqualTo("no \u00fc");
                assertThat(response.ext()).isEqualTo(Map.of("got", "b" + i));
                assertThat(response.body()).containsExactly(1, 2);
            }
            assertThat(server.server.connectionCount()).isEqualTo(1);
        }
    }

    @Test
    void connectsAgainAfterTheConnectionWasLost() throws Exception {
        List<Connection> seen = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer();
                RemotingClient client = new RemotingClient(server.io, new Dispatcher())) {
            server.dispatcher.on(1, request -> {
                seen.add(request.connection());
                request.reply(Reply.ok());
            });
            InetSocketAddress byName = InetSocketAddress.createUnresolved("localhost", server.server.port());
            get(client.call(byName, 1, Reply.ok(), 10_000));
            CompletableFuture<Connection> before = client.connect(byName);

            seen.get(0).close();
            await("the loss is noticed", () -> client.connect(byName) != before);

            assertThat(get(client.call(byName, 1, Reply.ok(), 10_000)).code()).isZero();
            assertThat(seen).hasSize(2);
        }
    }

    /** A connection is closed before the client is told so: not even then is it given to anybody. */
    @Test
    void givesNobodyAConnectionThatIsClosed() throws Exception {
        try (TestServer server = new TestServer();
                RemotingClient client = new RemotingClient(server.io, new Dispatcher())) {
            for (int i = 0; i < 2_000; i++) {
                Connection connection = get(client.connect(server.server.address()));
                assertThat(connection.isOpen()).as("try %d", i).isTrue();
                connection.close();
                await("the close", () -> !connection.isOpen());
            }
        }
    }

    @Test
    void servesWhatTheOtherSideAsks() throws Exception {
        Dispatcher ours =
                new Dispatcher().on(40, request -> request.reply(Reply.ok().ext("pong", 1)));
        List<CompletableFuture<Response>> asked = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer();
                RemotingClient client = new RemotingClient(server.io, ours)) {
            server.dispatcher.on(1, request -> {
                asked.add(request.connection().call(40, Reply.ok(), 10_000));
                request.reply(Reply.ok());
            });

            get(client.call(server.server.address(), 1, Reply.ok(), 10_000));

            await("the question", () -> asked.size() == 1);
            assertThat(get(asked.get(0)).ext()).isEqualTo(Map.of("pong", "1"));
        }
    }

    @Test
    void failsWhenNobodyListens() throws Exception {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) socket.getLocalSocketAddress();
        }
        try (TestServer server = new TestServer();
                RemotingClient client = new RemotingClient(server.io, new Dispatcher())) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> get(client.call(nobody, 1, Reply.ok(), 10_000)))
                        .hasCauseInstanceOf(ConnectException.class);
            }
        }
    }

    @Test
    void failsWhenTheAnswerDoesNotComeInTime() throws IOException {
        try (TestServer server = new TestServer();
                RemotingClient client = new RemotingClient(server.io, new Dispatcher())) {
            server.dispatcher.on(1, request -> request.replyTo());

            assertThatThrownBy(() -> get(client.call(server.server.address(), 1, Reply.ok(), 50)))
                    .hasCauseInstanceOf(TimeoutException.class);
        }
    }

    @Test
    void endsWaitingCallsWhenItCloses() throws Exception {
        List<ReplyTo> waiting = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer()) {
            server.dispatcher.on(1, request -> waiting.add(request.replyTo()));
            RemotingClient client = new RemotingClient(server.io, new Dispatcher());
            CompletableFuture<Response> call = client.call(server.server.address(), 1, Reply.ok(), 50_000);
            await("the request", () -> waiting.size() == 1);

            client.close();

            assertThatThrownBy(() -> get(call)).hasCauseInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> get(client.call(server.server.address(), 1, Reply.ok(), 1000)))
                    .hasCauseInstanceOf(ClosedChannelException.class);
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }
}
