package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Metric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the figures say is so. */
class MetricsTest {
    private static Rig rig;
    private static DelayQueue queue;

    @BeforeAll
    static void open() {
        rig = Rig.fresh();
        queue = rig.open();
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    private static List<Metric.Sample> samples(String name) {
        return queue.metrics().stream()
                .filter(metric -> metric.name().equals("delayqueue_" + name))
                .findAny()
                .orElseThrow()
                .samples();
    }

    /** The value with these labels; -1 where there is none. */
    private static double value(String name, String suffix, Map<String, String> labels) {
        return samples(name).stream()
                .filter(sample ->
                        sample.suffix().equals(suffix) && sample.labels().equals(labels))
                .mapToDouble(Metric.Sample::value)
                .findAny()
                .orElse(-1);
    }

    private static double value(String name) {
        return value(name, "", Map.of());
    }

    /** Whoever is first adds a message: the rebuild, or the reconciler that has not heard of the loss yet. */
    private static double addedAgain() {
        return value("rebuilt_messages_total") + value("reconciled_messages_total");
    }

    private static double depth(String name, Client of) {
        return value(name, "", Map.of("topic", of.topic(), "group", of.group()));
    }

    @Test
    void tellsWhatIsReadyAndInFlightOfEachTopicAndGroup() {
        Client first = new Client(queue, "depth", "first");
        Client second = new Client(queue, "depth", "second");
        Client none = new Client(queue, "nobody-pulls", "");
        first.pull(1, 0);
        second.pull(1, 0);
        none.sendAll(Client.many(4, 0));

        first.sendAll(Client.many(7, 0));
        List<Delivery> taken = new ArrayList<>();
        while (taken.size() < 3) {
            taken.addAll(first.pull(3 - taken.size(), 5_000));
        }

        Rig.await(() -> depth("ready_messages", first) == 4 && depth("in_flight_messages", first) == 3);
        assertThat(depth("ready_messages", second)).isEqualTo(7);
        assertThat(depth("in_flight_messages", second)).isZero();
        assertThat(depth("ready_messages", none)).isEqualTo(4);

        taken.forEach(first::acknowledge);
        Rig.await(() -> depth("in_flight_messages", first) == 0);
        assertThat(depth("ready_messages", first)).isEqualTo(4);
    }

    @Test
    void estimatesWhatIsInFlightWhereItIsTooMuchToLookAt() {
        int topic = 1 << 20;
        List<byte[]> claimed = new ArrayList<>();
        for (int i = 0; i < 6_000; i++) {
            claimed.add(new Member(MessageId.of(1, 0, i), topic + i % 3 / 2, 4, 0, 0).bytes(1));
        }
        try (var redis = rig.newClient()) {
            claimed.forEach(own -> redis.zadd(Redis.bytes("{dq:0}:unacked"), 9e15, own));

            Map<Depths.Of, BucketCounts.Count> counted = new HashMap<>();
            queue.node().counts().addInFlight(List.of(0), counted);

            assertThat(counted.get(new Depths.Of(topic, 1)).inFlight()).isBetween(3_600L, 4_400L);
            assertThat(counted.get(new Depths.Of(topic + 1, 1)).inFlight()).isBetween(1_600L, 2_400L);
            claimed.forEach(own -> redis.zrem(Redis.bytes("{dq:0}:unacked"), own));
        }
    }

    @Test
    void countsEachThingThatHappensToAMessageOnce() {
        Client client = new Client(queue, "life", "g");
        client.pull(1, 0);
        double sent = value("sent_messages_total");
        double due = value("due_messages_total");
        double late = value("lateness_seconds", "_count", Map.of());
        double redelivered = value("redelivered_messages_total");
        double acknowledged = value("acknowledged_messages_total");
        double cancelled = value("cancelled_messages_total");

        client.send("one", 50);
        Delivery inTime = client.pullOne(5_000);
        client.release(inTime, 0);
        Delivery again = client.pull(1, 5_000, 200).getFirst();
        Delivery last = client.pullOne(5_000);
        client.acknowledge(again);
        client.acknowledge(last);
        client.cancel(client.send("two", 60_000).id());

        assertThat(last.attempt()).isEqualTo(3);
        assertThat(value("sent_messages_total") - sent).isEqualTo(2);
        assertThat(value("due_messages_total") - due).isGreaterThanOrEqualTo(1);
        assertThat(value("lateness_seconds", "_count", Map.of()) - late).isEqualTo(value("due_messages_total") - due);
        assertThat(value("redelivered_messages_total") - redelivered).isEqualTo(2);
        assertThat(value("acknowledged_messages_total") - acknowledged).isEqualTo(1);
        assertThat(value("cancelled_messages_total") - cancelled).isEqualTo(1);
    }

    @Test
    void tellsHowLongTheStoresTakeByKindOfOperation() {
        new Client(queue, "times", "g").send("one", 0);
        Client client = new Client(queue, "times", "g");
        client.acknowledge(client.pullOne(5_000));

        for (String operation : List.of("add", "move", "claim", "check", "ack", "lease")) {
            Map<String, String> labels = Map.of("operation", operation);
            assertThat(value("redis_seconds", "_count", labels)).as(operation).isPositive();
            assertThat(value("redis_seconds", "_sum", labels)).as(operation).isPositive();
            assertThat(value("redis_seconds", "_bucket", Map.of("operation", operation, "le", "+Inf")))
                    .isGreaterThanOrEqualTo(
                            value("redis_seconds", "_bucket", Map.of("operation", operation, "le", "0.001")));
        }
        assertThat(value("mysql_seconds", "_count", Map.of("operation", "store_messages")))
                .isPositive();
        assertThat(value("redis_failures_total")).isZero();
    }

    @Test
    void tellsWhichBucketsItLooksAfterAndHowFarARebuildIs() {
        Rig.await(() -> samples("lease_epoch").size() == MessageId.BUCKETS);
        assertThat(value("leases")).isEqualTo(MessageId.BUCKETS);
        assertThat(samples("lease_epoch")).allMatch(sample -> sample.value() > 0);
        Rig.await(() -> value("rebuilding_buckets") == 0);
        new Client(queue, "rebuilt", "g").sendAll(Client.many(20, 0));
        double rebuilds = value("rebuilds_total");
        double added = addedAgain();

        rig.flush();

        Rig.await(() -> value("rebuilds_total") - rebuilds >= MessageId.BUCKETS);
        Rig.await(() -> addedAgain() - added >= 20);
        Rig.await(() -> value("rebuilding_buckets") == 0 && value("leases") == MessageId.BUCKETS);
        assertThat(value("store_up", "", Map.of("store", "redis"))).isEqualTo(1);
    }
}
