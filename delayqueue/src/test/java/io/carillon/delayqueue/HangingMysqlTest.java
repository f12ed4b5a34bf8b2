package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A MySQL that takes connections and says nothing any more. */
class HangingMysqlTest {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);
    /** What was asked before, a connection that is tried afterwards, and a machine that others use. */
    private static final long BOUND_MS = 1_000 + 2 * 2_000 + 2_000;

    private Rig rig;
    private DelayQueue queue;
    private Client client;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        rig.answerTimeout = ANSWER_TIMEOUT;
        queue = rig.open();
        client = new Client(queue, "hangs", "g");
        client.pull(1, 0);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private List<CompletableFuture<?>> sendMany() {
        List<CompletableFuture<?>> sends = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sends.add(queue.send("hangs", Client.many(1, 0)));
        }
        return sends;
    }

    private static boolean isRefused(CompletableFuture<Answer<List<Answer<Sent>>>> send) {
        return send.isDone()
                && !send.isCompletedExceptionally()
                && send.join() instanceof Answer.Done<List<Answer<Sent>>>(List<Answer<Sent>> all)
                && all.getFirst() instanceof Answer.Refused<Sent>(Refusal.Unavailable _);
    }

    private boolean isUp() {
        return Rig.get(queue.health()).parts().stream()
                .filter(part -> part.name().equals("mysql"))
                .anyMatch(Health.Part::isUp);
    }

    @Test
    void refusesSendsClearlyWithinTheTimeAndGoesOnByItself() {
        Delivery held = pullSent();
        rig.stores.mysql().pause();
        try {
            // Of those that were on their way nobody knows, whoever waits behind them is refused; nobody hangs.
            List<CompletableFuture<?>> first = sendMany();
            long beganNs = System.nanoTime();
            Rig.awaitLong(() -> first.stream().allMatch(CompletableFuture::isDone), BOUND_MS);
            assertThat(first).noneMatch(Promise::wasTaken).noneMatch(CompletableFuture::isCompletedExceptionally);
            Rig.awaitLong(() -> !isUp(), BOUND_MS);

            // From now on it is clear that nothing was done.
            CompletableFuture<Answer<List<Answer<Sent>>>> later = queue.send("hangs", Client.many(1, 0));
            Rig.awaitLong(later::isDone, BOUND_MS);
            assertThat(isRefused(later)).isTrue();
            CompletableFuture<?> acknowledgement = queue.acknowledge(client.where(), List.of(held.receipt()));
            Rig.awaitLong(acknowledgement::isDone, BOUND_MS);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs))
                    .isLessThan(4 * BOUND_MS);
        } finally {
            rig.stores.mysql().resume();
        }

        Rig.await(this::isUp);
        Sent sent = client.send("after", 0);
        Set<String> got = new HashSet<>();
        Rig.await(() -> {
            for (Delivery delivery : client.pull(100, 200)) {
                assertThat(client.acknowledge(delivery)).isEqualTo(Settled.DONE);
                got.add(delivery.message().id());
            }
            return got.contains(sent.id());
        });
    }

    private Delivery pullSent() {
        client.send("held", 0);
        return client.pullOne(5_000);
    }
}
