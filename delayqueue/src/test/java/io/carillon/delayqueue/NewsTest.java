package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What nodes tell each other, and a connection for it that is gone without a word. */
class NewsTest {
    private Rig rig;
    private SilentRelay relay;
    private DelayQueue queue;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        Assumptions.assumeFalse(rig.config().redis().isCluster(), "the nodes of a cluster name each other");
        URI redis = URI.create(rig.redisUrl());
        relay = new SilentRelay(new InetSocketAddress(InetAddress.getLoopbackAddress(), redis.getPort()));
        queue = DelayQueue.open(
                Rig.config(rig.mysqlUrl, "redis://127.0.0.1:" + relay.port() + redis.getPath(), rig.timing),
                new DelayQueue.Given(Ticker.system(), null, StoreTls.NONE),
                Steps.NONE,
                false);
    }

    @AfterEach
    void close() {
        if (queue != null) {
            queue.close();
            relay.close();
        }
        rig.close();
    }

    private boolean isUp() {
        return queue.metrics().stream()
                .filter(metric -> metric.name().equals("delayqueue_news_up"))
                .flatMap(metric -> metric.samples().stream())
                .anyMatch(sample -> sample.value() == 1);
    }

    @Test
    void givesUpAConnectionThatFellSilentButNotOneOnWhichThereIsNothingToTell() {
        Rig.await(this::isUp);
        // Longer than the time in which something must be heard.
        Client idle = new Client(queue, "idle", "g");
        assertThat(idle.pull(1, 3 * News.ASK_EVERY_MS + 2_000)).isEmpty();
        assertThat(relay.subscriptions()).isEqualTo(1);
        assertThat(isUp()).isTrue();

        relay.silenceSubscriptions();

        Rig.await(() -> relay.heard() == 1 && isUp());
    }
}
