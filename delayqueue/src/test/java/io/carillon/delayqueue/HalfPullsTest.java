package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.When;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** Pulls of which a store does one part, and not the other: what they have got is handed out, not left to its deadline. */
class HalfPullsTest {
    /** Longer than these tests last. */
    private static final long VISIBILITY_MS = 600_000;

    private Rig rig;
    private RedisClient redis;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        Assumptions.assumeFalse(rig.config().redis().isCluster(), "breaks what is in one Redis");
        redis = rig.newClient();
    }

    @AfterEach
    void close() {
        if (redis != null) {
            redis.close();
        }
        rig.close();
    }

    private static long ready(Client client) {
        return client.statistics().groups().stream()
                .mapToLong(Statistics.OfGroup::ready)
                .sum();
    }

    @Test
    void handsOutWhatOneBucketGaveWhenAnotherDoesNot() {
        Client client = new Client(rig.open(), "half", "g");
        client.pull(1, 0);
        Set<String> sent = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            sent.add(client.send("m" + i, 0).id());
        }
        Rig.await(() -> ready(client) == sent.size());
        // What is no set cannot be claimed from.
        String last = keys("{dq:*}:r:*").last();
        redis.rename(last, "aside");
        redis.set(last, "no set");

        Set<String> got = new HashSet<>();
        take(client, got);
        assertThat(got).isNotEmpty();
        redis.rename("aside", last);

        while (got.size() < sent.size()) {
            take(client, got);
        }
        assertThat(got).isEqualTo(sent);
    }

    private TreeSet<String> keys(String pattern) {
        // By number: buckets are claimed from in that order at first.
        TreeSet<String> keys = new TreeSet<>(Comparator.comparingInt(HalfPullsTest::bucket));
        keys.addAll(redis.keys(pattern));
        return keys;
    }

    private static int bucket(String key) {
        return Integer.parseInt(key.substring(key.indexOf(':') + 1, key.indexOf('}')));
    }

    private static void take(Client client, Set<String> got) {
        List<Delivery> deliveries = client.pull(100, 10_000, VISIBILITY_MS);
        assertThat(deliveries).isNotEmpty();
        for (Delivery delivery : deliveries) {
            assertThat(delivery.attempt()).isEqualTo(1);
            assertThat(got.add(delivery.message().id())).isTrue();
        }
    }

    @Test
    void handsOutWhatIsWantedWhenWhatIsNotCannotBeForgotten() {
        AtomicBoolean mustFail = new AtomicBoolean(true);
        Client client = new Client(
                rig.open(Ticker.system(), step -> {
                    if (step == Step.PULL_PASSED_OVER && mustFail.getAndSet(false)) {
                        // What is no hash, nothing can be taken out of.
                        Leases.ALL.forEach(bucket -> redis.set("{dq:" + bucket + "}:cnt", "no hash"));
                    }
                }),
                "tags",
                "g");
        client.pull(1, 0);
        List<NewMessage> both = new ArrayList<>();
        for (String tag : List.of("red", "blue")) {
            byte[] body = tag.getBytes(StandardCharsets.UTF_8);
            both.add(new NewMessage(When.now(), "", "", tag, "", 0, 4, null, Map.of(), body));
        }
        Sent red = client.sendAll(both).getFirst();
        Rig.await(() -> ready(client) == 2);

        List<Delivery> deliveries = client.pullTags(10_000, List.of("red"));

        assertThat(mustFail).isFalse();
        assertThat(deliveries).extracting(delivery -> delivery.message().id()).containsExactly(red.id());
        Leases.ALL.forEach(bucket -> redis.del("{dq:" + bucket + "}:cnt"));
    }

    private static Sent sendOnce(Client client, String tag) {
        RetryPolicy once = new RetryPolicy(1, 0, 1, 0);
        byte[] body = tag.getBytes(StandardCharsets.UTF_8);
        return client.sendAll(List.of(new NewMessage(When.now(), "", "", tag, "", 0, 4, once, Map.of(), body)))
                .getFirst();
    }

    /** One try is all that it has. */
    private static void assertUntried(Delivery delivery, Sent sent) {
        assertThat(delivery.message().id()).isEqualTo(sent.id());
        assertThat(delivery.attempt()).isEqualTo(1);
    }

    @Test
    void whatWasTakenForAReceiverThatWentAwayWasNotTriedAndGoesToTheNextOneAtOnce() {
        AtomicReference<CompletableFuture<?>> goes = new AtomicReference<>();
        Client client = new Client(
                rig.open(Ticker.system(), step -> {
                    CompletableFuture<?> one = step == Step.PULL_READ ? goes.getAndSet(null) : null;
                    if (one != null) {
                        one.cancel(false);
                    }
                }),
                "goes",
                "g");
        client.pull(1, 0);
        goes.set(client.pullLater(1, 29_000));
        CompletableFuture<Answer<List<Delivery>>> next = client.pullLater(1, 29_000);

        Sent sent = sendOnce(client, "");

        assertUntried(Rig.done(next).getFirst(), sent);
        assertThat(goes).hasNullValue();
    }

    @Test
    void whatCouldNotBeReadWasNotTried() {
        AtomicBoolean mustFail = new AtomicBoolean();
        Client client = new Client(
                rig.open(Ticker.system(), step -> {
                    if (step == Step.PULL_CLAIMED && mustFail.getAndSet(false)) {
                        rig.execute("RENAME TABLE dq_message TO aside");
                    }
                }),
                "unread",
                "g");
        client.pull(1, 0);
        mustFail.set(true);
        CompletableFuture<Answer<List<Delivery>>> half = client.pullLater(1, 29_000);
        Sent sent = sendOnce(client, "");

        assertThat(Rig.get(half)).isInstanceOf(Answer.Refused.class);
        rig.execute("RENAME TABLE aside TO dq_message");

        assertUntried(client.pullOne(10_000), sent);
    }

    @Test
    void whatCouldNotBePassedOverWasNotTried() {
        Client client = new Client(rig.open(), "stays", "g");
        client.pull(1, 0);
        Sent red = sendOnce(client, "red");
        Sent blue = sendOnce(client, "blue");
        Rig.await(() -> ready(client) == 2);
        rig.execute("CREATE TRIGGER refuses BEFORE UPDATE ON dq_message FOR EACH ROW SIGNAL SQLSTATE '45000'");

        List<Delivery> wanted = client.pullTags(10_000, List.of("red"));

        assertThat(wanted).extracting(delivery -> delivery.message().id()).containsExactly(red.id());
        rig.execute("DROP TRIGGER refuses");
        assertUntried(client.pullOne(10_000), blue);
    }
}
