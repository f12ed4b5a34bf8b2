package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults, each once, to a group of three under load: nothing is lost, doubled or reordered, and all replicas are the same. */
class FaultsTest {
    private static final long DISK_MIB = 1024;
    /** At full speed all of them leave more log behind than the disks hold, where the machine is quick. */
    private static final Duration PAUSE = Duration.ofMillis(Integer.getInteger("carillon.tests.faults.pause-ms", 2));

    private static long seed;
    private static FaultLab lab;

    @BeforeAll
    static void start() {
        seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("faults test: -Dcarillon.tests.seed=" + seed);
        lab = FaultLab.start("faults", true, DISK_MIB, new Random(seed));
    }

    @AfterAll
    static void end() {
        if (lab != null) {
            lab.close();
        }
    }

    /** All of them, or those named in {@code -Dcarillon.tests.faults=KILL_LEADER,CUT_ALL}. */
    static Collection<Fault> faults() {
        String wanted = System.getProperty("carillon.tests.faults", "");
        return wanted.isEmpty()
                ? EnumSet.allOf(Fault.class)
                : Arrays.stream(wanted.split(",")).map(Fault::valueOf).toList();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void keepsWhatWasAcknowledgedAndAllReplicasTheSameThrough(Fault fault) throws Exception {
        Assumptions.assumeTrue(lab.can(fault), () -> fault + " is not tested: " + FaultLab.obstacle(fault));
        try (Workload load = Workload.start(lab::addresses, seed, PAUSE)) {
            long begunNs = System.nanoTime();
            load.awaitAcked(100);
            lab.strike(fault, load);
            load.finish();
            if (fault.takesVote()) {
                lab.awaitThatAllVote();
            }
            load.audit();

            assertThat(load.violations(true)).as("seed " + seed).isEmpty();
            assertThat(lab.differences(load)).as("seed " + seed).isEmpty();
            System.out.println("faults test: " + fault + " " + (System.nanoTime() - begunNs) / 1_000_000
                    + " ms, log up to " + load.logEnd());
        }
    }
}
