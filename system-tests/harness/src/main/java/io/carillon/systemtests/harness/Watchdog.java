package io.carillon.systemtests.harness;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Watches over one server as systemd does by {@code deploy/carillon.service}: who was ready and then gives no sign of life for
 * too long, whatever the reason, is killed (SIGKILL) and started again; who says that it stops may do so.
 */
public final class Watchdog implements AutoCloseable {
    /** RestartSec of the unit. */
    private static final Duration BEFORE_RESTART = Duration.ofMillis(100);

    private static final Duration LOOK_EACH = Duration.ofMillis(50);
    private static final String SIGN = "WATCHDOG=1";
    private static final AtomicInteger MADE = new AtomicInteger();

    private final String name = "carillon-watchdog-" + ProcessHandle.current().pid() + "-" + MADE.incrementAndGet();
    private final DatagramEar ear = new DatagramEar(name);
    private final Duration silence;
    private final List<String> news = new CopyOnWriteArrayList<>();
    private final AtomicInteger signs = new AtomicInteger();
    private final AtomicInteger kills = new AtomicInteger();
    private volatile boolean isEnding;
    private Thread watching;

    /** @param silence how long a server that is ready may give no sign of life */
    Watchdog(Duration silence) {
        this.silence = silence;
    }

    /** What the server must be started with. */
    Map<String, String> environment() {
        return Map.of(
                "NOTIFY_SOCKET",
                "@" + name,
                "WATCHDOG_USEC",
                Long.toString(TimeUnit.NANOSECONDS.toMicros(silence.toNanos())));
    }

    void watch(CarillonServer server) {
        watching = Thread.ofPlatform().daemon().name(name).start(() -> watchOver(server));
    }

    /** All that it was told since the server first started, without the signs of life. */
    public List<String> news() {
        return List.copyOf(news);
    }

    /** How many signs of life it got. */
    public int signs() {
        return signs.get();
    }

    /** How often it killed the server. */
    public int kills() {
        return kills.get();
    }

    private void watchOver(CarillonServer server) {
        boolean isReady = false;
        long heardNs = System.nanoTime();
        while (!isEnding) {
            String heard = ear.hear(LOOK_EACH).orElse("");
            long nowNs = System.nanoTime();
            if (heard.equals(SIGN)) {
                signs.incrementAndGet();
                heardNs = nowNs;
            } else if (!heard.isEmpty()) {
                news.add(heard);
                isReady = heard.startsWith("READY=1\n") || (isReady && !heard.startsWith("STOPPING=1\n"));
                heardNs = nowNs;
            } else if (isReady && nowNs - heardNs > silence.toNanos()) {
                isReady = false;
                kills.incrementAndGet();
                server.kill();
                LockSupport.parkNanos(BEFORE_RESTART.toNanos());
                if (!isEnding) {
                    server.restartUnawaited();
                }
            }
        }
    }

    /** Watches no more; the server stays as it is. */
    @Override
    public void close() {
        isEnding = true;
        try {
            watching.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        ear.close();
    }
}
