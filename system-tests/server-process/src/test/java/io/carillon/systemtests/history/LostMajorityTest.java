package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Place;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Two of three members lose their disks for good: the way out that docs/operations.md tells, step by step. */
class LostMajorityTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int UNAVAILABLE = 14;

    private final Path folder = Workspace.folder("last-member");
    private final Path data = folder.resolve("data");
    private final Numbered messages = Numbered.fresh("last-member");

    @Test
    void theLastMemberHasAllThatWasAcknowledgedAndAGroupGrowsOutOfItAgain() throws Exception {
        List<Place> places = List.of(Place.HERE.withData(data), Place.HERE, Place.HERE);
        try (CarillonGroup group = CarillonGroup.start("lost-majority", Place.HERE, places, "--flush", "sync")) {
            CarillonServer last = group.nodes().getFirst();
            loseTheOthers(group, last);

            Ended backup = run("backup", "backup", "--server", last.broker(), "--all-written");
            assertThat(backup.exitCode()).as(backup.output()).isZero();
            last.stop();
        }
        Files.move(data, folder.resolve("data-of-the-member"));
        Ended restored = run("restore", "backup", "--data", data.toString());
        assertThat(restored.exitCode()).as(restored.output()).isZero();

        try (CarillonServer alone = CarillonServer.startOn(folder, data, "--broker-name", CarillonGroup.NAME);
                RawClient client = RawClient.connect(alone.broker())) {
            assertThat(messages.read(client)).isEqualTo(upTo(20));
            messages.sendAll(client, 21, 21);
            alone.stop();
        }
        growsAgain(places);
    }

    private Ended run(String... words) {
        return CarillonCommand.run(folder, words);
    }

    private static List<Long> upTo(long n) {
        return LongStream.rangeClosed(1, n).boxed().toList();
    }

    /** It has all, for the third one lacks the last ten; and is started anew, so that it does not know them to be acknowledged. */
    private void loseTheOthers(CarillonGroup group, CarillonServer last) throws Exception {
        CarillonServer leader = group.awaitLeader() == last ? group.handOver(last) : group.awaitLeader();
        CarillonServer third = group.nodes().stream()
                .filter(node -> node != leader && node != last)
                .findFirst()
                .orElseThrow();
        try (RawClient client = RawClient.connect(leader.broker())) {
            messages.create(client);
            messages.sendAll(client, 1, 10);
            third.brokerProcess().pause();
            messages.sendAll(client, 11, 20);
        }
        for (CarillonServer lost : List.of(leader, third)) {
            lost.kill();
            lost.loseData();
        }
        last.kill();
        last.restart();
        Cluster.await(last, Cluster.DONE, List.of("1 of 3 voters answer, 2 are needed"), "status");
        try (RawClient client = RawClient.connect(last.broker())) {
            assertThat(messages.topic().pull(client, "readers", 0, 0, 0).code()).isEqualTo(UNAVAILABLE);
        }
    }

    private void growsAgain(List<Place> places) throws IOException, InterruptedException {
        try (CarillonGroup group = CarillonGroup.start("lost-majority-again", Place.HERE, places, "--flush", "sync")) {
            CarillonServer leader = group.awaitLeader();
            Cluster.await(leader, Cluster.DONE, List.of("3 of 3 voters answer"), "status");
            leader.kill();
            CarillonServer next = group.awaitOtherLeader(leader);
            Awaitility.await("one more").atMost(PATIENCE).ignoreExceptions().until(() -> messages.isSent(next, 22));
            try (RawClient client = RawClient.connect(next.broker())) {
                assertThat(messages.read(client)).isEqualTo(upTo(22));
            }
        }
    }
}
