package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.base.Secret;
import io.carillon.remoting.TlsConfig.ClientCertificates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who a client is, to a leader that sees a follower's connection. */
@Timeout(60)
class RelayTrustTest extends RelayFixture {
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

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
