package io.carillon.server;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.broker.Broker;
import io.carillon.http.Elsewhere;
import io.carillon.http.HttpFront;
import io.carillon.http.HttpTls;
import io.carillon.remoting.TlsConfig;
import io.carillon.remoting.TlsMaterial;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port of HTTP and gRPC. Its library takes longer to load than all else together, so a port that nobody asked for by
 * name is opened while the broker serves already; one that was asked for is open when the start ends, or the start fails.
 */
final class HttpPort {
    private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

    private final HostPort at;
    private final CompletableFuture<HttpFront> front;

    private HttpPort(HostPort at, CompletableFuture<HttpFront> front) {
        this.at = at;
        this.front = front;
    }

    /** Where it is, or will be in a moment. */
    HostPort at() {
        return at;
    }

    /** Who leads the group has changed. Any thread. */
    void retarget() {
        front.thenAccept(HttpFront::retarget);
    }

    /** What of the server it needs. */
    record Needs(
            ConfigReader.Effective effective,
            Addresses addresses,
            Threads threads,
            @Nullable TlsFiles tls,
            Counters counters,
            Ticker ticker,
            RandomGenerator secureRandom,
            StopList stops) {
        ServerConfig config() {
            return effective.config();
        }
    }

    /**
     * @param broker null where the port is all that there is
     * @return null when there is none, as the log says
     */
    static @Nullable HttpPort open(@Nullable Broker broker, Needs needs) {
        ServerConfig config = needs.config();
        boolean isAsked = broker == null || isAskedFor(needs.effective());
        return open(
                isAsked,
                () -> DelayEngines.open(config, broker, needs.ticker(), needs.secureRandom(), needs.stops()),
                null,
                needs);
    }

    /**
     * Of a member of a group, for which somebody asked.
     *
     * @param leader where the one serves HTTP that leads
     */
    static HttpPort ofMember(DelayEngine engine, Elsewhere leader, Needs needs) {
        return Objects.requireNonNull(open(true, () -> engine, leader, needs), "it was asked for");
    }

    private static @Nullable HttpPort open(
            boolean isAsked, Supplier<DelayEngine> makes, @Nullable Elsewhere elsewhere, Needs needs) {
        ServerConfig config = needs.config();
        TokenFile tokens = TokenFile.of(config, needs.ticker());
        String fault = fault(config, needs.addresses(), tokens);
        if (!fault.isEmpty() && isAsked) {
            throw new StartFailure(ExitCode.USAGE, fault);
        }
        DelayEngine engine = makes.get();
        InetSocketAddress socket = new InetSocketAddress(needs.addresses().bind(), config.httpPort());
        if (!isAsked && (!fault.isEmpty() || isTaken(socket))) {
            LOG.warn("no http port: {}", fault.isEmpty() ? socket + " is in use, say --http-port" : fault);
            needs.stops().add("delay queue", engine::close);
            return null;
        }
        ScheduledExecutorService aside = needs.threads().httpAside();
        needs.stops().add("http aside", aside::shutdownNow);
        HttpFront.Parts parts = parts(needs, engine, tokens, aside);
        CompletableFuture<HttpFront> front = isAsked
                ? CompletableFuture.completedFuture(listen(socket, parts, elsewhere))
                : CompletableFuture.supplyAsync(() -> HttpFront.listen(socket, parts, elsewhere), aside);
        front.whenComplete((opened, why) -> tell(socket, opened, why));
        followFiles(needs, front);
        needs.stops().add("http", () -> close(engine, front));
        int port = isAsked ? front.join().port() : config.httpPort();
        return new HttpPort(new HostPort(needs.addresses().advertised(), port), front);
    }

    /** Also of a port that is still being opened. */
    private static void followFiles(Needs needs, CompletableFuture<HttpFront> front) {
        TlsFiles files = needs.tls();
        if (files != null) {
            files.alsoTell(changed -> front.thenAccept(
                            opened -> opened.encryptWith(tls(needs.config().tls(), changed)))
                    .whenComplete((_, why) -> {
                        if (why != null) {
                            LOG.warn("the http port goes on with the certificate before", why);
                        }
                    }));
        }
    }

    /** Whether somebody said which port it is to be. */
    static boolean isAskedFor(ConfigReader.Effective effective) {
        return !effective.all().get(Flag.HTTP_PORT.key()).origin().equals(Setting.DEFAULT);
    }

    private static HttpFront.Parts parts(
            Needs needs, DelayEngine engine, TokenFile tokens, ScheduledExecutorService aside) {
        return new HttpFront.Parts(
                engine,
                needs.config().http(),
                tokens,
                needs.tls() == null
                        ? null
                        : tls(needs.config().tls(), needs.tls().current()),
                needs.threads().http(),
                Threads.ioCount(),
                aside,
                needs.threads()::isHealthy,
                needs.ticker(),
                needs.counters());
    }

    private static void close(DelayEngine engine, CompletableFuture<HttpFront> front) {
        engine.close();
        front.handle((opened, _) -> {
                    if (opened != null) {
                        opened.close();
                    }
                    return true;
                })
                .join();
    }

    private static void tell(InetSocketAddress at, @Nullable HttpFront opened, @Nullable Throwable why) {
        if (opened == null) {
            LOG.error("no http port at={}", at, why);
        } else {
            LOG.info("serving http at={}:{}", at.getHostString(), opened.port());
        }
    }

    private static HttpFront listen(InetSocketAddress at, HttpFront.Parts parts, @Nullable Elsewhere elsewhere) {
        try {
            return HttpFront.listen(at, parts, elsewhere);
        } catch (CompletionException e) {
            throw new StartFailure(
                    ExitCode.PORT_IN_USE,
                    "cannot listen at " + at + ": " + e.getCause() + "; choose another port with "
                            + Flag.HTTP_PORT.flag() + ", 0 takes any free one",
                    e);
        }
    }

    /** Why it must not be opened; empty when it may. */
    private static String fault(ServerConfig config, Addresses addresses, TokenFile tokens) {
        boolean isReachable = !addresses.bind().isLoopbackAddress() && !config.insecure();
        boolean needsTokens = config.security().enabled() || isReachable;
        return needsTokens && tokens.isOpen()
                ? "there are no tokens, so that everybody could use the HTTP port: make one with 'carillon token add'"
                : "";
    }

    /** Found out at once, while the port itself is opened later. */
    private static boolean isTaken(InetSocketAddress at) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(at);
            return false;
        } catch (IOException e) {
            return true; // whoever has it, and why, does not matter: it is said that there is none
        }
    }

    private static HttpTls tls(TlsConfig config, TlsMaterial material) {
        return new HttpTls(
                Objects.requireNonNull(material.certificates(), "a server shows a certificate"),
                Objects.requireNonNull(material.key(), "a server has a key"),
                config.keyPassword().isEmpty() ? null : config.keyPassword().reveal(),
                material.trust(),
                config.clientCertificates() == TlsConfig.ClientCertificates.REQUIRED);
    }
}
