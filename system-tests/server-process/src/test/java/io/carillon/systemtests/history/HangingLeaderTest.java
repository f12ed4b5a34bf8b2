package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Watchdog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
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
            RawTopic topic = new RawTopic(Names.unique("hanging"));
            try (RawClient client = RawClient.connect(leader.broker())) {
                topic.create(client, 1);
                sendAll(topic, client, 1, 10);
                assertThat(watchdog.news()).singleElement().asString().startsWith("READY=1\nSTATUS=carillon ready ");
                Awaitility.await("signs of life").atMost(PATIENCE).until(() -> watchdog.signs() > 0);

                hanging.pause();

                assertThat(hanging.awaitExit(PATIENCE)).as("killed").isEqualTo(128 + 9);
            }
            assertThat(group.awaitOtherLeader(leader)).isNotSameAs(leader);
            Awaitility.await("the one that hung")
                    .atMost(PATIENCE)
                    .ignoreExceptionsMatching(e -> e instanceof IOException || e instanceof ExecutionException)
                    .until(() -> isSent(topic, leader, 11));
            try (RawClient client = RawClient.connect(leader.broker())) {
                assertThat(numbers(topic.pull(client, Names.unique("readers"), 0, 0, 0)))
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

    private static void sendAll(RawTopic topic, RawClient client, int first, int last) throws Exception {
        for (int n = first; n <= last; n++) {
            assertThat(send(topic, client, n).code()).isEqualTo(RawTopic.OK);
        }
    }

    private static boolean isSent(RawTopic topic, CarillonServer over, int n) throws Exception {
        try (RawClient client = RawClient.connect(over.broker())) {
            return send(topic, client, n).code() == RawTopic.OK;
        }
    }

    /** Stored once, however often it is sent. */
    private static Answer send(RawTopic topic, RawClient client, long n) throws Exception {
        Event.Key key = new Event.Key("hanging", n);
        return topic.send(client, 0, Stream.uniqueId(key), Payload.of(key, 10, new Random(n)))
                .get();
    }

    private static List<Long> numbers(Answer pulled) {
        return StoredMessage.all(pulled.body()).stream()
                .map(message -> message.key().n())
                .toList();
    }
}
