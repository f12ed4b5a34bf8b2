package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Sink;
import io.carillon.base.delayqueue.Stored;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is due goes by itself to whom it is delivered. */
class SinkLoopTest {
    private Rig rig;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
    }

    @AfterEach
    void close() {
        try {
            rig.moves().check();
        } finally {
            rig.close();
        }
    }

    @Test
    void handsWhatIsDueToTheSinkAndTriesAgainWhatItRefuses() {
        Map<String, Integer> delivered = new ConcurrentHashMap<>();
        DelayQueue queue = rig.open(Ticker.system(), Steps.NONE, new FakeSink(message -> {
            int times = delivered.merge(message.id(), 1, Integer::sum);
            return message.body()[0] == 'r' && times == 1 ? new Sink.Outcome.Later("full") : new Sink.Outcome.Taken();
        }));
        Client client = new Client(queue, "sink", "unused");
        Sent fine = client.send("fine", 100);
        Sent refused = client.send("refused once", 100);

        Rig.await(() -> client.stateOfAny(refused.id()) == MessageState.ACKNOWLEDGED
                && client.stateOfAny(fine.id()) == MessageState.ACKNOWLEDGED);

        assertThat(delivered).containsEntry(fine.id(), 1).containsEntry(refused.id(), 2);
    }

    @Test
    void whatTheSinkWillNeverTakeIsADeadLetterAndNeverBlocksWhatComesAfterIt() {
        AtomicBoolean isMended = new AtomicBoolean();
        FakeSink sink = new FakeSink(message ->
                message.body()[0] == 'b' && !isMended.get() ? new Sink.Outcome.Never("bad") : new Sink.Outcome.Taken());
        DelayQueue queue = rig.open(Ticker.system(), Steps.NONE, sink);
        Client client = new Client(queue, "sink", SinkLoop.GROUP);
        Sent bad = client.send("bad", 50);
        Sent fine = client.send("fine", 200);

        Rig.await(() -> client.stateOfAny(fine.id()) == MessageState.ACKNOWLEDGED
                && !client.deadLetters().isEmpty());
        assertThat(client.deadLetters()).extracting(Stored::id).containsExactly(bad.id());
        isMended.set(true);
        client.redrive(List.of(bad.id()));
        Rig.await(() -> client.stateOfAny(bad.id()) == MessageState.ACKNOWLEDGED);

        // The second time it had the same unique id as the first.
        assertThat(sink.uniqueIds.get(bad.id())).hasSize(1).doesNotContainAnyElementsOf(sink.uniqueIds.get(fine.id()));
    }

    /** Does with messages as it is told. */
    private static final class FakeSink implements Sink {
        final Function<Stored, Outcome> fate;
        final Map<String, Set<String>> uniqueIds = new ConcurrentHashMap<>();

        FakeSink(Function<Stored, Outcome> fate) {
            this.fate = fate;
        }

        @Override
        public Optional<Refusal> faultOf(String topic, NewMessage message) {
            return Optional.empty();
        }

        @Override
        public CompletableFuture<List<Outcome>> deliver(String topic, List<Due> due) {
            due.forEach(one -> uniqueIds
                    .computeIfAbsent(one.message().id(), _ -> ConcurrentHashMap.newKeySet())
                    .add(one.uniqueId()));
            return CompletableFuture.completedFuture(
                    due.stream().map(one -> fate.apply(one.message())).toList());
        }
    }
}
