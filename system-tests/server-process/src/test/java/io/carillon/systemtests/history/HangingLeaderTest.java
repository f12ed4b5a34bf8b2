package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.Watchdog;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Three brokers that replicate one log, each watched over as systemd does it, and one that hangs. */
class HangingLeaderTest {
    /** WatchdogSec of the unit. */
    private static final Duration SILENCE = Duration.ofSeconds(3);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void isKilledAndStartedAgainAndWhoSendsToItsAddressGoesOn() throws Exception {
        try (CarillonGroup group = CarillonGroup.startWatched("hanging-leader", 3, SILENCE)) {
            CarillonServer leader = group.awaitLeader();
            Watchdog watchdog = group.watchdog(leader);
            OsProcess hanging = leader.brokerProcess();
            Numbered messages = Numbered.fresh("hanging");
            try (RawClient client = RawClient.connect(leader.broker())) {
                messages.create(client);
                messages.sendAll(client, 1, 10);
                assertThat(watchdog.news()).singleElement().asString().startsWith("READY=1\nSTATUS=carillon ready ");
                Awaitility.await("signs of life").atMost(PATIENCE).until(() -> watchdog.signs() > 0);

                hanging.pause();

                assertThat(hanging.awaitExit(PATIENCE)).as("killed").isEqualTo(128 + 9);
            }
            assertThat(group.awaitOtherLeader(leader)).isNotSameAs(leader);
            Awaitility.await("the one that hung")
                    .atMost(PATIENCE)
                    .ignoreExceptionsMatching(e -> e instanceof IOException || e instanceof ExecutionException)
                    .until(() -> messages.isSent(leader, 11));
            try (RawClient client = RawClient.connect(leader.broker())) {
                assertThat(messages.read(client))
                        .isEqualTo(LongStream.rangeClosed(1, 11).boxed().toList());
            }
            assertThat(watchdog.kills()).isEqualTo(1);

            leader.stop();

            Awaitility.await("the last news")
                    .atMost(PATIENCE)
                    .until(() -> watchdog.news().getLast().startsWith("STOPPING=1\n"));
            assertThat(watchdog.kills()).as("it may stop").isEqualTo(1);
        }
    }
}
