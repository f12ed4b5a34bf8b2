package io.carillon.systemtests.delaystores;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Faults to three nodes of the delay queue, and to the Redis and the MariaDB below them, under load: accepted means delivered,
 * acknowledged means never again, never early, nobody gets what another has, nothing is moved twice, and what is not settled
 * comes back when its time is over.
 */
class DelayQueueFaultsTest {
    /** For so long, at random; 0 for each fault once. */
    private static final long MINUTES = Long.getLong("carillon.tests.delay-faults.minutes", 0);
    /** A look every second, and room for a machine that others use. */
    private static final long SCAN_MS = 3_000;
    /**
     * Leases go after 2 s and are taken up to one round later, the order is built again; and what a node claimed whose answer
     * nobody got comes back after its deadline.
     */
    private static final long RECOVERY_MS = 10_000 + Traffic.VISIBILITY_MS;

    private final QueueHistory history = new QueueHistory();

    @Test
    void keepsItsPromisesThroughEveryFault() {
        Assumptions.assumeFalse(Server.isApache(), "Apache has no such thing");
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("delay queue faults: -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (StoresLab lab = new StoresLab();
                Witness witness = new Witness(lab.redisPort());
                Traffic traffic = new Traffic(lab.nodes(), history, seed)) {
            awaitAcknowledged(traffic, lab, 300);
            long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
            do {
                for (StoreFault fault : inAnyOrder(random)) {
                    lab.strike(fault, random, history);
                    awaitAcknowledged(traffic, lab, 300);
                }
            } while (System.nanoTime() - endNs < 0);
            traffic.stopSending();
            awaitNothingOpen(traffic);
            // What was acknowledged would come back by now.
            long quietMs = System.currentTimeMillis() + Traffic.VISIBILITY_MS + SCAN_MS;
            waiting("deadlines", 60).until(() -> System.currentTimeMillis() > quietMs);

            QueueChecker checker = new QueueChecker(SCAN_MS, RECOVERY_MS);
            List<String> violations = checker.violations(history);
            report(witness, checker);
            assertThat(traffic.crashes()).isEmpty();
            assertThat(violations).as("seed " + seed + "; " + history.faults()).isEmpty();
            assertThat(witness.violations()).as("seed " + seed).isEmpty();
            assertThat(witness.moves()).isGreaterThan(history.acknowledgedCount() / 2);
        }
    }

    private static List<StoreFault> inAnyOrder(Random random) {
        List<StoreFault> all = new ArrayList<>(Arrays.asList(StoreFault.values()));
        Collections.shuffle(all, random);
        return all;
    }

    private void awaitAcknowledged(Traffic traffic, StoresLab lab, long count) {
        long wanted = history.acknowledgedCount() + count;
        try {
            waiting("acknowledgements after " + history.faults(), 60)
                    .until(() -> history.acknowledgedCount() >= wanted
                            || !traffic.crashes().isEmpty());
        } catch (org.awaitility.core.ConditionTimeoutException late) {
            throw new AssertionError("it stands still; the nodes said\n" + lab.tails(), late);
        }
        assertThat(traffic.crashes()).isEmpty();
    }

    /** For a minute at most: what is open after that the checker tells of. */
    private void awaitNothingOpen(Traffic traffic) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        waiting("what was accepted", 70)
                .until(() -> history.openCount() == 0 || !traffic.crashes().isEmpty() || System.nanoTime() - endNs > 0);
    }

    private static ConditionFactory waiting(String what, long seconds) {
        return Awaitility.await(what)
                .atMost(Duration.ofSeconds(seconds))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50));
    }

    private void report(Witness witness, QueueChecker checker) {
        StringBuilder text =
                new StringBuilder("delay queue faults: " + history.fates().size() + " messages, "
                        + history.acknowledgedCount() + " acknowledged, " + witness.moves() + " moves, at most "
                        + checker.quietMaxMs() + " ms late where nothing was done;");
        history.faults()
                .forEach(fault -> text.append(" ")
                        .append(fault.what())
                        .append(" ")
                        .append(fault.endMs() - fault.beginMs())
                        .append(" ms"));
        System.out.println(text);
    }
}
