package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A connection to a server that comes and goes, or to one of several; for one thread. */
final class Line implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Supplier<List<String>> addresses;
    private int last;
    private @Nullable RawClient client;

    Line(String address) {
        this(() -> List.of(address));
    }

    /** @param addresses of servers any of which will do, as they are at the time */
    Line(Supplier<List<String>> addresses) {
        this.addresses = addresses;
    }

    /** Whether the next {@link #client()} will be a new connection. */
    boolean isDown() {
        return client == null || client.isLost();
    }

    /** A connection that stands, as far as is known; waits for the server if need be. */
    RawClient client() {
        RawClient standing = client;
        if (standing == null || standing.isLost()) {
            close();
            standing = connect();
            client = standing;
        }
        return standing;
    }

    private RawClient connect() {
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                List<String> now = addresses.get();
                return RawClient.connect(now.get(last % now.size()));
            } catch (IOException e) {
                if (System.nanoTime() > deadlineNs) {
                    throw new AssertionError("no connection to " + addresses.get() + " within " + PATIENCE, e);
                }
                last++;
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /** The server does not serve now: asks another one, or it again, after a while. */
    void refused() {
        close();
        last++;
        LockSupport.parkNanos(PAUSE.toNanos());
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
            client = null;
        }
    }
}
