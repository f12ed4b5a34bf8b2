package io.carillon.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.http.Elsewhere;
import io.carillon.http.HttpConfig;
import io.carillon.http.HttpFront;
import io.carillon.http.HttpTls;
import io.carillon.testkit.stores.PemFiles;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client with a certificate asks a member that passes it on, and others try to be taken for one. */
class PassedOnCertificateTest {
    private static final String SECRET = "known to the members alone";
    private static final String PATH = "/v1/topics/orders/messages";
    private static final ScheduledExecutorService ASIDE = Executors.newScheduledThreadPool(1);

    private static final Map<List<PemFiles>, HttpClient> CLIENTS = new HashMap<>();

    @TempDir
    static Path folder;

    private static PemFiles leaders;
    private static PemFiles followers;
    private static PemFiles billing;
    private static PemFiles unknown;
    private static EmbeddedServer leader;
    private static HttpFront follower;

    @BeforeAll
    static void start() throws IOException {
        leaders = PemFiles.make(folder, "leader");
        followers = PemFiles.make(folder, "follower");
        billing = PemFiles.make(folder, "billing");
        unknown = PemFiles.make(folder, "unknown");
        leader = new EmbeddedServer(
                HttpConfig.DEFAULT,
                new HttpTlsTest.Known(),
                tls(leaders),
                new Elsewhere(() -> null, Secret.of(SECRET)));
        follower = follower(SECRET);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        CLIENTS.values().forEach(HttpClient::shutdownNow);
        follower.close();
        leader.close();
        ASIDE.shutdownNow();
    }

    /** All of them are vouched for, as by one authority. */
    private static HttpTls tls(PemFiles shown) throws IOException {
        ByteArrayOutputStream trusted = new ByteArrayOutputStream();
        for (PemFiles one : List.of(leaders, followers, billing, unknown)) {
            trusted.write(Files.readAllBytes(one.certificate()));
        }
        return new HttpTls(
                Files.readAllBytes(shown.certificate()),
                Files.readAllBytes(shown.key()),
                null,
                trusted.toByteArray(),
                false);
    }

    private static HttpFront follower(String secret) throws IOException {
        InetSocketAddress at = new InetSocketAddress("127.0.0.1", leader.port());
        return HttpFront.listen(
                new InetSocketAddress("127.0.0.1", 0),
                new HttpFront.Parts(
                        leader.engine(),
                        HttpConfig.DEFAULT,
                        new HttpTlsTest.Known(),
                        tls(followers),
                        Thread.ofPlatform().daemon().name("follower-", 1).factory(),
                        1,
                        ASIDE,
                        () -> true,
                        Ticker.system(),
                        new Counters()),
                new Elsewhere(() -> at, Secret.of(secret)));
    }

    private static HttpResponse<String> ask(int port, PemFiles trusted, PemFiles shown, String... headers)
            throws Exception {
        return ask(port, PATH, trusted, shown, headers);
    }

    private static HttpResponse<String> ask(int port, String path, PemFiles trusted, PemFiles shown, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
                .POST(BodyPublishers.ofString("{\"text\":\"x\"}"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client(trusted, shown).send(request.build(), BodyHandlers.ofString());
    }

    private static HttpClient client(PemFiles trusted, PemFiles shown) throws Exception {
        List<PemFiles> both = List.of(trusted, shown);
        HttpClient known = CLIENTS.get(both);
        if (known != null) {
            return known;
        }
        HttpClient made = HttpClient.newBuilder()
                .sslContext(HttpTlsTest.context(trusted, shown))
                .build();
        CLIENTS.put(both, made);
        return made;
    }

    @Test
    void aMemberTellsTheLeaderWhoseCertificateItHasSeen() throws Exception {
        assertThat(ask(follower.port(), followers, billing).statusCode()).isEqualTo(200);
        HttpTlsTest.sendByGrpc(follower.port(), followers, billing, "");
        assertThat(ask(follower.port(), "/v1/topics/caf%C3%A9%20x/messages?a=%2F", followers, billing)
                        .body())
                .as("known, and told that this is no name of a topic")
                .contains("\"code\":\"invalid\"");
        assertThat(ask(follower.port(), followers, billing, "authorization", "Bearer none-that-counts")
                        .statusCode())
                .as("by the certificate, as at the leader")
                .isEqualTo(200);
    }

    @Test
    void whoHasNoRightThereHasNoneByWayOfAMember() throws Exception {
        assertThat(ask(follower.port(), followers, unknown).statusCode()).isEqualTo(401);
        HttpTlsTest.assertGrpc(
                Status.Code.UNAUTHENTICATED,
                "token",
                () -> HttpTlsTest.sendByGrpc(follower.port(), followers, unknown, ""));
    }

    @Test
    void anIntroductionThatAClientWroteHimselfIsNotPassedOn() throws Exception {
        String[] good = introduction(SECRET, System.currentTimeMillis(), PATH, "billing");
        assertThat(ask(follower.port(), followers, unknown, good[2], good[3]).statusCode())
                .isEqualTo(401);
        assertThat(ask(follower.port(), followers, unknown, good).statusCode()).isEqualTo(401);
    }

    /** So that what is refused below is refused for the reason that is named, and for no other. */
    @Test
    void theLeaderTakesTheWordOfWhoKnowsTheSecret() throws Exception {
        String[] good = introduction(SECRET, System.currentTimeMillis(), PATH, "billing");
        assertThat(ask(leader.port(), leaders, unknown, good).statusCode()).isEqualTo(200);
    }

    @Test
    void theLeaderRefusesForgedOldAndMisusedIntroductions() throws Exception {
        long nowMs = System.currentTimeMillis();
        assertRefused("by another secret", introduction("guessed", nowMs, PATH, "billing"));
        assertRefused("by no secret", introduction("\0", nowMs, PATH, "billing"));
        assertRefused("old", introduction(SECRET, nowMs - 120_000, PATH, "billing"));
        assertRefused("of the future", introduction(SECRET, nowMs + 120_000, PATH, "billing"));
        assertRefused("for another target", introduction(SECRET, nowMs, PATH + ":batch", "billing"));
        assertRefused("of somebody without rights", introduction(SECRET, nowMs, PATH, "unknown"));
        String[] good = introduction(SECRET, nowMs, PATH, "billing");
        assertRefused("without the mark", good[2], good[3]);
        for (String made :
                List.of("", "..", "1.2", "1.2.3.4", nowMs + ".YmlsbGluZw.", nowMs + "." + "A".repeat(8_000))) {
            assertRefused("nothing like it", good[0], good[1], good[2], made + "x");
        }
        String[] parts = good[3].split("\\.");
        assertRefused(
                "a name that was put in", good[0], good[1], good[2], parts[0] + "." + name("root") + "." + parts[2]);
        assertRefused(
                "a time that was put in", good[0], good[1], good[2], (nowMs + 1) + "." + parts[1] + "." + parts[2]);
    }

    private static void assertRefused(String why, String... headers) throws Exception {
        assertThat(ask(leader.port(), leaders, unknown, headers).statusCode())
                .as(why)
                .isEqualTo(401);
    }

    @Test
    void withoutASecretOrWithAnotherOneNobodyIsIntroduced() throws Exception {
        for (String secret : List.of("", "another")) {
            HttpFront other = follower(secret);
            try {
                HttpResponse<String> answer = ask(other.port(), followers, billing);
                assertThat(answer.statusCode()).isEqualTo(401);
                if (secret.isEmpty()) {
                    assertThat(answer.body()).contains("security.cluster-secret");
                }
            } finally {
                other.close();
            }
        }
    }

    // ---- the form, as docs/formats.md has it

    private static String name(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(UTF_8));
    }

    /** The headers that a member would write. */
    private static String[] introduction(String secret, long timeMs, String path, String name) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        mac.update("carillon: the client whose request a member passes on".getBytes(UTF_8));
        mac.update(ByteBuffer.allocate(8).putLong(timeMs).array());
        for (String part : List.of("POST", path, "127.0.0.1:" + leader.port(), name)) {
            byte[] bytes = part.getBytes(UTF_8);
            mac.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
            mac.update(bytes);
        }
        String seal = Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal());
        return new String[] {"carillon-relayed", "1", "carillon-client", timeMs + "." + name(name) + "." + seal};
    }
}
