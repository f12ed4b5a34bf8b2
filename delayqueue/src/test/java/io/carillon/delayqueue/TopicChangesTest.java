package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.TopicSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** Topics and groups that are changed while Redis does not answer and keeps what it has, or with much behind them. */
class TopicChangesTest {
    /** More than are deleted at a time. */
    private static final int ROWS = 6_000;

    private Rig rig;
    private DelayQueue queue;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        // So long that no bucket is taken anew while Redis is away, for who takes one lets it know all groups.
        rig.timing = new DelayTimer(
                DelayTimer.Style.NOTIFY,
                Duration.ofMillis(20),
                DelayTimer.Spread.ALL_NODES,
                Duration.ofMinutes(2),
                Duration.ofSeconds(5),
                Duration.ofMillis(400));
        queue = rig.open();
        Rig.await(() -> queue.node().leases().held().size() == MessageId.BUCKETS);
    }

    @AfterEach
    void close() {
        try {
            rig.moves().check();
        } finally {
            rig.close();
        }
    }

    /** No script is run meanwhile: whoever calls one waits until its time is over. */
    private void whileRedisIsAway(Runnable work) {
        rig.stores.ask("CLIENT PAUSE 600000 WRITE\r\n");
        try {
            work.run();
        } finally {
            rig.stores.ask("CLIENT UNPAUSE\r\n");
        }
    }

    @Test
    void tellsTheOrderOfAGroupThatWasMadeWhileRedisWasAway() {
        Client first = new Client(queue, "apart", "first");
        Client second = new Client(queue, "apart", "second");
        first.pull(1, 0);
        Set<String> sent = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            sent.add(first.send("before", 0).id());
        }
        Set<String> held = new HashSet<>();
        Rig.await(() -> held.addAll(ids(first.pull(50, 100))) && held.containsAll(sent));

        whileRedisIsAway(() -> {
            // Done is what MySQL has committed.
            assertThat(Rig.done(queue.putGroup(second.where(), GroupSettings.DEFAULT))
                            .where())
                    .isEqualTo(second.where());
        });

        sent.addAll(first.sendAll(Client.many(20, 0)).stream().map(Sent::id).toList());
        Set<String> got = new HashSet<>();
        Rig.await(() -> {
            got.addAll(ids(second.pull(50, 100)));
            return got.equals(sent);
        });
    }

    private void insertKeysAndDeadLetters(long topic) {
        List<String> keys = new ArrayList<>();
        List<String> letters = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            keys.add("(" + topic + ", 'k" + i + "', " + i + ", 0, " + Long.MAX_VALUE + ")");
            letters.add("(" + topic + ", " + i % 2 + ", " + i + ", 10000, 0, 1)");
        }
        rig.execute("INSERT INTO dq_key (topic_id, idem_key, id, due_ms, expire_ms) VALUES " + String.join(",", keys));
        rig.execute(
                "INSERT INTO dq_dead (topic_id, bit, id, pday, dead_ms, attempts) VALUES " + String.join(",", letters));
    }

    private long rows(String table, long topic) {
        return rig.number("SELECT COUNT(*) FROM " + table + " WHERE topic_id = " + topic);
    }

    @Test
    void keepsNobodyWaitingWhileManyRowsOfADeletedTopicGo() throws SQLException {
        Client client = new Client(queue, "many", "first");
        client.pull(1, 0);
        new Client(queue, "many", "second").pull(1, 0);
        long topic = rig.number("SELECT topic_id FROM dq_topic WHERE name = 'many'");
        insertKeysAndDeadLetters(topic);

        // Somebody has one of the rows, so that deleting them all takes as long as that.
        try (Connection other = DriverManager.getConnection(rig.mysqlUrl)) {
            other.setAutoCommit(false);
            Migrations.execute(other, "UPDATE dq_dead SET dead_ms = 1 WHERE id IN (40, 41)");
            Migrations.execute(other, "UPDATE dq_key SET due_ms = 1 WHERE id = 40");
            Rig.done(queue.deleteGroup(new Requests.Where("many", "second")));
            assertThat(Rig.done(queue.deleteTopic("many"))).isTrue();
            Rig.done(queue.putTopic("next", TopicSettings.DEFAULT));
            assertThat(rows("dq_key", topic)).isPositive();
            other.rollback();
        }

        Rig.await(() -> rows("dq_key", topic) == 0 && rows("dq_dead", topic) == 0);
        Rig.await(() -> rig.number("SELECT COUNT(*) FROM dq_message WHERE state = 0") == 0);
    }

    @Test
    void deletesTheDeadLettersOfADeletedGroupOnly() {
        new Client(queue, "letters", "first").pull(1, 0);
        new Client(queue, "letters", "second").pull(1, 0);
        long topic = rig.number("SELECT topic_id FROM dq_topic WHERE name = 'letters'");
        insertKeysAndDeadLetters(topic);

        Rig.done(queue.deleteGroup(new Requests.Where("letters", "second")));

        Rig.await(() -> rows("dq_dead", topic) == ROWS / 2);
        assertThat(rig.number("SELECT MAX(bit) FROM dq_dead WHERE topic_id = " + topic))
                .isZero();
        assertThat(rows("dq_key", topic)).isEqualTo(ROWS);
    }

    private static List<String> ids(List<Delivery> deliveries) {
        return deliveries.stream().map(delivery -> delivery.message().id()).toList();
    }

    @Test
    void keepsNothingInTheOrderOfATopicThatWasDeletedWhileRedisWasAway() {
        Client client = new Client(queue, "gone", "g");
        client.pull(1, 0);
        client.sendAll(Client.many(20, 0));
        Rig.await(() -> rig.isReady("gone"));
        client.sendAll(Client.many(20, 5_000));
        long id = rig.number("SELECT topic_id FROM dq_topic WHERE name = 'gone'");

        whileRedisIsAway(() -> assertThat(Rig.done(queue.deleteTopic("gone"))).isTrue());

        try (RedisClient redis = rig.newClient()) {
            Rig.await(() -> redis.keys("{dq:*}:due").isEmpty());
            Rig.await(() -> redis.keys("{dq:*}:r:" + id + ":*").isEmpty());
            for (int bucket : Leases.ALL) {
                assertThat(redis.hexists("{dq:" + bucket + "}:groups", Long.toString(id)))
                        .isFalse();
                assertThat(redis.exists("{dq:" + bucket + "}:gone:" + id)).isTrue();
            }
        }
    }
}
