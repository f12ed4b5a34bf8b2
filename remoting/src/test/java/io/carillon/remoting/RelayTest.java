package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.frame;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a follower passes on to the leader, and back. */
@Timeout(60)
class RelayTest extends RelayFixture {
    @Test
    void answersItsOwnCodesAndPassesOnTheOthers() throws IOException {
        TestServer leader = leader();
        TestServer follower = follower();
        TestPeer client = client(follower);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 100; i++) {
            all.writeBytes(echo(i));
        }

        client.send(request(LOCAL, 1000), all.toByteArray());

        assertThat(client.receive()).isEqualTo(answer(0, 1000, "\"n\":\"local\"", ""));
        for (int i = 0; i < 100; i++) {
            assertThat(client.receive()).isEqualTo(echoed(i));
        }
        client.send(request(LOCAL, 1001), request(9999, 5));
        assertThat(client.receive()).isEqualTo(answer(0, 1001, "\"n\":\"local\"", ""));
        assertThat(client.receive()).isEqualTo(answer(3, 5, "", " request type 9999 not supported"));
        await("figures", () -> follower.count("remoting_relayed_frames") == 202);
        assertThat(follower.count("remoting_relayed_open_connections")).isEqualTo(1);
        assertThat(leader.server.connectionCount()).isEqualTo(1);
        await("nothing in flight", () -> follower.count("remoting_in_flight_bytes") == 0);
    }

    @Test
    void passesFramesOnAsTheyAre() throws Exception {
        TestPeer client = client(follower());
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            target.set((InetSocketAddress) socket.getLocalSocketAddress());
            byte[] odd =
                    frame(0, "{ \"opaque\":7,\"code\":310 ,\"x\":[1,{}], \"flag\":2}".getBytes(UTF_8), new byte[70]);
            byte[] back = frame(0, "{ \"flag\":1 ,\"opaque\":-7,\"code\":19}".getBytes(UTF_8), new byte[] {1});

            client.send(odd);

            try (var upstream = socket.accept()) {
                assertThat(upstream.getInputStream().readNBytes(odd.length)).isEqualTo(odd);
                upstream.getOutputStream().write(back);
                assertThat(client.receive()).isEqualTo(back);
            }
        }
    }

    @Test
    void givesEachClientAConnectionOfItsOwn() throws IOException {
        TestServer leader = leader();
        TestServer follower = follower();
        TestPeer one = client(follower);
        TestPeer other = client(follower);

        one.send(echo(1));
        other.send(echo(1));
        one.receive();
        other.receive();
        assertThat(leader.server.connectionCount()).isEqualTo(2);

        one.close();
        await("one is gone at the leader", () -> leader.server.connectionCount() == 1);
        other.send(echo(2));
        assertThat(other.receive()).isEqualTo(echoed(2));
    }

    @Test
    void passesOnWhatAClientSaidLastBeforeItClosed() throws IOException {
        leader();
        TestServer follower = follower();
        for (int i = 0; i < 20; i++) {
            try (TestPeer client = follower.connect()) {
                client.send(request(KEEP, i, 2, Map.of(), new byte[i * 500_000]));
            }
        }

        await("all of it", () -> kept.size() == 20);
        await("the end", () -> follower.count("remoting_relayed_open_connections") == 0);
    }

    @Test
    void passesOnWhatTheLeaderAsksAndTheClientAnswers() throws Exception {
        leader();
        TestServer follower = follower();
        List<Connection> atFollower = new CopyOnWriteArrayList<>();
        follower.dispatcher.on(2, request -> {
            atFollower.add(request.connection());
            request.reply(Reply.ok());
        });
        TestPeer client = client(follower);
        client.send(request(ASK_ME, 1), request(2, 2));
        client.receive();
        client.receive();
        await("both connections", () -> atLeader.size() == 1 && atFollower.size() == 1);

        CompletableFuture<Response> asked = atLeader.get(0).call(307, Reply.ok(), 20_000);
        Header question = client.receiveHeader();
        CompletableFuture<Response> askedHere = atFollower.get(0).call(308, Reply.ok(), 20_000);
        Header questionHere = client.receiveHeader();
        client.send(request(0, question.opaque, 1, Map.of("k", "leader")));
        client.send(request(0, questionHere.opaque, 1, Map.of("k", "follower")));

        assertThat(question.code).isEqualTo(307);
        assertThat(asked.get(20, TimeUnit.SECONDS).ext()).containsEntry("k", "leader");
        assertThat(askedHere.get(20, TimeUnit.SECONDS).ext()).containsEntry("k", "follower");
        assertThat(questionHere.opaque).isNotEqualTo(question.opaque);
        atLeader.get(0).notify(40, Reply.ok().ext("consumerGroup", "g"));
        assertThat(client.receiveHeader().toMap()).containsEntry("consumerGroup", "g");
    }

    @Test
    void carriesTheLargestFramesBothWays() throws Exception {
        leader();
        TestServer follower = follower();
        TestPeer client = client(follower);
        byte[] body = new byte[(16 << 20) - 300];
        new Random(7).nextBytes(body);
        Thread sender = client.sending(request(ECHO, 1, 0, Map.of("n", "x"), body), echo(2));

        assertThat(client.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", "", body));
        assertThat(client.receive()).isEqualTo(echoed(2));
        sender.join();
        await("nothing in flight", () -> follower.count("remoting_in_flight_bytes") == 0);
    }

    @Test
    void keepsLittleForALeaderThatDoesNotRead() throws Exception {
        RemotingConfig config = TestServer.config(10, ByteSize.kib(64), ByteSize.mib(128), 120_000);
        TestServer follower = follower(config);
        TestPeer client = client(follower);
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            target.set((InetSocketAddress) socket.getLocalSocketAddress());
            byte[] request = request(KEEP, 1, 0, Map.of(), new byte[10_000]);
            byte[][] requests = new byte[2_000][];
            Arrays.fill(requests, request);
            Thread sender = client.sending(requests);
            await("a pause", () -> follower.count("remoting_read_pauses") > 0);
            assertThat(follower.count("remoting_in_flight_bytes")).isLessThan(1 << 20);

            try (var upstream = socket.accept()) {
                for (int i = 0; i < requests.length; i++) {
                    assertThat(upstream.getInputStream().readNBytes(request.length))
                            .isEqualTo(request);
                }
                sender.join();
                await("nothing in flight", () -> follower.count("remoting_in_flight_bytes") == 0);
            }
        }
    }

    @Test
    void doesNotReadTheLeaderForAClientThatDoesNotRead() throws Exception {
        leader();
        TestServer follower = follower();
        TestPeer slow = client(follower);
        TestPeer other = client(follower);
        slow.send(request(ASK_ME, 0));
        slow.receive();
        await("the connection", () -> atLeader.size() == 1);
        byte[][] requests = new byte[500][];
        Arrays.fill(requests, request(LARGE, 5, 0, Map.of("bytes", "200000")));
        Thread sender = slow.sending(requests);
        await("the leader waits, too", () -> !atLeader.get(0).takesMore());

        other.send(echo(1));
        assertThat(other.receive()).isEqualTo(echoed(1));
        assertThat(follower.count("remoting_in_flight_bytes")).isLessThan(4 << 20);

        for (int i = 0; i < requests.length; i++) {
            assertThat(slow.receive().length).isGreaterThan(200_000);
        }
        sender.join();
        await("nothing in flight", () -> follower.count("remoting_in_flight_bytes") == 0);
    }
}
