package io.carillon.broker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.consume.LongPolls.Parking;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.filter.TagExpression;
import io.carillon.broker.filter.TagFilter;
import io.carillon.log.ConsumeQueue;
import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class LongPollsTest {
    private static final long WAIT_MS = 15_000;

    @AutoClose
    private final StoredMessages stored = new StoredMessages();

    private final ManualTicker ticker = new ManualTicker();
    private final LongPolls polls = new LongPolls(ticker, 3, Duration.ofSeconds(25));

    LongPollsTest() {
        stored.onReadable(polls::onReadable);
    }

    private static final class Reader extends Poll {
        private final AtomicInteger resumed = new AtomicInteger();

        Reader(ConsumeQueue queue, long offset, MessageFilter filter) {
            super(queue, offset, filter);
        }

        @Override
        protected void resume() {
            resumed.incrementAndGet();
        }

        int resumed() {
            return resumed.get();
        }
    }

    private Reader reader(String expression) {
        MessageFilter filter = MessageFilter.of(
                TagFilter.of(TagExpression.parse("T", expression, 1).orElseThrow()));
        return new Reader(stored.queue(), stored.queue().offsetMax(), filter);
    }

    private Reader parked(String expression) {
        Reader reader = reader(expression);
        assertThat(polls.park(reader, WAIT_MS)).isEqualTo(Parking.PARKED);
        return reader;
    }

    @Test
    void resumesAllWhoWaitForAQueueWhenAMessageComes() {
        Reader one = parked("*");
        Reader two = parked("*");

        stored.append("a");
        stored.append("a");

        assertThat(one.resumed()).isEqualTo(1);
        assertThat(two.resumed()).isEqualTo(1);
        assertThat(polls.count()).isZero();
        ticker.advance(Duration.ofMinutes(1));
        assertThat(polls.doWork()).isZero();
    }

    @Test
    void leavesThoseOfOtherQueuesWaiting() {
        Reader other = new Reader(stored.queue(1), 0, MessageFilter.ALL);
        polls.park(other, WAIT_MS);

        stored.append("a");

        assertThat(other.resumed()).isZero();
        assertThat(polls.count()).isEqualTo(1);
    }

    @Test
    void resumesOnlyThoseWhoseFilterWantsTheMessage() {
        Reader wantsA = parked("a");
        Reader wantsB = parked("b || c");

        stored.append("a", "d");

        assertThat(wantsA.resumed()).isEqualTo(1);
        assertThat(wantsB.resumed()).isZero();
        assertThat(wantsB.offset()).as("it never looks at what passed again").isEqualTo(2);
        stored.append("d", "c");
        assertThat(wantsB.resumed()).isEqualTo(1);
        assertThat(wantsB.offset()).isEqualTo(2);
    }

    @Test
    void resumesAfterTheTimeThatWasAskedForAndNoEarlier() {
        Reader reader = parked("*");

        ticker.advanceMs(WAIT_MS - 1);
        assertThat(polls.doWork()).isZero();
        ticker.advanceMs(6);

        assertThat(polls.doWork()).isEqualTo(1);
        assertThat(reader.resumed()).isEqualTo(1);
        stored.append("a");
        assertThat(reader.resumed()).isEqualTo(1);
        assertThat(polls.count()).isZero();
    }

    @Test
    void letsNobodyWaitLongerThanTheBrokerAllows() {
        Reader reader = reader("*");
        polls.park(reader, Long.MAX_VALUE);

        ticker.advance(Duration.ofMillis(25_005));

        assertThat(polls.doWork()).isEqualTo(1);
        assertThat(reader.resumed()).isEqualTo(1);
    }

    @Test
    void doesNotLetWaitWhoOverlookedAMessage() {
        Reader reader = reader("*");
        stored.append("a");

        assertThat(polls.park(reader, WAIT_MS)).isEqualTo(Parking.READ_AGAIN);

        assertThat(reader.resumed()).isZero();
        assertThat(polls.count()).isZero();
        stored.append("a");
        assertThat(reader.resumed()).isZero();
    }

    @Test
    void refusesWhenTooManyWaitUntilOneIsDone() {
        Reader first = parked("*");
        parked("*");
        parked("*");

        Reader fourth = reader("*");
        assertThat(polls.park(fourth, WAIT_MS)).isEqualTo(Parking.FULL);
        assertThat(polls.drop(first)).isTrue();
        assertThat(polls.park(fourth, WAIT_MS)).isEqualTo(Parking.PARKED);
    }

    @Test
    void neverResumesWhoWasDropped() {
        Reader dropped = parked("*");
        Reader stays = parked("*");

        assertThat(polls.drop(dropped)).isTrue();
        assertThat(polls.drop(dropped)).isFalse();
        stored.append("a");
        ticker.advance(Duration.ofMinutes(1));
        polls.doWork();

        assertThat(dropped.resumed()).isZero();
        assertThat(stays.resumed()).isEqualTo(1);
        assertThat(polls.drop(stays)).isFalse();
    }

    @Test
    void resumesWhoeverWaitsForATopicThatIsGone() {
        Reader reader = parked("a");
        Reader second = parked("b");

        polls.onTopicChange("other");
        assertThat(reader.resumed()).isZero();
        polls.onTopicChange(stored.queue().topic());

        assertThat(reader.resumed()).isEqualTo(1);
        assertThat(second.resumed()).isEqualTo(1);
        assertThat(polls.count()).isZero();
    }

    @Test
    void resumesEverybodyAndLetsNobodyWaitAfterItWasStopped() {
        Reader one = parked("a");
        Reader two = new Reader(stored.queue(1), 0, MessageFilter.ALL);
        polls.park(two, WAIT_MS);

        polls.stop();

        assertThat(one.resumed()).isEqualTo(1);
        assertThat(two.resumed()).isEqualTo(1);
        assertThat(polls.park(reader("*"), WAIT_MS)).isEqualTo(Parking.FULL);
        assertThat(polls.count()).isZero();
    }

    @Test
    void sleepsUntilTheEarliestDeadlineAndIsWokenForAnEarlierOne() {
        AtomicInteger wakes = new AtomicInteger();
        polls.wakeBy(wakes::incrementAndGet);
        assertThat(polls.restNs()).isEqualTo(Long.MAX_VALUE);

        parked("*");
        polls.doWork();
        assertThat(polls.restNs())
                .isBetween(
                        Duration.ofMillis(WAIT_MS).toNanos(),
                        Duration.ofMillis(WAIT_MS + 5).toNanos());
        parked("*");
        polls.park(reader("*"), 1_000);

        assertThat(wakes).hasValue(2);
        assertThat(polls.restNs()).isLessThan(Duration.ofMillis(1_010).toNanos());
    }

    /** Messages, deadlines and closing connections race for the same readers on four threads. */
    @Test
    void endsEveryWaitOnceHoweverItsEndsRace() throws InterruptedException {
        LongPolls many = new LongPolls(StoredMessages.STEADY, 100_000, Duration.ofMinutes(1));
        stored.onReadable(many::onReadable);
        List<Racer> parked = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger parkers = new AtomicInteger(2);
        List<Thread> threads = List.of(
                new Thread(() -> parkMany(many, parked, parkers, 1)),
                new Thread(() -> parkMany(many, parked, parkers, 2)),
                new Thread(() -> {
                    while (parkers.get() > 0) {
                        many.doWork();
                    }
                }));

        threads.forEach(Thread::start);
        while (parkers.get() > 0) {
            stored.append("a", "b");
            stored.appendTo(1, "a");
        }
        for (Thread thread : threads) {
            thread.join(20_000);
            assertThat(thread.isAlive()).isFalse();
        }
        assertThat(parked).hasSize(2 * Racer.ROUNDS);
        assertThat(parked)
                .filteredOn(racer -> racer.ends.get() == 0)
                .as("whoever still waits has overlooked nothing")
                .allMatch(racer -> racer.offset() == racer.queue.offsetMax());
        stored.append("a", "b");
        stored.appendTo(1, "a", "b");

        assertThat(parked).allMatch(racer -> racer.ends.get() == 1);
        assertThat(many.count()).isZero();
    }

    private static final class Racer extends Poll {
        static final int ROUNDS = 3_000;
        private final AtomicInteger ends = new AtomicInteger();

        Racer(ConsumeQueue queue, long offset, MessageFilter filter) {
            super(queue, offset, filter);
        }

        @Override
        protected void resume() {
            ends.incrementAndGet();
        }
    }

    /** Most waits are long, so that only a message can end them; some are nearly over when they begin. */
    private void parkMany(LongPolls many, List<Racer> parked, AtomicInteger parkers, int seed) {
        Random random = new Random(seed);
        MessageFilter onlyB =
                MessageFilter.of(TagFilter.of(TagExpression.parse("T", "b", 1).orElseThrow()));
        for (int i = 0; i < Racer.ROUNDS; i++) {
            ConsumeQueue queue = stored.queue(random.nextInt(2));
            Racer racer = new Racer(queue, queue.offsetMax(), random.nextBoolean() ? onlyB : MessageFilter.ALL);
            parked.add(racer);
            Parking parking = many.park(racer, random.nextInt(4) == 0 ? random.nextInt(2) : 60_000);
            if (parking != Parking.PARKED || (random.nextInt(8) == 0 && many.drop(racer))) {
                racer.ends.incrementAndGet();
            }
        }
        parkers.decrementAndGet();
    }
}
