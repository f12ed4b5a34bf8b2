package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Server;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * kill -9 under load, again and again. What the server wrote is in the page cache and outlives it, so nothing that was
 * acknowledged may be missing in either flush mode.
 *
 * <p>Apache passes but for the offsets of groups, which it writes every five seconds, and for repeats, which it does not know.
 */
class KillTest {
    private static final int KILLS = Integer.getInteger("carillon.tests.kills", Server.isApache() ? 2 : 10);

    @ParameterizedTest
    @ValueSource(strings = {"sync", "async"})
    void keepsEverythingThatWasAcknowledgedOverManyKills(String flush) throws Exception {
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("kill test, flush " + flush + ": -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (Server server = start(flush);
                Workload workload = Workload.start(server, seed)) {
            for (int kill = 1; kill <= KILLS; kill++) {
                workload.awaitAcked(1 + random.nextInt(kill % 3 == 0 ? 50 : 2_000));
                workload.fault("kill " + kill);
                server.kill();
                server.restart();
            }
            workload.awaitAcked(500);

            workload.finish();
            workload.audit();

            System.out.println("kill test, flush " + flush + ": " + workload.acked() + " acknowledged");
            assertThat(workload.violations(!Server.isApache()))
                    .as("seed " + seed)
                    .filteredOn(violation -> !Server.isApache() || !violation.startsWith("fallen"))
                    .isEmpty();
        }
    }

    private static Server start(String flush) {
        String name = "kill-" + flush;
        return Server.isApache() ? Server.start(name) : startCarillon(name, flush);
    }

    /** With small files and frequent checkpoints, so that kills come between all steps of both. */
    static Server startCarillon(String name, String flush) {
        return Server.startCarillon(
                name,
                "--flush",
                flush,
                "--set",
                "log.segment-size=4MiB",
                "--set",
                "broker.message-size-max=1MiB",
                "--set",
                "log.checkpoint-interval=200ms");
    }
}
