package io.carillon.rocketmq;

import io.carillon.remoting.Connection;
import java.util.concurrent.RejectedExecutionException;

/** Goes on with a request that had to wait, where its connection's writer may be used. */
final class Late {
    private Late() {}

    /** Runs on the connection's I/O thread, unless the connection is gone by then. Any thread; never throws. */
    static void run(Connection connection, Runnable work) {
        try {
            connection.ioThread().execute(() -> {
                if (connection.isOpen()) {
                    work.run();
                }
            });
        } catch (RejectedExecutionException _) {
            // The process closes its I/O threads: nobody is left to be answered, and the log must not stumble over it.
        }
    }
}
