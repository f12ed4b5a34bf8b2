package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.frame;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.base.Secret;
import io.carillon.remoting.TlsConfig.ClientCertificates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client's connection to a follower, whose server passes on to the leader's what it does not answer itself. */
@Timeout(60)
class RelayTest {
    private static final int LOCAL = 1;
    private static final int ECHO = 10;
    private static final int WHO = 11;
    private static final int KEEP = 12;
    private static final int LARGE = 13;
    private static final int ASK_ME = 14;

    private final AtomicReference<@Nullable InetSocketAddress> target = new AtomicReference<>();
    private final List<ReplyTo> kept = new CopyOnWriteArrayList<>();
    private final List<Connection> atLeader = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeServers() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T closing(T one) {
        open.add(one);
        return one;
    }

    private TestServer leader(RemotingConfig config) throws IOException {
        TestServer leader = closing(new TestServer(config));
        leader.dispatcher
                .on(ECHO, request -> request.reply(echo(request)))
                .on(
                        WHO,
                        request -> request.reply(Reply.ok()
                                .ext(
                                        "from",
                                        request.connection().remoteAddress().toString())
                                .ext("encrypted", request.connection().isEncrypted())))
                .on(KEEP, request -> {
                    atLeader.add(request.connection());
                    kept.add(request.replyTo());
                })
                .on(ASK_ME, request -> {
                    atLeader.add(request.connection());
                    request.reply(Reply.ok());
                })
                .on(LARGE, request -> request.reply(Reply.ok().body(new byte[request.requiredInt("bytes")])));
        target.set(leader.server.address());
        return leader;
    }

    private TestServer leader() throws IOException {
        return leader(TestServer.CONFIG);
    }

    private static Reply echo(Request request) {
        return Reply.ok().ext("n", request.required("n")).body(request.copyBody());
    }

    private TestServer follower(RemotingConfig config) throws IOException {
        TestServer follower = closing(new TestServer(config));
        serveLocally(follower.dispatcher).relayElse(new Relay(follower.io, target::get, null));
        return follower;
    }

    private TestServer follower() throws IOException {
        return follower(TestServer.CONFIG);
    }

    private static Dispatcher serveLocally(Dispatcher dispatcher) {
        return dispatcher.on(LOCAL, request -> request.reply(Reply.ok().ext("n", "local")));
    }

    private TestPeer client(TestServer of) throws IOException {
        return closing(of.connect());
    }

    private static byte[] echo(int opaque) {
        return request(ECHO, opaque, 0, Map.of("n", "v" + opaque));
    }

    private static byte[] echoed(int opaque) {
        return answer(0, opaque, "\"n\":\"v" + opaque + '"', "");
    }

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
        Thread sender = sending(client, request(ECHO, 1, 0, Map.of("n", "x"), body), echo(2));

        assertThat(client.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", "", body));
        assertThat(client.receive()).isEqualTo(echoed(2));
        sender.join();
        await("nothing in flight", () -> follower.count("remoting_in_flight_bytes") == 0);
    }

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
    void keepsLittleForALeaderThatDoesNotRead() throws Exception {
        RemotingConfig config = TestServer.config(10, ByteSize.kib(64), ByteSize.mib(128), 120_000);
        TestServer follower = follower(config);
        TestPeer client = client(follower);
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            target.set((InetSocketAddress) socket.getLocalSocketAddress());
            byte[] request = request(KEEP, 1, 0, Map.of(), new byte[10_000]);
            byte[][] requests = new byte[2_000][];
            Arrays.fill(requests, request);
            Thread sender = sending(client, requests);
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
        Thread sender = sending(slow, requests);
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

    @Test
    void namesTheClientToALeaderThatTrustsIt() throws IOException {
        leader(trusting("127.0.0.1", 120_000));
        TestServer follower = naming(target);
        TestPeer client = client(follower);

        ByteArrayOutputStream many = new ByteArrayOutputStream(); // more than waits in one piece for the connection
        for (int i = 0; i < 100; i++) {
            many.writeBytes(request(WHO, i, 0, Map.of(), new byte[3_000]));
        }
        client.send(many.toByteArray());

        String self = "/127.0.0.1:" + client.socket.getLocalPort();
        for (int i = 0; i < 100; i++) {
            assertThat(client.receiveHeader().toMap()).containsEntry("from", self);
        }
    }

    @Test
    void closesTheClientWhenTheLeaderDoesNotTrustIt() throws IOException {
        leader();
        TestPeer client = client(naming(target));

        client.send(request(WHO, 1));

        assertThat(client.isClosedByPeer()).isTrue();
    }

    @Test
    void doesNotRelayWhatWasRelayed() throws IOException {
        AtomicReference<@Nullable InetSocketAddress> back = new AtomicReference<>();
        TestServer one = naming(target);
        TestServer other = naming(back);
        target.set(other.server.address());
        back.set(one.server.address());
        TestPeer client = client(one);

        client.send(echo(1));

        assertThat(TestPeer.text(client.receive())).contains("\"code\":14,", "was taken for it and is not");
    }

    private TestServer naming(AtomicReference<@Nullable InetSocketAddress> to) throws IOException {
        TestServer follower = closing(new TestServer(trusting("127.0.0.1", 120_000)));
        serveLocally(follower.dispatcher).relayElse(Relay.namingClients(follower.io, to::get, null));
        return follower;
    }

    private static RemotingConfig trusting(String proxies, long authenticateWithinMs) {
        return new RemotingConfig(
                ByteSize.mib(16),
                ByteSize.kib(10),
                Duration.ofSeconds(30),
                ByteSize.mib(1),
                100,
                100,
                ByteSize.mib(16),
                ByteSize.mib(128),
                ByteSize.kib(512),
                Duration.ofSeconds(120),
                Duration.ofMillis(authenticateWithinMs),
                Duration.ofSeconds(5),
                proxies);
    }

    @Test
    void encryptsWhatItPassesOnAndSaysWhetherTheClientDid() throws Exception {
        SelfSigned certificate = SelfSigned.make(System.currentTimeMillis());
        TestServer leader = leader(trusting("127.0.0.1", 120_000));
        ServerTls tls = new ServerTls(
                true,
                ClientCertificates.NONE,
                new TlsMaterial(certificate.certificatePem(), certificate.keyPem(), Secret.NONE, null));
        RemotingServer encrypted = closing(RemotingServer.listen(leader.io, loopback(), leader.dispatcher, tls));
        target.set(new InetSocketAddress("127.0.0.1", encrypted.port()));
        ClientTls trust = new ClientTls(new TlsMaterial(null, null, Secret.NONE, certificate.certificatePem()));
        TestServer follower = closing(new TestServer(trusting("", 120_000)));
        follower.dispatcher.relayElse(Relay.namingClients(follower.io, target::get, trust));
        RemotingServer front = closing(RemotingServer.listen(follower.io, loopback(), follower.dispatcher, tls));
        byte[] body = new byte[5_000];
        new Random(7).nextBytes(body);

        TestPeer plain = client(follower);
        plain.send(request(WHO, 1), request(ECHO, 2, 0, Map.of("n", "x"), body));
        assertThat(plain.receiveHeader().toMap())
                .containsEntry("from", "/127.0.0.1:" + plain.socket.getLocalPort())
                .containsEntry("encrypted", "false");
        assertThat(plain.receive()).isEqualTo(answer(0, 2, "\"n\":\"x\"", "", body));

        try (RemotingClient client = new RemotingClient(follower.io, new Dispatcher(), trust)) {
            Response who = client.call(new InetSocketAddress("127.0.0.1", front.port()), WHO, Reply.ok(), 20_000)
                    .get(20, TimeUnit.SECONDS);
            assertThat(who.ext()).containsEntry("encrypted", "true");
        }
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @Test
    void leavesItToTheLeaderWhoIsKnown() throws Exception {
        leader(trusting("", 200));
        TestServer follower = closing(new TestServer(trusting("", 200)));
        Guard knowsNobody = new Guard() {
            @Override
            public boolean admits(Request request) {
                return true;
            }

            @Override
            public boolean knows(Connection connection) {
                return false;
            }
        };
        serveLocally(follower.dispatcher).guard(knowsNobody).relayElse(new Relay(follower.io, target::get, null));
        TestPeer stranger = client(follower);
        TestPeer relayed = client(follower);
        byte[] large = request(ECHO, 2, 0, Map.of("n", "v2"), new byte[20_000]);

        relayed.send(echo(1));
        assertThat(relayed.receive()).isEqualTo(echoed(1));
        stranger.send(request(LOCAL, 1));
        stranger.receive();
        assertThat(stranger.isClosedByPeer()).isTrue();
        relayed.send(large);
        assertThat(relayed.receive()).isEqualTo(answer(0, 2, "\"n\":\"v2\"", "", new byte[20_000]));
        TestPeer tooEarly = client(follower);
        tooEarly.send(large);
        assertThat(tooEarly.isClosedByPeer()).isTrue();
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

    private static Thread sending(TestPeer peer, byte[]... frames) {
        return Thread.startVirtualThread(() -> {
            try {
                peer.send(frames);
            } catch (IOException fault) {
                throw new UncheckedIOException(fault);
            }
        });
    }
}
