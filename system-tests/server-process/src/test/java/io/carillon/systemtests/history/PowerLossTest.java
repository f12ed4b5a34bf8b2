package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.LoopDisk;
import io.carillon.systemtests.harness.Server;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Power loss under load: a file system forgets what was not forced to it. With synchronous flush nothing acknowledged goes. */
class PowerLossTest {
    private static final int LOSSES = Integer.getInteger("carillon.tests.power.losses", 10);

    @BeforeAll
    static void needsADisk() {
        Assumptions.assumeFalse(Server.isApache(), "Apache does not flush synchronously unless told");
        LoopDisk.obstacle().ifPresent(obstacle -> Assumptions.abort("power loss is not tested: " + obstacle));
    }

    @Test
    void keepsEverythingThatWasAcknowledgedOverManyPowerLosses() throws Exception {
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("power loss test: -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (LoopDisk disk = LoopDisk.create("power-loss", 512);
                CarillonServer server = start(disk);
                Workload workload = Workload.start(server, seed)) {
            for (int loss = 1; loss <= LOSSES; loss++) {
                workload.awaitAcked(1 + random.nextInt(loss % 3 == 0 ? 50 : 1_000));
                workload.fault("power loss " + loss);
                disk.losePower(server.brokerProcess());
                server.restart();
            }
            workload.awaitAcked(200);

            workload.finish();
            workload.audit();

            System.out.println("power loss test: " + workload.acked() + " acknowledged");
            assertThat(workload.violations(true)).as("seed " + seed).isEmpty();
            server.stop();
        }
    }

    private static CarillonServer start(LoopDisk disk) {
        return CarillonServer.startOn(
                disk.path().resolveSibling("output"),
                disk.path().resolve("data"),
                "--flush",
                "sync",
                "--set",
                "log.segment-size=4MiB",
                "--set",
                "broker.message-size-max=1MiB",
                "--set",
                "log.checkpoint-interval=200ms",
                "--set",
                "log.disk-reserve=8MiB");
    }
}
