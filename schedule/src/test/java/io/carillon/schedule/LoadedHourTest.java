package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.DueQueues;
import io.carillon.log.LogConfig;
import io.carillon.log.QueueEntries;
import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LoadedHourTest {
    private static final int HOUR = 486_200;
    private static final long START = HOUR * DueQueues.HOUR_MS;
    private static final int HOUR_MS = (int) DueQueues.HOUR_MS;

    /** One hour, and what should be in it. */
    private static final class Run {
        private final long seed;
        private final SplittableRandom random;
        private final ManualTicker ticker = new ManualTicker(START - HOUR_MS);
        private final ScheduleDriver driver = new ScheduleDriver(
                ScheduleDriver.config(LogConfig.Flush.ASYNC, 256 << 10),
                ScheduleConfig.DEFAULT,
                new LossyStorage(),
                ticker,
                Set.of());
        /** Keys of what waits and was not yet given out. */
        private final TreeSet<Long> waiting = new TreeSet<>();

        private final Set<Long> givenOut = new HashSet<>();
        private int place;
        private long nowMs;

        Run(long seed) {
            this.seed = seed;
            random = new SplittableRandom(seed);
        }

        private void arrive(int count) {
            for (int i = 0; i < count; i++) {
                int dueMs = random.nextBoolean() ? random.nextInt(HOUR_MS) : 60_000 * random.nextInt(60);
                long nearMs = Math.clamp(nowMs - START + random.nextInt(-3, 5), 0, HOUR_MS - 1);
                dueMs = random.nextInt(4) == 0 ? (int) nearMs : dueMs;
                int rank = random.nextInt(3);
                driver.send("topic", 0, DueTime.of(START + dueMs, rank), id(), _ -> {});
                waiting.add(Keys.key(dueMs, rank, place++));
            }
            driver.settle();
        }

        private Map<String, String> id() {
            return Map.of(MessageProperties.UNIQ_KEY, "id" + place);
        }

        private void cancelSome() {
            for (Long key : new ArrayList<>(waiting)) {
                if (random.nextInt(5) == 0) {
                    waiting.remove(key);
                    byte[] change = new ScheduleChange()
                            .ticket(ScheduleChange.CANCELLED, Ticket.of(HOUR, Keys.place(key)))
                            .toBytes();
                    driver.state.apply(ByteBuffer.wrap(change));
                }
            }
        }

        LoadedHour open(int keysMax) {
            WaitingRecords records =
                    new WaitingRecords(driver.log, KeptMessages.open(new LossyStorage(), driver.log, driver.state));
            return new LoadedHour(
                    HOUR, records.entries(HOUR), driver.state, keysMax, new QueueEntries(1 + random.nextInt(64)));
        }

        void run() {
            int keysMax = random.nextBoolean() ? 1 + random.nextInt(20) : 10_000;
            nowMs = random.nextInt(5) == 0 ? START + 2L * HOUR_MS : START - 10;
            arrive(random.nextInt(150));
            cancelSome();
            LoadedHour hour = open(keysMax);
            while (nowMs < START + HOUR_MS) {
                nowMs += random.nextInt(4) == 0 ? random.nextInt(400_000) : random.nextInt(2000);
                nowMs -= random.nextInt(20) == 0 ? random.nextInt(100_000) : 0;
                if (random.nextInt(4) == 0) {
                    arrive(random.nextInt(10));
                }
                if (random.nextBoolean()) {
                    hour.work(nowMs); // it may be seen at any point of its loading
                    takeDue(hour);
                } else {
                    drain(hour);
                }
            }
            nowMs = START + 2L * HOUR_MS;
            drain(hour);
            assertThat(waiting).as("seed %s: missing", seed).isEmpty();
            assertThat(hour.isOver(nowMs)).as("seed %s", seed).isTrue();
            assertThat(hour.keysLoaded()).as("seed %s", seed).isZero();
        }

        /** Works until nothing is to be done: all that is due by now comes out, in order. */
        private void drain(LoadedHour hour) {
            do {
                hour.work(nowMs);
                takeDue(hour);
            } while (hour.hasWork());
            boolean isLeft = !waiting.isEmpty() && dueMs(waiting.first()) <= nowMs;
            assertThat(isLeft).as("seed %s: not given out", seed).isFalse();
            assertThat(hour.isReadyUntil(nowMs)).as("seed %s", seed).isTrue();
            assertThat(waiting.isEmpty() ? Long.MAX_VALUE : dueMs(waiting.first()))
                    .as("seed %s: due before the time that is told", seed)
                    .isGreaterThanOrEqualTo(hour.nextMs());
        }

        /** What is due in the next seconds is sorted already, and held whatever there is of it. */
        private void holdsAtMost(int keysMax, LoadedHour hour) {
            long soon =
                    waiting.stream().filter(key -> dueMs(key) < nowMs + 3000).count();
            assertThat(hour.keysLoaded() - soon).as("seed %s: held", seed).isLessThanOrEqualTo(keysMax);
        }

        private void takeDue(LoadedHour hour) {
            List<Long> taken = new ArrayList<>();
            hour.advance(nowMs + 2000);
            for (long key = hour.peekDue(nowMs); key != TimingWheel.NONE; key = hour.peekDue(nowMs)) {
                hour.poll(key);
                taken.add(key);
                assertThat(hour.dueMs(key)).as("seed %s: early", seed).isLessThanOrEqualTo(nowMs);
                assertThat(givenOut.add(key))
                        .as("seed %s: given out twice", seed)
                        .isTrue();
                assertThat(waiting.remove(key)).as("seed %s: not waiting", seed).isTrue();
                hour.advance(nowMs + 2000);
            }
            assertThat(taken).as("seed %s: order", seed).isSorted();
        }

        private static long dueMs(long key) {
            return START + Keys.dueInHourMs(key);
        }
    }

    @Test
    void holdsNoMoreThanItMayWhenTheHourFillsUpAfterItWasLoaded() {
        Run run = new Run(1);
        run.nowMs = START;
        run.arrive(1);
        LoadedHour hour = run.open(100);
        run.drain(hour);

        for (int i = 0; i < 20; i++) {
            run.arrive(50);
            run.drain(hour);
            run.holdsAtMost(100, hour);
        }
        for (run.nowMs = START; run.nowMs < START + HOUR_MS; run.nowMs += 500) {
            run.drain(hour);
            run.holdsAtMost(100, hour);
        }

        assertThat(run.waiting).isEmpty();
    }

    @Test
    void givesOutEachMessageOnceInOrderAndNotEarly() {
        for (long seed = 0; seed < 60; seed++) {
            new Run(seed).run();
        }
    }
}
