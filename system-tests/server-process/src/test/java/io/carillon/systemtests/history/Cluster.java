package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** {@code carillon cluster}, and what tests wait for at a group. */
final class Cluster {
    static final int DONE = 0;
    static final int REFUSED = 5;
    /** How far behind a learner may be whose vote is asked for, in the middle of a load. */
    private static final long NEARLY = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern SPACES = Pattern.compile(" +");

    private Cluster() {}

    /** Runs the command at this member. */
    static Ended run(CarillonServer asked, String... words) {
        List<String> all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(words));
        all.addAll(List.of("--broker", asked.broker()));
        return CarillonCommand.run(asked.data().resolveSibling("commands"), all.toArray(String[]::new));
    }

    /** Runs it until it ends so and says all of this: just now nobody may lead. A row of a table has one space between its cells. */
    static void await(CarillonServer asked, int exitCode, List<String> said, String... words) {
        AtomicReference<String> last = new AtomicReference<>("");
        try {
            Awaitility.await("cluster " + List.of(words))
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .until(() -> {
                        Ended ended = run(asked, words);
                        last.set(ended.exitCode() + ": "
                                + SPACES.matcher(ended.output()).replaceAll(" "));
                        return ended.exitCode() == exitCode && said.stream().allMatch(last.get()::contains);
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("wanted " + exitCode + " and " + said + ", was " + last.get(), e);
        }
    }

    static void assertEnded(Ended ended, int exitCode, String... said) {
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(exitCode);
        assertThat(ended.output()).contains(said);
    }

    static void awaitLeader(CarillonGroup group, CarillonServer wanted) {
        Awaitility.await("the leader is registered")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> group.leader() == wanted);
    }

    static void awaitNearlyAll(CarillonServer leader, CarillonServer learner) {
        awaitBehind(leader, learner, NEARLY);
    }

    static void awaitAll(CarillonServer leader, CarillonServer member) {
        awaitBehind(leader, member, 0);
    }

    private static void awaitBehind(CarillonServer leader, CarillonServer member, long most) {
        Awaitility.await("the member is at most " + most + " entries behind")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    ClusterStatus status = ClusterStatus.of(leader);
                    return status.lastIndex(leader) - status.lastIndex(member) <= most;
                });
    }
}
