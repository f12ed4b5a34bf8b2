package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.http.Action;
import io.carillon.http.Caller;
import io.carillon.http.Callers;
import io.carillon.http.Elsewhere;
import io.carillon.http.HttpConfig;
import io.carillon.http.HttpFront;
import io.carillon.http.HttpTls;
import io.carillon.testkit.stores.PemFiles;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port of HTTP and gRPC when it is encrypted, and clients that show certificates. */
class HttpTlsTest {
    private static final String TOKEN = "a-token";
    private static final char[] IN_MEMORY = "x".toCharArray();

    @TempDir
    static Path folder;

    private static PemFiles own;
    private static PemFiles client;
    private static PemFiles stranger;
    private static EmbeddedServer server;

    @BeforeAll
    static void start() throws IOException {
        own = PemFiles.make(folder, "server");
        client = PemFiles.make(folder, "billing");
        stranger = PemFiles.make(folder, "stranger");
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Known(), tls(own, false));
    }

    @AfterAll
    static void stop() throws InterruptedException {
        server.close();
    }

    private static HttpTls tls(PemFiles shown, boolean areNamed) throws IOException {
        return new HttpTls(
                Files.readAllBytes(shown.certificate()),
                Files.readAllBytes(shown.key()),
                null,
                Files.readAllBytes(client.certificate()),
                areNamed);
    }

    /** One token and one name may do everything. */
    static final class Known implements Callers {
        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public @Nullable Caller byToken(String token) {
            return token.equals(TOKEN) ? all(token) : null;
        }

        @Override
        public @Nullable Caller byCertificate(String commonName) {
            return commonName.equals("billing") ? all(commonName) : null;
        }

        private static Caller all(String name) {
            return new Caller(name, Set.of(Action.values()), List.of("*"));
        }
    }

    /** It shows the certificate that the other one knows a caller by, who may not be taken for who is behind it. */
    @Test
    void aPortThatPassesOnIsEncryptedToTheOtherOneAndIsNoCallerThere() throws Exception {
        HttpTls shownToOther = new HttpTls(
                Files.readAllBytes(client.certificate()),
                Files.readAllBytes(client.key()),
                null,
                Files.readAllBytes(own.certificate()),
                false);
        InetSocketAddress other = new InetSocketAddress("127.0.0.1", server.port());
        try (ScheduledExecutorService aside = Executors.newScheduledThreadPool(1);
                HttpFront relay = HttpFront.listen(
                        new InetSocketAddress("127.0.0.1", 0),
                        new HttpFront.Parts(
                                server.engine(),
                                HttpConfig.DEFAULT,
                                new AnyToken(),
                                shownToOther,
                                Thread.ofPlatform().daemon().name("relay-", 1).factory(),
                                1,
                                aside,
                                () -> true,
                                Ticker.system(),
                                new Counters()),
                        new Elsewhere(() -> other, Secret.NONE));
                HttpClient http = HttpClient.newBuilder()
                        .sslContext(context(client, null))
                        .build()) {
            assertThat(send(http, "https", relay.port(), TOKEN).statusCode()).isEqualTo(200);
            HttpResponse<String> unknownThere = send(http, "https", relay.port(), "another");
            assertThat(unknownThere.statusCode()).isEqualTo(401);
        }
    }

    private static final class AnyToken implements Callers {
        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public Caller byToken(String token) {
            return Known.all(token);
        }

        @Override
        public @Nullable Caller byCertificate(String commonName) {
            return null;
        }
    }

    // ---- JSON

    static SSLContext context(PemFiles trusted, @Nullable PemFiles shown) throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, IN_MEMORY);
        trust.setCertificateEntry("server", certificate(trusted));
        TrustManagerFactory trusts = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusts.init(trust);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, IN_MEMORY);
        if (shown != null) {
            store.setKeyEntry("own", key(shown), IN_MEMORY, new Certificate[] {certificate(shown)});
        }
        keys.init(store, IN_MEMORY);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusts.getTrustManagers(), null);
        return context;
    }

    private static Certificate certificate(PemFiles pem) throws Exception {
        return CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(pem.certificate())));
    }

    private static PrivateKey key(PemFiles pem) throws Exception {
        String text = Files.readString(pem.key()).replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }

    static HttpResponse<String> send(HttpClient http, String scheme, int port, String token) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(scheme + "://127.0.0.1:" + port + "/v1/topics/orders/messages"))
                .POST(BodyPublishers.ofString("{\"text\":\"x\"}"));
        if (!token.isEmpty()) {
            request.header("authorization", "Bearer " + token);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> sendEncrypted(PemFiles trusted, @Nullable PemFiles shown, String token)
            throws Exception {
        try (HttpClient http =
                HttpClient.newBuilder().sslContext(context(trusted, shown)).build()) {
            return send(http, "https", server.port(), token);
        }
    }

    // ---- gRPC

    static void sendByGrpc(int port, @Nullable PemFiles trusted, @Nullable PemFiles shown, String token)
            throws Exception {
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress("127.0.0.1", port);
        if (trusted == null) {
            builder.usePlaintext();
        } else {
            SslContextBuilder ssl = GrpcSslContexts.forClient()
                    .trustManager(trusted.certificate().toFile());
            if (shown != null) {
                ssl.keyManager(shown.certificate().toFile(), shown.key().toFile());
            }
            builder.sslContext(ssl.build());
        }
        Metadata headers = new Metadata();
        if (!token.isEmpty()) {
            headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        }
        ManagedChannel channel = builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
                .build();
        try {
            DelayQueueGrpc.newBlockingStub(channel)
                    .send(SendRequest.newBuilder()
                            .setTopic("orders")
                            .setMessage(NewMessage.newBuilder().setText("x"))
                            .build());
        } finally {
            channel.shutdownNow();
        }
    }

    static void assertGrpc(Status.Code code, String words, ThrowingCall call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(StatusRuntimeException.class, thrown -> {
            assertThat(thrown.getStatus().getCode()).isEqualTo(code);
            assertThat(String.valueOf(thrown.getStatus().getDescription())).contains(words);
        });
    }

    interface ThrowingCall {
        void run() throws Exception;
    }

    @Test
    void servesJsonAndGrpcToWhoEncrypts() throws Exception {
        assertThat(sendEncrypted(own, null, TOKEN).statusCode()).isEqualTo(200);
        sendByGrpc(server.port(), own, null, TOKEN);
        assertThat(sendEncrypted(own, null, "").statusCode()).isEqualTo(401);
        assertGrpc(Status.Code.UNAUTHENTICATED, "token", () -> sendByGrpc(server.port(), own, null, ""));
    }

    @Test
    void tellsWhoDoesNotEncryptToDoSo() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = send(http, "http", server.port(), TOKEN);
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body())
                    .contains("\"code\":\"encryption-required\"")
                    .contains("https://");
        }
        assertGrpc(Status.Code.PERMISSION_DENIED, "https://", () -> sendByGrpc(server.port(), null, null, TOKEN));
    }

    @Test
    void knowsAClientByItsCertificate() throws Exception {
        assertThat(sendEncrypted(own, client, "").statusCode()).isEqualTo(200);
        sendByGrpc(server.port(), own, client, "");
        // Java's client does not even show a certificate that the server does not ask for.
        assertThat(sendEncrypted(own, stranger, "").statusCode()).isEqualTo(401);
        assertThatThrownBy(() -> sendByGrpc(server.port(), own, stranger, ""))
                .isInstanceOf(StatusRuntimeException.class);
    }

    @Test
    void letsNobodyInWithoutACertificateWhereItIsRequired() throws Exception {
        EmbeddedServer strict = new EmbeddedServer(HttpConfig.DEFAULT, new Known(), tls(own, true));
        try (HttpClient with =
                        HttpClient.newBuilder().sslContext(context(own, client)).build();
                HttpClient without =
                        HttpClient.newBuilder().sslContext(context(own, null)).build()) {
            assertThat(send(with, "https", strict.port(), "").statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> send(without, "https", strict.port(), TOKEN))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> sendByGrpc(strict.port(), own, null, TOKEN))
                    .isInstanceOf(StatusRuntimeException.class);
        } finally {
            strict.close();
        }
    }

    @Test
    void showsANewCertificateWithoutARestartAndKeepsConnections() throws Exception {
        PemFiles next = PemFiles.make(folder, "next");
        try (HttpClient before =
                HttpClient.newBuilder().sslContext(context(own, null)).build()) {
            assertThat(send(before, "https", server.port(), TOKEN).statusCode()).isEqualTo(200);

            server.encryptWith(tls(next, false));

            assertThat(sendEncrypted(next, null, TOKEN).statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> sendEncrypted(own, null, TOKEN)).isInstanceOf(IOException.class);
            assertThat(send(before, "https", server.port(), TOKEN).statusCode()).isEqualTo(200);
            sendByGrpc(server.port(), next, null, TOKEN);
            assertThatThrownBy(() -> server.encryptWith(new HttpTls(new byte[] {1}, new byte[] {2}, null, null, false)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(sendEncrypted(next, null, TOKEN).statusCode()).isEqualTo(200);
        } finally {
            server.encryptWith(tls(own, false));
        }
    }
}
