package io.carillon.contract;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Sink;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerConfig;
import io.carillon.http.Callers;
import io.carillon.http.Elsewhere;
import io.carillon.http.HttpConfig;
import io.carillon.http.HttpFront;
import io.carillon.http.HttpTls;
import io.carillon.log.FileStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A broker with the HTTP port above it, and nothing else, in this process. */
final class EmbeddedServer implements AutoCloseable {
    private static final long REST_MAX_NS = 5_000_000;

    private final Path folder;
    private final Broker broker;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService aside = Executors.newScheduledThreadPool(1);
    private final List<Thread> agents = new ArrayList<>();
    private final DelayEngine engine;
    private final HttpFront front;
    private volatile boolean isStopped;

    EmbeddedServer(HttpConfig config, Callers callers) throws IOException {
        this(config, callers, BrokerConfig.DEFAULT);
    }

    EmbeddedServer(HttpConfig config, Callers callers, BrokerConfig ofBroker) throws IOException {
        this(config, callers, null, null, ofBroker);
    }

    /** @param tls null for none */
    EmbeddedServer(HttpConfig config, Callers callers, @Nullable HttpTls tls) throws IOException {
        this(config, callers, tls, null);
    }

    /** @param elsewhere as a member of a group has it; null for none */
    EmbeddedServer(HttpConfig config, Callers callers, @Nullable HttpTls tls, @Nullable Elsewhere elsewhere)
            throws IOException {
        this(config, callers, tls, elsewhere, BrokerConfig.DEFAULT);
    }

    private EmbeddedServer(
            HttpConfig config,
            Callers callers,
            @Nullable HttpTls tls,
            @Nullable Elsewhere elsewhere,
            BrokerConfig ofBroker)
            throws IOException {
        folder = Files.createTempDirectory("carillon-contract");
        Counters counters = new Counters();
        SecureRandom random = new SecureRandom();
        broker = Broker.open(ofBroker, new FileStorage(folder), Ticker.system(), counters, random, blocking);
        broker.agents().forEach(this::run);
        byte[] key = new byte[32];
        random.nextBytes(key);
        engine = broker.delayQueue(() -> key, Ticker.system(), random, blocking);
        front = HttpFront.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new HttpFront.Parts(
                        engine,
                        config,
                        callers,
                        tls,
                        Thread.ofPlatform().daemon().name("http-", 1).factory(),
                        1,
                        aside,
                        () -> true,
                        Ticker.system(),
                        counters),
                elsewhere);
    }

    private void run(Agent agent) {
        agents.add(Thread.ofPlatform().daemon().name(agent.name()).start(() -> {
            while (!isStopped) {
                if (agent.doWork() == 0) {
                    LockSupport.parkNanos(Math.min(REST_MAX_NS, agent.restNs()));
                }
            }
        }));
    }

    int port() {
        return front.port();
    }

    void encryptWith(HttpTls changed) {
        front.encryptWith(changed);
    }

    DelayEngine engine() {
        return engine;
    }

    /** Where another delay queue would deliver to. */
    Sink sink() {
        return broker.sink(Ticker.system(), new SecureRandom(), blocking);
    }

    @Override
    public void close() throws InterruptedException {
        engine.close();
        front.close();
        isStopped = true;
        for (Thread agent : agents) {
            agent.join();
        }
        broker.close();
        blocking.shutdownNow();
        aside.shutdownNow();
        delete();
    }

    private void delete() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
