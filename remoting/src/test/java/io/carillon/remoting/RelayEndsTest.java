package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No leader, another one, and connections that end: what becomes of a client that is passed on. */
@Timeout(60)
class RelayEndsTest extends RelayFixture {
    @Test
    void refusesWithoutALeaderAndServesOn() throws IOException {
        TestServer follower = follower();
        TestPeer client = client(follower);

        client.send(echo(1), request(LOCAL, 2));
        assertThat(TestPeer.text(client.receive())).contains("\"code\":14,", "\"opaque\":1,", "no leader now");
        assertThat(client.receive()).isEqualTo(answer(0, 2, "\"n\":\"local\"", ""));
        target.set(InetSocketAddress.createUnresolved("elsewhere", 1));
        client.send(echo(3));
        assertThat(TestPeer.text(client.receive())).contains("\"code\":14,", "elsewhere is not known");

        leader();
        client.send(echo(4));
        assertThat(client.receive()).isEqualTo(echoed(4));
        assertThat(follower.count("remoting_unrelayed_requests")).isEqualTo(2);
    }

    @Test
    void closesTheClientWhenNobodyListensThere() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            target.set((InetSocketAddress) socket.getLocalSocketAddress());
        }
        TestServer follower = follower();
        TestPeer client = client(follower);

        client.send(echo(1));

        assertThat(client.isClosedByPeer()).isTrue();
        assertThat(follower.count("remoting_failed_relay_connections")).isEqualTo(1);
        await("nothing in flight", () -> follower.count("remoting_in_flight_bytes") == 0);
    }

    @Test
    void closesTheClientWhenTheLeaderClosesAndAfterItsLastAnswers() throws IOException {
        TestServer leader = leader();
        TestServer follower = follower();
        TestPeer client = client(follower);
        client.send(request(KEEP, 1));
        await("a request", () -> kept.size() == 1);

        leader.server.disconnectAll();
        kept.get(0).send(Reply.ok().body(new byte[100_000]));

        assertThat(client.receive()).isEqualTo(answer(0, 1, "", "", new byte[100_000]));
        assertThat(client.isClosedByPeer()).isTrue();
        TestPeer again = client(follower);
        again.send(echo(2));
        assertThat(again.receive()).isEqualTo(echoed(2));
    }

    @Test
    void givesAnswersOfTheLeaderTimeWhenItDisconnects() throws IOException {
        leader();
        TestServer follower = follower();
        TestPeer client = client(follower);
        TestPeer idle = client(follower);
        client.send(request(KEEP, 1));
        idle.send(echo(1));
        idle.receive();
        await("a request", () -> kept.size() == 1);

        follower.server.disconnectAll();
        assertThat(idle.isClosedByPeer()).isTrue();
        kept.get(0).send(Reply.ok());

        assertThat(client.receive()).isEqualTo(answer(0, 1, "", ""));
        assertThat(client.isClosedByPeer()).isTrue();
    }

    @Test
    void cutsOffWhoIsConnectedToAFormerLeader() throws IOException {
        leader();
        TestServer follower = closing(new TestServer());
        Relay relay = new Relay(follower.io, target::get, null);
        serveLocally(follower.dispatcher).relayElse(relay);
        TestPeer waiting = client(follower);
        TestPeer local = client(follower);
        waiting.send(request(KEEP, 1));
        local.send(request(LOCAL, 1));
        local.receive();
        await("a request", () -> kept.size() == 1);

        relay.retarget();
        assertThat(follower.count("remoting_relayed_open_connections")).isEqualTo(1);
        TestServer next = leader();
        relay.retarget();

        assertThat(waiting.isClosedByPeer()).isTrue();
        local.send(echo(2));
        assertThat(local.receive()).isEqualTo(echoed(2));
        assertThat(next.server.connectionCount()).isEqualTo(1);
        await("the first is gone", () -> follower.count("remoting_relayed_open_connections") == 1);
    }

    @Test
    void letsTheConnectionToTheLeaderGoWhenOnlyTheClientIsBusyHere() throws IOException {
        RemotingConfig config = TestServer.config(10, ByteSize.mib(1), ByteSize.mib(128), 1_200);
        TestServer leader = leader(config);
        TestServer follower = follower(config);
        TestPeer client = client(follower);
        client.send(echo(1));
        client.receive();

        await("it is given up", () -> {
            askLocally(client);
            return follower.count("remoting_relayed_open_connections") == 0;
        });

        assertThat(leader.count("remoting_idle_closed_connections")).isZero();
        client.send(echo(2));
        assertThat(client.receive()).isEqualTo(echoed(2));
    }

    private static void askLocally(TestPeer client) {
        try {
            client.send(request(LOCAL, 7));
            assertThat(client.receiveHeader().opaque).isEqualTo(7);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    @Test
    void servesOpenConnectionsByAnotherDispatcherFromTheNextFrameOn() throws IOException {
        AtomicInteger served = new AtomicInteger();
        TestServer leader = leader();
        TestServer follower = follower();
        TestPeer client = client(follower);
        client.send(echo(1));
        assertThat(client.receive()).isEqualTo(echoed(1));

        follower.server.serveBy(new Dispatcher().on(ECHO, request -> {
            served.incrementAndGet();
            request.reply(echo(request));
        }));
        client.send(echo(2), request(LOCAL, 3));

        assertThat(client.receive()).isEqualTo(echoed(2));
        assertThat(client.receive()).isEqualTo(answer(3, 3, "", " request type 1 not supported"));
        assertThat(served).hasValue(1);
        follower.server.disconnectAll();
        assertThat(client.isClosedByPeer()).isTrue();
        await("no relay", () -> leader.server.connectionCount() == 0);
        TestPeer another = client(follower);
        another.send(echo(4));
        assertThat(another.receive()).isEqualTo(echoed(4));
    }
}
