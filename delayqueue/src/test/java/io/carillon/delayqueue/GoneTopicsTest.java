package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** What a deleted topic leaves in Redis. */
class GoneTopicsTest {
    private static final long DAY_MS = 86_400_000;

    private Rig rig;
    private RedisClient redis;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        Assumptions.assumeFalse(rig.config().redis().isCluster(), "looks into one Redis");
        redis = rig.newClient();
    }

    @AfterEach
    void close() {
        if (redis != null) {
            redis.close();
        }
        rig.close();
    }

    private static Stream<String> keys(String end) {
        return Leases.ALL.stream().map(bucket -> "{dq:" + bucket + "}:" + end);
    }

    @Test
    void whatStillWaitsGoesWhenItIsDueAndThatTheTopicIsGoneIsNotNotedForEver() {
        DelayQueue queue = rig.open();
        Client client = new Client(queue, "gone", "g");
        client.pull(1, 0);
        long id = rig.number("SELECT topic_id FROM dq_topic WHERE name = 'gone'");
        client.sendAll(Client.many(40, 1_000));

        Rig.done(queue.deleteTopic("gone"));

        Rig.await(() -> keys("due").allMatch(key -> redis.zcard(key) == 0));
        assertThat(redis.keys("{dq:*}:r:" + id + ":*")).isEmpty();
        assertThat(keys("groups")).noneMatch(key -> redis.hexists(key, Long.toString(id)));
        assertThat(keys("gone:" + id).mapToLong(redis::pttl))
                .allMatch(ms ->
                        ms > DAY_MS / 2 && ms <= DAY_MS + rig.timing.horizon().toMillis());
    }
}
