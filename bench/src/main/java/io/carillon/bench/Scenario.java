package io.carillon.bench;

import java.io.IOException;
import java.util.Set;

/** One question that the comparison asks of the servers. */
sealed interface Scenario {
    String name();

    String summary();

    /** What a reader of its figures must know; may be empty. */
    default String note() {
        return "";
    }

    /** The servers that it can be asked of. */
    default Set<ServerKind> kinds() {
        return ServerKind.SINGLE;
    }

    /** Runs against one pair of servers that lives as long as the scenario; the one whose turn it is not is suspended. */
    non-sealed interface Shared extends Scenario {
        default Flush flush() {
            return Flush.ASYNC;
        }

        /** Called once for each server, which it burns in. */
        void prepare(Bench bench, Server server) throws IOException, InterruptedException;

        Figures round(Bench bench, Server server) throws IOException, InterruptedException;

        /** Burns a server in with the same that is measured, at least once. */
        default void burnInByRounds(Bench bench, Server server) throws IOException, InterruptedException {
            long endNs = bench.ticker().nanoTime() + bench.timing().burnIn().toNanos();
            do {
                round(bench, server);
            } while (bench.ticker().nanoTime() < endNs);
        }
    }

    /** Starts and ends a server of its own in each round. */
    non-sealed interface Own extends Scenario {
        Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException;
    }
}
