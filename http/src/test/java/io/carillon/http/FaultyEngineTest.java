package io.carillon.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Limits;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the front makes of an engine that throws instead of answering. */
class FaultyEngineTest {
    private static final Limits LIMITS = new Limits(
            new Limits.Contents(100, 100, 1 << 20, 10, 1_000),
            new Limits.Times(1_000, 1_000, 1_000, 1, 1_000, 1_000, 1_000),
            new Limits.Calls(10, 10, 10, 10),
            new Limits.Room(10, 10, 10, 10, 10, 1, 10, 10, 10));

    private final ScheduledExecutorService aside = Executors.newScheduledThreadPool(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpFront front = HttpFront.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new HttpFront.Parts(
                    (DelayEngine) Proxy.newProxyInstance(
                            getClass().getClassLoader(),
                            new Class<?>[] {DelayEngine.class},
                            (_, method, _) -> answer(method)),
                    HttpConfig.DEFAULT,
                    new Open(),
                    null,
                    Thread.ofPlatform().daemon().name("http-", 1).factory(),
                    1,
                    aside,
                    () -> true,
                    Ticker.system(),
                    new Counters()));

    private static Object answer(Method method) {
        return switch (method.getName()) {
            case "limits" -> LIMITS;
            case "metrics" -> List.of();
            default -> throw new IllegalStateException("the engine is broken");
        };
    }

    private static final class Open implements Callers {
        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public @Nullable Caller byToken(String token) {
            return null;
        }

        @Override
        public @Nullable Caller byCertificate(String commonName) {
            return null;
        }
    }

    @AfterEach
    void close() {
        front.close();
        client.close();
        aside.shutdownNow();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://localhost:" + front.port() + path);
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    @Test
    void aRequestThatFailedIsUnderWayNoMore() throws Exception {
        HttpResponse<String> failed = get("/v1/topics/t");

        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(failed.body()).contains("\"code\":\"fault\"").doesNotContain("broken");
        assertThat(get("/metrics").body())
                .contains("http_requests_under_way 0\n")
                .contains("http_requests_total{method=\"GetTopic\",outcome=\"fault\",over=\"http\"} 1");
    }
}
