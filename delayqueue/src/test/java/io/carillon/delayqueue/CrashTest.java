package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Sink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Kills a node between any two of its steps, and has another one go on: what was accepted is delivered, what was
 * acknowledged never again, nothing early, and each move once in an epoch of the lease.
 */
class CrashTest {

    /** Several at a time: each one mostly waits for what is due, and has stores of its own. */
    @Test
    void keepsItsPromisesWhereverANodeDies() {
        try (ExecutorService cases = Executors.newFixedThreadPool(4)) {
            Map<Step, Future<Long>> running = new EnumMap<>(Step.class);
            for (Step step : Step.values()) {
                running.put(step, cases.submit(() -> dieAt(step)));
            }
            Map<Step, String> broken = new EnumMap<>(Step.class);
            AtomicLong moves = new AtomicLong();
            running.forEach((step, one) -> {
                try {
                    moves.addAndGet(one.get());
                } catch (InterruptedException | ExecutionException failure) {
                    broken.put(step, String.valueOf(failure.getCause()));
                }
            });
            assertThat(broken).as("a promise was broken by a node that died at").isEmpty();
            assertThat(moves.get()).as("moves that were looked at").isPositive();
        }
    }

    @Test
    void theCrashMatrixNamesEveryStep() throws IOException {
        String matrix = Files.readString(Path.of("../docs/delayqueue-redis-mysql.md"));

        for (Step step : Step.values()) {
            assertThat(matrix).contains("`" + step + "`");
        }
    }

    /** How often something was moved. */
    private static long dieAt(Step step) {
        try (Rig rig = Rig.fresh()) {
            rig.timing = new DelayTimer(
                    DelayTimer.Style.NOTIFY,
                    Duration.ofMillis(20),
                    DelayTimer.Spread.ALL_NODES,
                    Rig.LEASE,
                    Duration.ofMillis(1_200),
                    Duration.ofMillis(300));
            AtomicReference<DelayQueue> victim = new AtomicReference<>();
            CountingSink sink = step == Step.SINK_DELIVERED ? new CountingSink(rig) : null;
            DelayQueue first = rig.open(
                    Ticker.system(),
                    at -> {
                        DelayQueue node = victim.get();
                        if (at == step && node != null) {
                            node.node().kill();
                        }
                    },
                    sink);
            Promises promises = new Promises(rig, first);
            victim.set(first);
            if (step == Step.LEASE_LET_GO) {
                // Only for another node it lets something go.
                Rig.await(() -> first.node().leases().held().size() == MessageId.BUCKETS);
                rig.open();
            }

            promises.workload();
            Rig.await(() -> first.node().isOver());
            promises.check(rig.open(Ticker.system(), Steps.NONE, sink));
            if (sink != null) {
                Rig.await(() -> sink.taken.containsAll(promises.accepted()));
                assertThat(sink.early).as("never early").isEmpty();
            }
            return rig.moves().check();
        }
    }

    /** Takes everything, as the broker does. */
    private static final class CountingSink implements Sink {
        final Set<String> taken = ConcurrentHashMap.newKeySet();
        final Set<String> early = ConcurrentHashMap.newKeySet();
        private final Rig rig;

        CountingSink(Rig rig) {
            this.rig = rig;
        }

        @Override
        public Optional<Refusal> faultOf(String topic, NewMessage message) {
            return Optional.empty();
        }

        @Override
        public CompletableFuture<List<Outcome>> deliver(String topic, List<Due> due) {
            long nowMs = rig.redisNowMs();
            due.forEach(one -> {
                rig.moves().settling(one.message().id());
                taken.add(one.message().id());
                if (one.message().dueMs() > nowMs) {
                    early.add(one.message().id());
                }
            });
            return CompletableFuture.completedFuture(Collections.nCopies(due.size(), new Outcome.Taken()));
        }
    }
}
