package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import io.carillon.base.CarillonException;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.remoting.TlsConfig.ClientCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TlsTest {
    private static final int ECHO = 1;
    private static final long PATIENCE_MS = 20_000;

    private final SelfSigned certificate = SelfSigned.make(System.currentTimeMillis());
    private final Counters counters = new Counters();
    private final AtomicBoolean wasEncrypted = new AtomicBoolean();
    private final Dispatcher dispatcher = new Dispatcher().on(ECHO, request -> {
        wasEncrypted.set(request.connection().isEncrypted());
        request.reply(Reply.ok().ext("said", String.valueOf(request.ext("say"))).body(request.copyBody()));
    });
    private final IoGroup io =
            IoGroup.open(1, Thread.ofPlatform().daemon().factory(), RemotingConfig.DEFAULT, Ticker.system(), counters);
    private @Nullable RemotingServer server;

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
        io.close();
    }

    private ServerTls listen(boolean isEnforced, ClientCertificates clients, byte @Nullable [] trust)
            throws IOException {
        ServerTls tls = new ServerTls(isEnforced, clients, material(certificate, trust));
        server = RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher, tls);
        return tls;
    }

    private static TlsMaterial material(SelfSigned own, byte @Nullable [] trust) {
        return new TlsMaterial(own.certificatePem(), own.keyPem(), Secret.NONE, trust);
    }

    private static ClientTls trusting(SelfSigned one) {
        return new ClientTls(new TlsMaterial(null, null, Secret.NONE, one.certificatePem()));
    }

    private InetSocketAddress address() {
        assertThat(server).isNotNull();
        return new InetSocketAddress("127.0.0.1", server.port());
    }

    private Response ask(RemotingClient client, String say, byte... body) {
        return client.call(address(), ECHO, Reply.ok().ext("say", say).body(body), PATIENCE_MS)
                .join();
    }

    private RemotingClient client(@Nullable ClientTls tls) {
        return new RemotingClient(io, new Dispatcher(), tls);
    }

    @Test
    void encryptsForWhoAsksForItAndServesOthersAsBefore() throws IOException {
        listen(false, ClientCertificates.NONE, null);
        try (RemotingClient encrypted = client(trusting(certificate));
                RemotingClient plain = client(null)) {
            assertThat(ask(encrypted, "secret").ext()).containsEntry("said", "secret");
            assertThat(wasEncrypted).isTrue();
            assertThat(ask(plain, "open").ext()).containsEntry("said", "open");
            assertThat(wasEncrypted).isFalse();
        }
    }

    @Test
    void carriesLargeFramesBothWays() throws IOException {
        listen(false, ClientCertificates.NONE, null);
        byte[] body = new byte[5 << 20];
        new Random(7).nextBytes(body);
        try (RemotingClient client = client(trusting(certificate))) {
            for (int i = 0; i < 3; i++) {
                assertThat(ask(client, "large", body).body()).isEqualTo(body);
            }
        }
    }

    @Test
    void refusesWhatIsNotEncryptedWhenThatIsEnforced() throws IOException {
        listen(true, ClientCertificates.NONE, null);
        try (TestPeer peer = new TestPeer(address().getPort())) {
            peer.send(ReferenceCodec.request(ECHO, 1));

            assertThat(peer.isClosedByPeer()).isTrue();
        }
        try (RemotingClient client = client(trusting(certificate))) {
            assertThat(ask(client, "secret").code()).isZero();
        }
    }

    @Test
    void refusesAServerThatNobodyVouchesFor() throws IOException {
        listen(false, ClientCertificates.NONE, null);
        try (RemotingClient client = client(trusting(SelfSigned.make(System.currentTimeMillis())))) {
            assertThatThrownBy(() -> ask(client, "secret")).isInstanceOf(CompletionException.class);
        }
        assertThat(counters.snapshot()).containsEntry("remoting_handler_faults", 0L);
    }

    @Test
    void closesConnectionsThatBeginLikeTlsAndGoOnOtherwise() throws IOException {
        listen(false, ClientCertificates.NONE, null);
        try (TestPeer peer = new TestPeer(address().getPort())) {
            peer.send(new byte[] {0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5});

            // what comes before the end is TLS's own complaint
            TestServer.await("closed", () -> isClosed(peer));
        }
    }

    private static boolean isClosed(TestPeer peer) {
        try {
            return peer.isClosedByPeer();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void takesANewCertificateWhileConnectionsGoOn() throws Exception {
        ServerTls tls = listen(false, ClientCertificates.NONE, null);
        SelfSigned next = SelfSigned.make(System.currentTimeMillis());
        try (RemotingClient old = client(trusting(certificate))) {
            AtomicInteger answers = new AtomicInteger();
            AtomicBoolean isEnough = new AtomicBoolean();
            Thread load = Thread.startVirtualThread(() -> {
                while (!isEnough.get()) {
                    ask(old, "on");
                    answers.incrementAndGet();
                }
            });
            TestServer.await("load", () -> answers.get() > 50);

            tls.use(material(next, null));
            int before = answers.get();
            TestServer.await("load goes on", () -> answers.get() > before + 50);
            isEnough.set(true);
            load.join();
        }
        assertThat(counters.snapshot().get("remoting_encrypted_connections")).isEqualTo(1);
        try (RemotingClient fresh = client(trusting(next));
                RemotingClient stale = client(trusting(certificate))) {
            assertThat(ask(fresh, "new").code()).isZero();
            assertThatThrownBy(() -> ask(stale, "old")).isInstanceOf(CompletionException.class);
        }
    }

    @Test
    void letsNobodyInWithoutACertificateThatSomebodyVouchesFor() throws IOException {
        SelfSigned mine = SelfSigned.make(System.currentTimeMillis());
        listen(false, ClientCertificates.REQUIRED, mine.certificatePem());
        try (RemotingClient without = client(trusting(certificate));
                RemotingClient with = client(new ClientTls(material(mine, certificate.certificatePem())))) {
            assertThatThrownBy(() -> ask(without, "let me in")).isInstanceOf(CompletionException.class);
            assertThat(ask(with, "it is me").ext()).containsEntry("said", "it is me");
        }
    }

    @Test
    void saysWhatIsWrongWithFiles() {
        byte[] nonsense = "no PEM".getBytes(StandardCharsets.US_ASCII);
        SelfSigned other = SelfSigned.make(System.currentTimeMillis());
        assertThatThrownBy(() -> new ServerTls(
                        false,
                        ClientCertificates.NONE,
                        new TlsMaterial(nonsense, certificate.keyPem(), Secret.NONE, null)))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("PEM");
        assertThatThrownBy(() -> new ServerTls(
                        false,
                        ClientCertificates.NONE,
                        new TlsMaterial(certificate.certificatePem(), nonsense, Secret.NONE, null)))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("PKCS#8");
        assertThatThrownBy(() -> new ServerTls(
                        false,
                        ClientCertificates.NONE,
                        new TlsMaterial(certificate.certificatePem(), other.keyPem(), Secret.NONE, null)))
                .isInstanceOf(CarillonException.BadConfig.class);
    }

    @Test
    void cutsOffWhoDoesNotSayWhoHeIsInTime() throws IOException {
        dispatcher.guard(new Guard() {
            @Override
            public boolean admits(Request request) {
                return true;
            }

            @Override
            public boolean knows(Connection connection) {
                return connection.attachment(String.class) != null;
            }
        });
        dispatcher.on(2, request -> {
            request.connection().attach(String.class, "known");
            request.reply(Reply.ok());
        });
        RemotingConfig hasty = new RemotingConfig(
                ByteSize.mib(16),
                ByteSize.mib(5),
                java.time.Duration.ofSeconds(30),
                ByteSize.mib(1),
                100,
                100,
                ByteSize.mib(16),
                ByteSize.mib(128),
                ByteSize.kib(512),
                java.time.Duration.ofSeconds(60),
                java.time.Duration.ofMillis(500),
                java.time.Duration.ofSeconds(1),
                "");
        try (IoGroup other = IoGroup.open(1, Thread.ofPlatform().daemon().factory(), hasty, Ticker.system(), counters);
                RemotingServer strict = RemotingServer.listen(
                        other, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
                TestPeer silent = new TestPeer(strict.port());
                TestPeer known = new TestPeer(strict.port())) {
            known.send(ReferenceCodec.request(2, 1));
            assertThat(known.receiveHeader().code).isZero();

            assertThat(silent.isClosedByPeer()).isTrue();

            known.send(ReferenceCodec.request(2, 2));
            assertThat(known.receiveHeader().opaque).isEqualTo(2);
        }
    }
}
