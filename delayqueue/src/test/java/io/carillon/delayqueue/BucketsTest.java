package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** What the scripts do with one bucket that much lies in. */
class BucketsTest {
    /** More than is looked through at a time. */
    private static final int EACH = 1_500;

    private static final int BUCKET = 3;
    private static final int TOPIC = 7_001;
    private static final int OTHER = 7_002;
    private static final int GOES = 4;
    private static final int STAYS = 5;
    private static final byte[] TRIES = Redis.bytes("{dq:3}:cnt");
    private static final byte[] DUE = Redis.bytes("{dq:3}:due");
    private static final byte[] UNACKED = Redis.bytes("{dq:3}:unacked");

    private Rig rig;
    private Buckets buckets;
    private RedisClient redis;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        DelayQueue queue = rig.open();
        Rig.await(() -> queue.node().leases().held().size() == MessageId.BUCKETS);
        buckets = queue.node().buckets();
        redis = rig.newClient();
        String groups = GOES + ":0:16;" + STAYS + ":0:16";
        buckets.putGroups(Leases.ALL, 1, Map.of(TOPIC, groups, OTHER, groups));
    }

    @AfterEach
    void close() {
        redis.close();
        rig.close();
    }

    /** Some ready, some of them after they failed, some handed out, and some that wait for another try. */
    private void fill(int topic) {
        List<MessageTable.Due> dues = new ArrayList<>();
        for (int i = 0; i < 4 * EACH; i++) {
            dues.add(new MessageTable.Due(
                    new Member(MessageId.of(700, BUCKET, topic * 100_000L + i), topic, 4, 0, 0), 1));
        }
        buckets.addAll(dues);
        for (int bit : List.of(GOES, STAYS)) {
            Rig.await(() -> ready(topic, bit) == 4 * EACH);
            claim(topic, bit, 60_000);
            release(claim(topic, bit, 60_000), bit, 600_000);
            release(claim(topic, bit, 60_000), bit, 0);
            assertThat(ready(topic, bit)).isEqualTo(2 * EACH);
        }
    }

    private long ready(int topic, int bit) {
        return redis.zcard("{dq:3}:r:" + topic + ":" + bit);
    }

    private Buckets.Claimed claim(int topic, int bit, long visibilityMs) {
        return buckets.claim(BUCKET, topic, bit, EACH, visibilityMs);
    }

    private void release(Buckets.Claimed claimed, int bit, long delayMs) {
        for (Buckets.Taken taken : claimed.taken()) {
            int delivery = taken.failed() + 1;
            buckets.release(new Receipts.Receipt(taken.member(), bit, delivery, claimed.deadlineMs()), delayMs, 16);
        }
    }

    private long count(List<byte[]> members, int topic, int bit) {
        return members.stream()
                .filter(own -> own.length == Member.LENGTH + 1 && own[Member.LENGTH] == bit)
                .filter(own -> Member.of(own).topic() == topic)
                .count();
    }

    private void assertKeeps(int topic, int bit, long each) {
        assertThat(ready(topic, bit)).isEqualTo(2 * each);
        assertThat(count(redis.zrange(DUE, 0, -1), topic, bit)).isEqualTo(each);
        assertThat(count(redis.zrange(UNACKED, 0, -1), topic, bit)).isEqualTo(each);
    }

    private long tries(int bit) {
        return redis.hkeys(TRIES).stream().filter(field -> field[8] == bit).count();
    }

    @Test
    void knowsOfAnyNumberOfTopicsAndKeepsWhatIsNewer() {
        Map<Integer, String> groups = new HashMap<>();
        for (int topic = 10_000; topic < 10_000 + EACH; topic++) {
            groups.put(topic, "0:0:" + topic);
        }

        buckets.putGroups(List.of(BUCKET), 7, groups);
        buckets.putGroups(List.of(BUCKET), 8, Map.of(10_001, "-"));
        buckets.putGroups(List.of(BUCKET), 6, Map.of(10_000, "-", 10_001, "-", 10_002, "-"));
        buckets.putGroups(List.of(BUCKET), 7, groups);

        groups.remove(10_001);
        assertThat(redis.get("{dq:3}:gone:10001")).as("as of which it is gone").isEqualTo("8");
        assertThat(redis.hgetAll("{dq:3}:groups").entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith("1"))
                        .collect(Collectors.toMap(entry -> Integer.valueOf(entry.getKey()), Map.Entry::getValue)))
                .isEqualTo(groups);
    }

    @Test
    void forgetsAllThatADeletedGroupHasAndNothingElse() {
        fill(TOPIC);
        fill(OTHER);

        buckets.drop(TOPIC, GOES);

        assertKeeps(TOPIC, GOES, 0);
        assertKeeps(TOPIC, STAYS, EACH);
        assertKeeps(OTHER, GOES, EACH);
        assertThat(tries(GOES)).isEqualTo(2 * EACH);
        assertThat(tries(STAYS)).isEqualTo(4 * EACH);

        buckets.drop(OTHER, -1);

        assertKeeps(OTHER, GOES, 0);
        assertKeeps(OTHER, STAYS, 0);
        assertKeeps(TOPIC, STAYS, EACH);
        assertThat(tries(GOES)).isZero();
        assertThat(tries(STAYS)).isEqualTo(2 * EACH);
    }
}
