package io.carillon.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.metadata.PopQueue;
import io.carillon.log.ConsumeQueue;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private final Deadlines deadlines = new Deadlines();
    private final PopBroker broker = new PopBroker(2, 2);
    private final AtomicInteger total = new AtomicInteger();
    private final LiveQueue one = queue(0);
    private final LiveQueue other = queue(1);

    private LiveQueue queue(int number) {
        ConsumeQueue of =
                Objects.requireNonNull(broker.broker().topics().find("T")).queue(number);
        PopQueue.Key key = new PopQueue.Key("G", "T", number);
        return new LiveQueue(key, "T", RetryKind.NONE, of, total, 1, 0);
    }

    @Test
    void givesTheQueueThatIsDueFirstFirst() {
        assertThat(deadlines.add(50, one)).isTrue();
        assertThat(deadlines.add(60, other)).isFalse();
        assertThat(deadlines.add(40, other)).isTrue();

        assertThat(deadlines.nextMs()).isEqualTo(40);
        assertThat(deadlines.takeDue(39)).isEmpty();
        assertThat(deadlines.takeDue(50)).containsExactly(other, one);
        assertThat(deadlines.nextMs()).isEqualTo(LiveQueue.NEVER);
    }

    /** A message that is long invisible, and many that are so for a short time: each of those is due before it. */
    @Test
    void holdsAQueueOnceHoweverOftenItWasDueEarlier() {
        deadlines.add(1_000_000, one);
        for (int ms = 1; ms <= 1000; ms++) {
            deadlines.add(ms, one);
            assertThat(deadlines.takeDue(ms)).containsExactly(one);
            deadlines.add(1_000_000, one);
        }

        assertThat(deadlines.count()).isEqualTo(1);
        assertThat(deadlines.takeDue(1_000_000)).containsExactly(one);
    }

    @Test
    void nobodyIsHandedMessagesOfAQueueThatIsGone() {
        broker.send(0, "a");
        one.gone();

        Taker taker = new Taker((_, _, _) -> -1, new Taker.Room(), MessageFilter.ALL, 1000);
        PoppedPart part = one.take(PopBroker.pop(1, 100), taker, new LiveQueue.Limits(1, 10, 0, 100));

        assertThat(Objects.requireNonNull(part).count()).isZero();
        assertThat(total).as("what is in flight").hasValue(0);
    }
}
