package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Hosts;
import io.carillon.systemtests.harness.LoopDisk;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.Place;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** A group of three to which {@link Fault}s are done: on hosts and disks of its own where there can be any. */
final class FaultLab implements AutoCloseable {
    private static final int SIZE = 3;

    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LEFT_ON_FULL_DISK = 256 << 10;
    private static final String[] SETTINGS = {
        "--flush",
        "sync",
        "--set",
        "log.segment-size=4MiB",
        "--set",
        "broker.message-size-max=1MiB",
        "--set",
        "log.checkpoint-interval=200ms",
        "--set",
        "log.disk-reserve=1MiB",
        "--set",
        "replication.election-timeout=" + ELECTION_TIMEOUT.toMillis() + "ms"
    };

    private final Random random;
    private final Sites sites;
    private final CarillonGroup group;
    private final Replicas replicas;
    private final MemberChanges changes;

    private FaultLab(String name, Random random, Sites sites) {
        this.random = random;
        this.sites = sites;
        List<Place> places =
                IntStream.rangeClosed(1, SIZE).mapToObj(sites::place).toList();
        group = CarillonGroup.start(name, sites.names(), places, SETTINGS);
        group.nodes().forEach(node -> sites.have(node, group.number(node)));
        replicas = new Replicas(group);
        changes = new MemberChanges(group, sites, random);
    }

    /** Starts a group on hosts of its own and on disks of this size, each where it can; 0 for no disks. */
    static FaultLab start(String name, boolean withHosts, long diskMib, Random random) {
        Sites sites = Sites.create(name, SIZE + 1, withHosts, diskMib);
        try {
            return new FaultLab(name, random, sites);
        } catch (RuntimeException | Error e) {
            sites.close();
            throw e;
        }
    }

    /** Whether it has what this fault needs. */
    boolean can(Fault fault) {
        return switch (fault.needs()) {
            case NOTHING -> true;
            case HOSTS -> sites.hasHosts();
            case DISKS -> sites.hasDisks();
        };
    }

    /** Why a fault cannot be had here; empty if it can. */
    static String obstacle(Fault fault) {
        return switch (fault.needs()) {
            case NOTHING -> "";
            case HOSTS -> Hosts.obstacle().orElse("");
            case DISKS -> LoopDisk.obstacle().orElse("");
        };
    }

    /** Where clients reach the members. */
    List<String> addresses() {
        return group.addresses();
    }

    /** Lets it happen while clients work; returns when the group is whole again, and all that it may take is taken. */
    void strike(Fault fault, Workload load) throws IOException {
        CarillonServer leader = group.awaitLeader();
        List<CarillonServer> followers = new ArrayList<>(group.nodes());
        followers.remove(leader);
        Collections.shuffle(followers, random);
        CarillonServer follower = followers.getFirst();
        List<CarillonServer> majority = random.nextBoolean() ? followers : List.of(leader, follower);
        load.fault(fault + ", led by node " + numberOf(leader) + ", first follower " + numberOf(follower));
        switch (fault) {
            case KILL_LEADER -> killOne(leader, load);
            case KILL_FOLLOWER -> killOne(follower, load);
            case KILL_MAJORITY -> killMany(majority, load);
            case KILL_ALL -> killMany(shuffled(), load);
            case PAUSE_LEADER -> pauseLeader(leader, load);
            case PAUSE_FOLLOWER -> pauseFollower(follower, load);
            case PAUSE_MAJORITY -> pauseMany(majority, load);
            case PAUSE_ALL -> pauseMany(shuffled(), load);
            case ROLLING_RESTART -> restartOneByOne(load);
            case CUT_LEADER -> cutLeader(leader, true, true, load);
            case CUT_LEADER_OUT -> cutLeader(leader, true, false, load);
            case CUT_LEADER_IN -> cutLeader(leader, false, true, load);
            case CUT_FOLLOWER -> cutFollower(follower, true, true, load);
            case CUT_FOLLOWER_OUT -> cutFollower(follower, true, false, load);
            case CUT_FOLLOWER_IN -> cutFollower(follower, false, true, load);
            case CUT_MAJORITY_OUT -> cutMany(majority, true, false, load);
            case CUT_MAJORITY_IN -> cutMany(majority, false, true, load);
            case CUT_ALL -> cutMany(group.nodes(), true, true, load);
            case POWER_LEADER -> losePower(List.of(leader), load);
            case POWER_FOLLOWER -> losePower(List.of(follower), load);
            case POWER_MAJORITY -> losePower(majority, load);
            case POWER_ALL -> losePower(shuffled(), load);
            case FULL_DISK_LEADER -> fillDisk(leader, load);
            case FULL_DISK_FOLLOWER -> fillDisk(follower, load);
            case FAILED_DISK_LEADER -> failDisk(leader, load);
            case FAILED_DISK_FOLLOWER -> failDisk(follower, load);
            case FLIPPED_BYTE -> flipByte(follower, load);
            case TORN_TAIL -> tearTail(follower, load);
            case REPLACE_MEMBER -> changes.replace(random.nextBoolean() ? leader : follower, load);
            case KILL_LEADER_IN_CHANGE -> changes.killLeaderInChange(follower, load);
            case CHANGE_LEADER_IN_COPY -> changes.changeLeaderInCopy(follower, load);
        }
        group.awaitLeader();
        load.awaitAcked(20);
        replicas.awaitWhole(); // a fault may take one copy; the next one must not come before that is there again
    }

    private int numberOf(CarillonServer node) {
        return group.number(node);
    }

    private List<CarillonServer> shuffled() {
        List<CarillonServer> all = new ArrayList<>(group.nodes());
        Collections.shuffle(all, random);
        return all;
    }

    // ---- processes

    private void killOne(CarillonServer node, Workload load) {
        node.kill();
        if (random.nextBoolean()) {
            load.awaitAcked(20);
        }
        node.restart();
    }

    private void killMany(List<CarillonServer> nodes, Workload load) {
        nodes.forEach(node -> node.brokerProcess().pause()); // so that all of them end at the same moment
        nodes.forEach(CarillonServer::kill);
        awaitSilence(load);
        nodes.forEach(CarillonServer::restartUnawaited);
        nodes.forEach(CarillonServer::awaitReady);
    }

    /** Without a majority nothing is acknowledged but what was on its way. */
    private static void awaitSilence(Workload load) {
        pauseFor(Duration.ofMillis(100));
        long before = load.acked();
        pauseFor(Duration.ofMillis(400));
        assertThat(load.acked()).as("acknowledged without a majority").isEqualTo(before);
    }

    /** A fault must last for a while: that nothing happens meanwhile can only be seen by looking for as long. */
    private static void pauseFor(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        Awaitility.await().pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }

    /** Another one leads by the time it wakes up, still thinking that it leads. */
    private void pauseLeader(CarillonServer leader, Workload load) {
        leader.brokerProcess().pause();
        try {
            group.awaitOtherLeader(leader);
            load.awaitAcked(20);
        } finally {
            leader.brokerProcess().resume();
        }
    }

    private void pauseFollower(CarillonServer follower, Workload load) {
        follower.brokerProcess().pause();
        try {
            pauseFor(ELECTION_TIMEOUT.multipliedBy(3).dividedBy(2));
            load.awaitAcked(20);
        } finally {
            follower.brokerProcess().resume();
        }
    }

    /** They wake up one after the other, each as what it was. */
    private void pauseMany(List<CarillonServer> nodes, Workload load) {
        nodes.forEach(node -> node.brokerProcess().pause());
        try {
            awaitSilence(load);
            pauseFor(ELECTION_TIMEOUT.multipliedBy(3).dividedBy(2));
        } finally {
            nodes.forEach(node -> node.brokerProcess().resume());
        }
    }

    private void restartOneByOne(Workload load) {
        for (CarillonServer node : shuffled()) {
            node.stop();
            node.restart();
            load.awaitAcked(20);
        }
    }

    // ---- the network

    private void cutLeader(CarillonServer leader, boolean sends, boolean hears, Workload load) {
        sites.cut(leader, sends, hears);
        group.awaitOtherLeader(leader);
        load.awaitAcked(20);
        sites.heal();
    }

    private void cutFollower(CarillonServer follower, boolean sends, boolean hears, Workload load) {
        sites.cut(follower, sends, hears);
        pauseFor(ELECTION_TIMEOUT.multipliedBy(3).dividedBy(2));
        load.awaitAcked(20);
        sites.heal();
    }

    private void cutMany(List<CarillonServer> nodes, boolean sends, boolean hears, Workload load) {
        nodes.forEach(node -> sites.cut(node, sends, hears));
        awaitSilence(load);
        pauseFor(ELECTION_TIMEOUT);
        sites.heal();
    }

    // ---- disks

    private void losePower(List<CarillonServer> nodes, Workload load) {
        nodes.forEach(node -> node.brokerProcess().pause()); // at the same moment
        nodes.forEach(node -> sites.diskOf(node).losePower(node.brokerProcess()));
        if (nodes.size() > 1) {
            awaitSilence(load);
        }
        nodes.forEach(CarillonServer::restartUnawaited);
        nodes.forEach(CarillonServer::awaitReady);
    }

    /** What it does when it can write no more is its own affair: refuse, hand over, or end. The group goes on. */
    private void fillDisk(CarillonServer node, Workload load) throws IOException {
        sites.diskOf(node).fillBut(LEFT_ON_FULL_DISK);
        pauseFor(ELECTION_TIMEOUT.multipliedBy(1 + random.nextInt(3)));
        sites.diskOf(node).free();
        long end = endOf(node);
        Awaitility.await("one that met the full disk to take more or to end: it may be about to")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .until(() -> !node.brokerProcess().isAlive() || endOf(node) > end);
        if (!node.brokerProcess().isAlive()) {
            node.restart();
        }
        load.awaitAcked(20);
    }

    /** What it wrote and could not force is gone. The others go on, led by one of them, until it has another disk. */
    private void failDisk(CarillonServer node, Workload load) {
        sites.diskOf(node).fail();
        if (group.awaitLeader() == node) {
            group.awaitOtherLeader(node);
        }
        load.awaitAcked(20);
        sites.diskOf(node).replace(node.brokerProcess());
        node.restart();
    }

    private static long endOf(CarillonServer node) throws IOException {
        try (ReplicaLog log = ReplicaLog.read(node.data())) {
            return log.end();
        }
    }

    /** Damage of what was forced is found at the start: it names the file, and refuses to start or gets its log anew. */
    private void flipByte(CarillonServer follower, Workload load) throws IOException {
        Damage damage = damageOfForced(follower, load);
        OsProcess started = follower.restartUnawaited();
        boolean ended = endsOrServes(started);
        assertThat(started.output()).contains(damage.file().getFileName().toString());
        if (ended) {
            damage.undo();
            follower.restart();
        }
        load.awaitAcked(20);
    }

    /** Kills it in a moment between two checkpoints: what is before one is not looked at by a start. */
    private Damage damageOfForced(CarillonServer follower, Workload load) throws IOException {
        while (true) {
            load.awaitAcked(100);
            follower.kill();
            try (ReplicaLog log = ReplicaLog.read(follower.data())) {
                Optional<ReplicaLog.Entry> entry = log.lastForced();
                if (entry.isPresent()) {
                    return damage(log, entry.get());
                }
            }
            follower.restart();
        }
    }

    /** What it had not forced for sure may be cut off; what it had, it gets again. */
    private void tearTail(CarillonServer follower, Workload load) throws IOException {
        follower.kill();
        Damage damage;
        try (ReplicaLog log = ReplicaLog.read(follower.data())) {
            damage = damage(log, log.entries().getLast());
        }
        if (endsOrServes(follower.restartUnawaited())) {
            damage.undo();
            follower.restart();
        }
        load.awaitAcked(20);
    }

    /** Whoever lost its copy has no vote before it has another one: until then two may not fail. */
    void awaitThatAllVote() {
        Path folder = Workspace.folder("status");
        String broker = group.awaitLeader().broker();
        Awaitility.await("three votes")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .until(() -> CarillonCommand.run(folder, "cluster", "status", "--broker", broker)
                        .output()
                        .contains("3 of 3 voters answer"));
    }

    private Damage damage(ReplicaLog log, ReplicaLog.Entry entry) throws IOException {
        return Damage.flip(log.fileOf(entry), log.positionOf(entry) + entry.length() - 1, random);
    }

    private static boolean endsOrServes(OsProcess process) {
        Awaitility.await("an end or a start")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> !process.isAlive() || process.output().contains("carillon ready"));
        return !process.isAlive();
    }

    // ---- afterwards

    /** What is wrong with the replicas: all must come to have the same, to the byte, up to what clients were told of. */
    List<String> differences(Workload audited) throws IOException {
        return replicas.differences(audited);
    }

    @Override
    public void close() {
        group.close();
        sites.close();
    }
}
