package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Place;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawTopic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A server by itself that becomes a member of a group of three, in place, as docs/operations.md says. */
class GrowTest {
    private static final String GROUP = "readers";
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @Test
    void aServerByItselfGrowsIntoAGroupThatSurvivesItsDeath() throws Exception {
        Numbered messages = Numbered.fresh("grown");
        Path data;
        try (CarillonServer alone = CarillonServer.start("alone", "--broker-name", CarillonGroup.NAME);
                RawClient client = RawClient.connect(alone.broker())) {
            messages.create(client);
            messages.sendAll(client, 1, 10);
            messages.topic().pull(client, GROUP, 0, 0, 0); // makes the group
            assertThat(messages.topic().commit(client, GROUP, 0, 7).code()).isEqualTo(RawTopic.OK);
            assertThat(committed(messages, client)).isEqualTo(7);
            alone.stop();
            data = alone.data();
        }

        List<Place> places = List.of(Place.HERE.withData(data), Place.HERE, Place.HERE);
        try (CarillonGroup group = CarillonGroup.start("grown", Place.HERE, places)) {
            CarillonServer first = group.awaitLeader();
            try (RawClient client = RawClient.connect(first.broker())) {
                assertThat(committed(messages, client)).isEqualTo(7);
                messages.sendAll(client, 11, 15);
            }
            Cluster.await(first, Cluster.DONE, List.of("3 of 3 voters answer"), "status");
            first.kill();
            CarillonServer next = group.awaitOtherLeader(first);
            Awaitility.await("one more").atMost(PATIENCE).ignoreExceptions().until(() -> messages.isSent(next, 16));

            try (RawClient client = RawClient.connect(next.broker())) {
                assertThat(messages.read(client))
                        .isEqualTo(LongStream.rangeClosed(1, 16).boxed().toList());
                assertThat(committed(messages, client)).isEqualTo(7);
            }
        }
    }

    private static long committed(Numbered messages, RawClient client) throws IOException {
        return RawTopic.served(messages.topic().committed(client, GROUP, 0)).number("offset");
    }
}
