package io.carillon.server;

import io.carillon.base.Ticker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running process: builds everything bottom up, and stops it top down. The only class besides the fronts that knows
 * how the parts hang together.
 */
final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    /** When the process was started, in epoch ms; the launcher says so. */
    private static final String STARTED_PROPERTY = "carillon.started-ms";

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

    private final StopList stops = new StopList();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Role role;
    private final ServerConfig config;
    private final Ticker ticker = Ticker.system();
    private final Threads threads = new Threads();
    private @Nullable HostPort nameserver;
    private @Nullable HostPort broker;
    private @Nullable Path data;

    private Server(Role role, ServerConfig config) {
        this.role = role;
        this.config = config;
    }

    /**
     * Starts everything that the role needs; it serves when this returns.
     *
     * @throws StartFailure when it cannot, after everything that had been started was stopped again
     */
    static Server start(Role role, ServerConfig config) {
        Server server = new Server(role, config);
        try {
            server.build();
            return server;
        } catch (RuntimeException | Error e) {
            server.stops.close();
            throw e;
        }
    }

    private void build() {
        if (role == Role.BROKER && config.nameservers().isEmpty()) {
            throw new StartFailure(ExitCode.USAGE, "a broker by itself needs --nameservers, such as 127.0.0.1:9876");
        }
        Addresses addresses = Addresses.of(config);
        stops.add("threads", threads::close);
        if (role.runsBroker()) {
            data = config.data().toAbsolutePath().normalize();
            DataLock lock = DataLock.take(data);
            stops.add("data lock", lock::close);
            broker = new HostPort(addresses.advertised(), config.brokerPort());
        }
        if (role.runsNameServer(config)) {
            nameserver = new HostPort(addresses.advertised(), config.nameserverPort());
        }
        stops.add("agents", () -> threads.stopAgents(STOP_PATIENCE));
    }

    /** What to tell the one who started it; reads the clock. */
    ReadyLine readyLine() {
        return new ReadyLine(nameserver, broker, data, ticker.nowMs() - startedMs());
    }

    private static long startedMs() {
        String said = System.getProperty(STARTED_PROPERTY);
        if (said != null) {
            return Long.parseLong(said);
        }
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(java.time.Instant::toEpochMilli)
                .orElseGet(() -> Ticker.system().nowMs());
    }

    /** Returns when the server was closed. */
    void awaitEnd() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops in order and ends the process with exit code 0; for the JVM's shutdown, which would say 143 by itself. */
    void stopAndHalt() {
        close();
        Runtime.getRuntime().halt(ExitCode.OK);
    }

    /** Stops top down: no new requests, then answers, then the log with a force and a checkpoint, then the data folder. */
    @Override
    public void close() {
        LOG.info("stopping");
        stops.close();
        LOG.info("stopped");
        ended.countDown();
    }
}
