package io.carillon.systemtests.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code carillon schedule} as a process of its own, beside a server whose messages wait. */
class ScheduleCommandTest {
    private static final int DONE = 0;
    private static final int USAGE = 2;
    private static final int REFUSED = 5;
    private static final int NO_BROKER = 6;

    private static final Pattern ID = Pattern.compile("(?m)^(\\d+-\\d+)  ");

    @BeforeAll
    static void onlyCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache has no such command");
    }

    private static Ended schedule(Server server, String... words) {
        List<String> all = new ArrayList<>(List.of("schedule"));
        all.addAll(List.of(words));
        all.addAll(List.of("--broker", server.broker()));
        return CarillonCommand.run(server.data().resolveSibling("commands"), all.toArray(String[]::new));
    }

    private static void send(RawClient client, String topic, String key, Duration delay) throws IOException {
        Map<String, String> ext = new LinkedHashMap<>();
        ext.put("a", "schedule-producers");
        ext.put("b", topic);
        ext.put("c", "TBW102");
        ext.put("d", "4");
        ext.put("e", "0");
        ext.put("f", "0");
        ext.put("g", Long.toString(System.currentTimeMillis()));
        ext.put("h", "0");
        ext.put("i", "KEYS\u0001" + key + "\u0002TIMER_DELAY_MS\u0001" + delay.toMillis() + "\u0002");
        ext.put("j", "0");
        assertThat(client.call(310, ext, ("body of " + key).getBytes(UTF_8)).code())
                .isZero();
    }

    private static String firstId(Ended list) {
        Matcher id = ID.matcher(list.output());
        assertThat(id.find()).as(list.output()).isTrue();
        return id.group(1);
    }

    private static void assertEnded(Ended ended, int exitCode, String... said) {
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(exitCode);
        assertThat(ended.output()).contains(said);
        assertThat(ended.output()).as("no log lines, no traces").doesNotContain(" INFO ", "WARN", "Exception", "\tat ");
    }

    private static void awaitDelivered(RawClient client, RawTopic topic, int count) {
        Awaitility.await("delivered").atMost(Duration.ofSeconds(10)).until(() -> topic.offsetMax(client, 0) == count);
    }

    @Test
    void listsShowsAndCancels() throws Exception {
        try (Server server = Server.startCarillon("schedule-cancel");
                RawClient client = RawClient.connect(server.broker())) {
            RawTopic topic = new RawTopic(Names.unique("schedule"));
            topic.create(client, 1);
            send(client, topic.topic(), "first", Duration.ofHours(1));
            send(client, topic.topic(), "second", Duration.ofDays(2));

            Ended list = schedule(server, "list", "--topic", topic.topic());
            assertEnded(list, DONE, "first", "second", "waiting", "in 1d23h");
            String id = firstId(list);
            assertEnded(schedule(server, "list", "--to", "+90m"), DONE, id, "first");
            assertEnded(schedule(server, "list", "--key", "second", "--from=+90m"), DONE, "second");
            assertEnded(schedule(server, "show", id), DONE, "id      " + id, "KEYS", "first");
            assertEnded(
                    schedule(server, "show", "--topic", topic.topic(), "--key", "second", "--json"), DONE, "\"id\"");
            assertEnded(schedule(server, "histogram", "--by", "day"), DONE, "MESSAGES", "#");
            assertEnded(schedule(server, "stats"), DONE, "2 messages", "schedule_pending_messages");

            assertEnded(schedule(server, "cancel", id), DONE, "was cancelled");
            assertEnded(schedule(server, "cancel", id), DONE, "cancelled before");
            assertEnded(schedule(server, "fire-now", id), REFUSED, "cancelled before");
            assertEnded(schedule(server, "cancel", "1-0"), REFUSED, "no message 1-0 is known");
            assertThat(schedule(server, "list").output()).contains("second").doesNotContain("first");
        }
    }

    @Test
    void movesAndDelivers() throws Exception {
        try (Server server = Server.startCarillon("schedule-move");
                RawClient client = RawClient.connect(server.broker())) {
            RawTopic topic = new RawTopic(Names.unique("schedule"));
            topic.create(client, 1);
            send(client, topic.topic(), "k", Duration.ofHours(1));
            send(client, topic.topic(), "later", Duration.ofHours(2));

            String to = Instant.now().plusSeconds(2).toString();
            assertEnded(
                    schedule(server, "reschedule", "--topic", topic.topic(), "--key", "k", "--to", to),
                    DONE,
                    "at another");
            awaitDelivered(client, topic, 1);

            String id = firstId(schedule(server, "list"));
            assertEnded(schedule(server, "fire-now", id), DONE, "left at once");
            awaitDelivered(client, topic, 2);
            assertEnded(schedule(server, "cancel", id), REFUSED, "left before");
            assertEnded(schedule(server, "reschedule", id, "--in", "5m"), REFUSED, "left before");
        }
    }

    @Test
    void pausesATopicOverARestartAndResumesIt() throws Exception {
        try (Server server = Server.startCarillon("schedule-pause")) {
            RawTopic topic = new RawTopic(Names.unique("schedule"));
            try (RawClient client = RawClient.connect(server.broker())) {
                topic.create(client, 1);
                assertEnded(schedule(server, "pause", topic.topic()), DONE, "stays until it is resumed");
                send(client, topic.topic(), "k", Duration.ofMillis(500));
            }
            server.stop();
            server.restart();

            try (RawClient client = RawClient.connect(server.broker())) {
                assertEnded(schedule(server, "stats"), DONE, "paused", topic.topic());
                Awaitility.await("overdue")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> schedule(server, "list").output().contains(" ago"));
                assertEnded(schedule(server, "list"), DONE, "paused");
                assertThat(topic.offsetMax(client, 0)).isZero();
                assertEnded(schedule(server, "fire-now", firstId(schedule(server, "list"))), REFUSED, "paused");

                assertEnded(schedule(server, "resume", topic.topic()), DONE, "delivered to again");
                awaitDelivered(client, topic, 1);
            }
        }
    }

    @Test
    void endsWithACodeThatSaysWhoWasWrong() {
        try (CarillonServer server = CarillonServer.start("schedule-wrong")) {
            assertEnded(schedule(server, "list", "--from", "soon"), USAGE, "not a time: 'soon'");
            assertEnded(schedule(server, "show"), USAGE, "which message?");
            assertEnded(schedule(server, "lits"), USAGE, "did you mean 'list'?");
            assertEnded(schedule(server, "pause", "NoSuchTopic"), REFUSED, "does not exist");
            Ended elsewhere = CarillonCommand.run(
                    Workspace.folder("schedule-elsewhere"), "schedule", "list", "--broker", server.nameServer());
            assertEnded(elsewhere, REFUSED, "it is a name server");
            server.stop();
            assertEnded(schedule(server, "list"), NO_BROKER, "no broker answers at " + server.broker());
        }
    }
}
