package io.carillon.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.metadata.PopQueue;
import io.carillon.broker.pop.PopBroker.Got;
import io.carillon.log.AppendBatch;
import io.carillon.log.Refusal;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JournalTest {
    private final PopBroker broker = new PopBroker(1, 2);
    private final Journal journal = (Journal) broker.pops().agents().getFirst();
    private final AtomicInteger wakes = new AtomicInteger();

    @BeforeEach
    void send() {
        broker.send(0, "a");
        journal.wakeBy(wakes::incrementAndGet);
    }

    @Test
    void isWokenByAChangeAlsoWhenItWasWokenForNothingBefore() {
        Got got = broker.take(PopBroker.pop(1, 1000)).getFirst();
        LiveQueue gone = live(new PopQueue.Key("G", "T", 0));
        gone.gone();
        journal.changed(gone);
        assertThat(journal.doWork()).isZero();
        assertThat(journal.restNs()).isEqualTo(Long.MAX_VALUE);
        int before = wakes.get();

        broker.ack(got);

        assertThat(wakes).hasValue(before + 1);
        broker.pass(20);
        assertThat(broker.committed(0)).isEqualTo(1);
    }

    @Test
    void isWokenToTryAgainWhatTheLogRefused() {
        broker.take(PopBroker.pop(1, 1000));
        broker.send(0, "a");
        broker.disk().failFrom(Call.Kind.FORCE, 1, Fault.IO_ERROR);
        int before = wakes.get();

        assertThat(broker.result(PopBroker.pop(1, 1000))).isInstanceOf(PopResult.NotStored.class);

        assertThat(wakes.get()).isGreaterThan(before);
        assertThat(journal.restNs()).isPositive().isLessThanOrEqualTo(500_000_000);
    }

    @Test
    void tellsWhoWaitsOfAFaultBeforeTheAppendAndWritesAgainAfterIt() {
        Got got = broker.take(PopBroker.pop(1, 1000)).getFirst();
        broker.send(0, "a");
        LiveQueue unwritable = unwritable();
        journal.changed(unwritable);

        assertThat(broker.result(PopBroker.pop(1, 1000))).isEqualTo(new PopResult.NotStored(Refusal.FAULT));

        unwritable.gone();
        broker.ack(got);
        broker.pass(500);
        assertThat(broker.committed(0)).isEqualTo(1);
        assertThat(broker.take(PopBroker.pop(1, 1000))).hasSize(1);
    }

    @Test
    void writesAgainWhatAFaultKeptFromTheLog() {
        broker.ack(broker.take(PopBroker.pop(1, 1000)).getFirst());
        LiveQueue unwritable = unwritable();
        journal.changed(unwritable);

        broker.pass(20);

        assertThat(broker.committed(0)).isZero();
        unwritable.gone();
        assertThat(journal.restNs()).isPositive().isLessThanOrEqualTo(500_000_000);
        broker.pass(500);
        assertThat(broker.committed(0)).isEqualTo(1);
    }

    @Test
    void saysWhyCopiesAreNotAppended() {
        List<@Nullable RuntimeException> told = new ArrayList<>();
        LiveQueue unwritable = unwritable();

        journal.append(new AppendBatch(_ -> {}), unwritable, new long[] {0}, told::add);
        unwritable.gone();
        journal.append(new AppendBatch(_ -> {}), unwritable, new long[] {0}, told::add);

        assertThat(told).hasSize(2);
        assertThat(told.getFirst()).isInstanceOf(NullPointerException.class);
        assertThat(told.getLast()).isNull();
    }

    /** Nothing can be said of it as long as it is there. */
    @SuppressWarnings("NullAway") // which is the fault
    private LiveQueue unwritable() {
        return live(null);
    }

    private LiveQueue live(PopQueue.Key key) {
        return new LiveQueue(
                key,
                "T",
                RetryKind.NONE,
                Objects.requireNonNull(broker.broker().topics().find("T")).queue(0),
                new AtomicInteger(),
                1,
                0);
    }
}
