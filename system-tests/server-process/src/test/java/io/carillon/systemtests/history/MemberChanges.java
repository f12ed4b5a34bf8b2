package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * What an operator does to a group of three while clients work, by {@code docs/cluster.md}, and what happens just then. Who takes the place of a
 * member has a number and an address of its own.
 */
final class MemberChanges {
    private static final int REPLACE = 9535;
    private static final int PROMOTE = 9536;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A change takes some milliseconds: its middle is somewhere in here. */
    private static final int CHANGE_MICROS = 12_000;
    /** A command, mostly the start of its process. */
    private static final int COMMAND_MS = 800;

    private static final int COPY_SECONDS = 2;
    private static final long COPY_RATE_MIN = 256 << 10;

    private final CarillonGroup group;
    private final Sites sites;
    private final Random random;

    MemberChanges(CarillonGroup group, Sites sites, Random random) {
        this.group = group;
        this.sites = sites;
        this.random = random;
    }

    /** A broker that has nothing, and waits to be taken in. */
    private CarillonServer startAnew() {
        int site = sites.free();
        CarillonServer coming = group.startJoining(sites.place(site));
        group.leave(coming); // for now
        sites.have(coming, site);
        return coming;
    }

    /** What it has is of no use to anybody. */
    private void replaced(CarillonServer gone, CarillonServer come) {
        gone.kill();
        gone.loseData();
        sites.leave(gone);
        group.leave(gone);
        group.enter(come);
    }

    /** In the history, and to who reads what a run did: no seed repeats how far a change came. */
    private static void tell(Workload load, String what) {
        load.fault(what);
        System.out.println("member changes: " + what);
    }

    private String number(CarillonServer node) {
        return Integer.toString(group.number(node));
    }

    private CarillonServer otherThan(CarillonServer node) {
        List<CarillonServer> others = new ArrayList<>(group.nodes());
        others.remove(node);
        return others.get(random.nextInt(others.size()));
    }

    /** One that runs, or has died just before, as what fails does that is replaced. */
    void replace(CarillonServer going, Workload load) {
        boolean isDead = random.nextBoolean();
        CarillonServer coming = startAnew();
        tell(load, "node " + number(coming) + " for node " + number(going) + (isDead ? ", which died" : ""));
        if (isDead) {
            going.kill();
        }
        CarillonServer asked = otherThan(going);
        Cluster.await(asked, Cluster.DONE, List.of("as a learner"), "add", group.peer(coming), "--learner");
        if (!isDead && group.awaitLeader() == going) {
            Cluster.await(asked, Cluster.DONE, List.of(" leads"), "transfer", number(otherThan(going)));
        }
        load.awaitAcked(20);
        if (random.nextBoolean()) {
            cutOff("replace", number(going), number(coming), "--broker", asked.broker());
            carryOut(going, coming);
        } else {
            List<String> said = List.of("has the vote of member");
            Cluster.await(asked, Cluster.DONE, said, "replace", number(going), number(coming));
            assertThat(leadersStatus()).matches(now -> hasReplaced(now, going, coming));
        }
        replaced(going, coming);
    }

    /** Whoever types it is gone at any moment: it may have been done or not. */
    private void cutOff(String... words) {
        List<String> all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(words));
        Path folder = Workspace.folder("commands-cut-off");
        try (OsProcess command = CarillonCommand.start(folder, Map.of(), all.toArray(String[]::new))) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(COMMAND_MS)));
            command.kill();
        }
    }

    /** The leader is asked over the wire, for a command takes too long to start to be sure when it does its work. */
    void killLeaderInChange(CarillonServer going, Workload load) throws IOException {
        CarillonServer coming = startAnew();
        CarillonServer asked = otherThan(going);
        Cluster.await(asked, Cluster.DONE, List.of("as a learner"), "add", group.peer(coming), "--learner");
        CarillonServer leader = group.awaitLeader();
        Cluster.awaitNearlyAll(leader, coming);
        boolean isReplaced = leader != going && random.nextBoolean();
        long micros = random.nextInt(CHANGE_MICROS);
        try (RawClient client = RawClient.connect(leader.broker())) {
            if (isReplaced) {
                client.send(REPLACE, asked(Map.of("member", number(going), "by", number(coming))), new byte[0]);
            } else {
                client.send(PROMOTE, asked(Map.of("member", number(coming))), new byte[0]);
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
            leader.kill();
        }
        boolean isBackAtOnce = random.nextBoolean();
        if (isBackAtOnce) {
            leader.restart();
        }
        tell(
                load,
                "node " + number(leader) + " died " + micros + " us after it was asked to "
                        + (isReplaced ? "replace node " + number(going) + " by" : "promote") + " node " + number(coming)
                        + ", and left " + leadersStatus());
        if (!isBackAtOnce) {
            load.awaitAcked(20);
            leader.restart();
        }
        carryOut(going, coming);
        replaced(going, coming);
    }

    private static Map<String, String> asked(Map<String, String> fields) {
        Map<String, String> all = new HashMap<>(fields);
        all.put("askedMs", Long.toString(System.currentTimeMillis()));
        return all;
    }

    /** Looks how far it came, and says what is missing, as an operator does whose command was cut off. */
    private void carryOut(CarillonServer going, CarillonServer coming) {
        List<String> said = new ArrayList<>();
        try {
            Awaitility.await("node " + number(coming) + " in place of node " + number(going))
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .until(() -> {
                        ClusterStatus now = leadersStatus();
                        if (hasReplaced(now, going, coming)) {
                            return true;
                        }
                        assertNoVoteIsLost(now, going, coming);
                        said.add(nextStep(now, going, coming).toString());
                        return false;
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(e.getMessage() + ", said was " + said, e);
        }
    }

    /** Of a member that leads, which may take a while. */
    private ClusterStatus leadersStatus() {
        return Awaitility.await("the status of a leader")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> ClusterStatus.of(group.awaitLeader()), ClusterStatus::isOfLeader);
    }

    private boolean hasReplaced(ClusterStatus now, CarillonServer going, CarillonServer coming) {
        return now.member(group.number(going)).isEmpty() && now.isVoter(group.number(coming));
    }

    private Ended nextStep(ClusterStatus now, CarillonServer going, CarillonServer coming) {
        CarillonServer asked = otherThan(going);
        if (now.member(group.number(coming)).isEmpty()) {
            return Cluster.run(asked, "add", group.peer(coming), "--learner");
        }
        if (now.leads(group.number(going))) {
            return Cluster.run(asked, "transfer", number(otherThan(going)));
        }
        return now.isVoter(group.number(coming))
                ? Cluster.run(asked, "remove", number(going))
                : Cluster.run(asked, "replace", number(going), number(coming));
    }

    /** The two that stay have theirs all the time, and so has the one that goes, or the one that comes. */
    private void assertNoVoteIsLost(ClusterStatus now, CarillonServer going, CarillonServer coming) {
        assertThat(group.nodes().stream().filter(node -> node != going))
                .as(now.toString())
                .allMatch(node -> now.isVoter(group.number(node)));
        assertThat(now.isVoter(group.number(going)) || now.isVoter(group.number(coming)))
                .as(now.toString())
                .isTrue();
    }

    /** So slowly that it takes a while. It has no vote, so that the other two must be there for anything to be agreed on. */
    void changeLeaderInCopy(CarillonServer lost, Workload load) throws IOException {
        CarillonServer leader = group.awaitLeader();
        long rate = Math.max(COPY_RATE_MIN, logBytes(leader) / COPY_SECONDS);
        lost.kill();
        lost.loseData();
        lost.restartUnawaited("--set", "replication.copy-rate-max=" + rate);
        awaitCopying(lost);
        leader = group.awaitLeader();
        boolean dies = random.nextBoolean();
        tell(
                load,
                "node " + number(lost) + " copies from node " + number(leader) + ", which "
                        + (dies ? "dies" : "hands over"));
        if (dies) {
            leader.kill();
            leader.restart();
        } else {
            Cluster.await(leader, Cluster.DONE, List.of(" leads"), "transfer", number(other(leader, lost)));
        }
        lost.awaitReady();
    }

    private CarillonServer other(CarillonServer one, CarillonServer another) {
        return group.nodes().stream()
                .filter(node -> node != one && node != another)
                .findFirst()
                .orElseThrow();
    }

    private static long logBytes(CarillonServer node) throws IOException {
        try (ReplicaLog log = ReplicaLog.read(node.data())) {
            return log.end();
        }
    }

    private void awaitCopying(CarillonServer node) {
        Awaitility.await("node " + number(node) + " to copy")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> leadersStatus()
                        .member(group.number(node))
                        .filter(member -> member.copyBytes() > 0)
                        .isPresent());
    }
}
