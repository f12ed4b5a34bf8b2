package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TimingWheelTest {
    private static final long HOUR = 486_000L * 3_600_000;
    private static final int HOUR_MS = 3_600_000;

    @Test
    void agreesWithASortedSet() {
        for (long seed = 0; seed < 300; seed++) {
            new Model(seed).run();
        }
    }

    /** The same adds, polls and steps of the clock on a wheel and on a sorted set. */
    private static final class Model {
        private final long seed;
        private final SplittableRandom random;
        private final TimingWheel wheel = new TimingWheel(HOUR);
        private final TreeSet<Long> keys = new TreeSet<>();
        private long nowMs;
        private int place;

        Model(long seed) {
            this.seed = seed;
            random = new SplittableRandom(seed);
            nowMs = HOUR + random.nextInt(HOUR_MS);
        }

        void run() {
            for (int step = 0; step < 300; step++) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> addSome();
                    case 3, 4 -> pollSome();
                    case 5 -> nowMs += random.nextInt(50);
                    case 6 -> nowMs += random.nextInt(100_000);
                    default -> nowMs -= random.nextInt(6) == 0 ? random.nextInt(200_000) : 0;
                }
                assertThat(wheel.count()).isEqualTo(keys.size());
            }
            nowMs = HOUR + 2 * HOUR_MS;
            pollAll();
            assertThat(wheel.isEmpty()).as("seed %s", seed).isTrue();
        }

        private void addSome() {
            int nearMs = Math.clamp(nowMs - HOUR, 0, HOUR_MS - 1);
            for (int i = random.nextInt(6); i >= 0; i--) {
                int dueMs = switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(HOUR_MS);
                    case 1 -> nearMs;
                    default -> Math.clamp(nearMs - 20L + random.nextInt(60), 0, HOUR_MS - 1);
                };
                long key = Keys.key(dueMs, random.nextInt(3), place++);
                keys.add(key);
                wheel.add(key, nowMs);
            }
        }

        private void pollSome() {
            for (int i = random.nextInt(10); i >= 0; i--) {
                poll();
            }
        }

        private void pollAll() {
            while (!keys.isEmpty()) {
                poll();
            }
        }

        private void poll() {
            long expected = keys.isEmpty() || dueMs(keys.first()) > nowMs ? TimingWheel.NONE : keys.first();
            assertThat(wheel.peekDue(nowMs)).as("seed %s", seed).isEqualTo(expected);
            if (expected != TimingWheel.NONE) {
                keys.remove(expected);
                wheel.poll();
            } else if (!keys.isEmpty()) {
                assertThat(wheel.firstMs())
                        .as("seed %s: nothing is due before the time that is told", seed)
                        .isLessThanOrEqualTo(Math.max(nowMs, dueMs(keys.first())));
            }
        }

        private static long dueMs(long key) {
            return HOUR + Keys.dueInHourMs(key);
        }
    }

    @Test
    void keepsWhatIsBeyondItsSpan() {
        TimingWheel wheel = new TimingWheel(HOUR);
        List<Long> keys = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            keys.add(Keys.key(i * 60_000, 0, i));
        }
        for (long key : keys.reversed()) {
            wheel.add(key, HOUR);
        }

        List<Long> found = new ArrayList<>();
        for (long nowMs = HOUR; !wheel.isEmpty(); nowMs += 1000) {
            for (long key = wheel.peekDue(nowMs); key != TimingWheel.NONE; key = wheel.peekDue(nowMs)) {
                assertThat(Keys.dueInHourMs(key)).isEqualTo((int) (nowMs - HOUR));
                found.add(key);
                wheel.poll();
            }
        }
        assertThat(found).isEqualTo(keys);
    }

    @Test
    void givesBackWhatIsOverdueWhenTheClockIsSetBack() {
        TimingWheel wheel = new TimingWheel(HOUR);
        long key = Keys.key(50, 0, 0);
        wheel.add(key, HOUR + 1000);

        assertThat(wheel.peekDue(HOUR + 49)).isEqualTo(TimingWheel.NONE);
        assertThat(wheel.firstMs()).isEqualTo(HOUR + 50);
        assertThat(wheel.peekDue(HOUR + 50)).isEqualTo(key);
    }
}
