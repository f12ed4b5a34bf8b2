package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Boots;
import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.LoopDisk;
import io.carillon.systemtests.harness.Place;
import io.carillon.systemtests.harness.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** All members lose their power where written is enough: the way out that docs/operations.md tells, step by step. */
class AcceptLossTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final List<LoopDisk> disks = new ArrayList<>();

    @AfterEach
    void closeDisks() {
        disks.forEach(LoopDisk::close);
    }

    @Test
    void aGroupThatLostItsPowerGoesOnWithWhatIsLeftWhenSomebodyTakesTheLoss() throws Exception {
        LoopDisk.obstacle().or(Boots::obstacle).ifPresent(why -> Assumptions.abort("not tested: " + why));
        Boots boots = new Boots("accept-loss-boots");
        List<Place> places = new ArrayList<>();
        for (int node = 1; node <= 3; node++) {
            LoopDisk disk = LoopDisk.create("accept-loss-disk-" + node, 256);
            disks.add(disk);
            places.add(boots.place(Place.HERE).withData(disk.path().resolve("data")));
        }
        Numbered messages = Numbered.fresh("accept-loss");
        try (CarillonGroup group = CarillonGroup.start(
                "accept-loss",
                Place.HERE,
                places,
                "--flush",
                "async",
                "--set",
                "log.segment-size=4MiB",
                "--set",
                "broker.message-size-max=1MiB",
                "--set",
                "log.disk-reserve=8MiB",
                "--set",
                "log.checkpoint-interval=1s")) {
            try (RawClient client = RawClient.connect(group.awaitLeader().broker())) {
                messages.create(client);
                messages.sendAll(client, 1, 10);
                awaitForced(group);
                messages.sendAll(client, 11, 20);
            }
            losePower(group);
            boots.again();
            group.nodes().forEach(CarillonServer::restart);

            List<CarillonServer> byLog = waitingByLog(group);
            Ended backup = CarillonCommand.run(
                    byLog.getLast().data().resolveSibling("commands"),
                    "backup",
                    "backup",
                    "--server",
                    byLog.getLast().broker(),
                    "--all-written");
            assertThat(backup.exitCode()).as(backup.output()).isZero();
            acceptLoss(group, byLog);

            Cluster.await(byLog.getLast(), Cluster.DONE, List.of("3 of 3 voters answer"), "status");
            goesOn(group, messages);
        }
    }

    /** Each has on its disk what it has now. */
    private static void awaitForced(CarillonGroup group) {
        Awaitility.await("a checkpoint behind what was sent").atMost(PATIENCE).until(() -> {
            for (CarillonServer node : group.nodes()) {
                try (ReplicaLog log = ReplicaLog.read(node.data())) {
                    if (log.checkpoint() < log.end()) {
                        return false;
                    }
                }
            }
            return true;
        });
    }

    private void losePower(CarillonGroup group) {
        group.nodes().forEach(node -> node.brokerProcess().pause());
        disks.forEach(LoopDisk::fail);
        group.nodes().forEach(CarillonServer::kill); // all, for each of them sees the disks of all
        for (int i = 0; i < disks.size(); i++) {
            disks.get(i).replace(group.nodes().get(i).brokerProcess());
        }
    }

    private static List<CarillonServer> waitingByLog(CarillonGroup group) throws IOException {
        for (CarillonServer node : group.nodes()) {
            Cluster.await(node, Cluster.DONE, List.of(group.number(node) + " waiting"), "status");
            Awaitility.await("what it waits for")
                    .atMost(PATIENCE)
                    .until(() -> node.brokerProcess().output().contains("carillon cluster accept-loss"));
        }
        ClusterStatus status = ClusterStatus.of(group.nodes().getFirst());
        return group.nodes().stream()
                .sorted(Comparator.comparingLong((CarillonServer node) ->
                                status.member(group.number(node)).orElseThrow().lastIndex())
                        .reversed())
                .toList();
    }

    private static void acceptLoss(CarillonGroup group, List<CarillonServer> byLog) {
        CarillonServer first = byLog.getFirst();
        CarillonServer second = byLog.get(1);
        Cluster.assertEnded(
                Cluster.run(second, "accept-loss", Integer.toString(group.number(first))),
                Cluster.REFUSED,
                "whose loss is accepted must be asked itself");
        for (CarillonServer node : List.of(first, second)) {
            Cluster.assertEnded(
                    Cluster.run(node, "accept-loss", Integer.toString(group.number(node))),
                    Cluster.DONE,
                    "votes with what it has");
        }
    }

    /** What is left of what was acknowledged has no hole, and what comes now is behind it. */
    private static void goesOn(CarillonGroup group, Numbered messages) throws Exception {
        CarillonServer leader = group.awaitLeader();
        try (RawClient client = RawClient.connect(leader.broker())) {
            List<Long> left = messages.read(client);
            assertThat(left)
                    .isEqualTo(LongStream.rangeClosed(1, left.size()).boxed().toList());
            assertThat(left.size()).as("what was forced").isBetween(10, 20);
            messages.sendAll(client, left.size() + 1L, 25);
            assertThat(messages.read(client))
                    .isEqualTo(LongStream.rangeClosed(1, 25).boxed().toList());
        }
    }
}
