package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DedupWindowTest {
    private record Added(long hash, long logOffset, long timestampMs) {}

    @Property(tries = 200)
    void remembersTheNewestAndNothingElse(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 3000) int capacity,
            @ForAll @IntRange(min = 1, max = 50) int windowS) {
        SplittableRandom random = new SplittableRandom(seed);
        long windowMs = windowS * 1000L;
        DedupWindow window = new DedupWindow(capacity, windowMs);
        List<Added> model = new ArrayList<>();
        long nowMs = 1_750_000_000_000L;
        int hashes = 1 + random.nextInt(5000);
        int steps = random.nextInt(4000);
        int stepMs = random.nextInt(1, 60);

        for (int i = 0; i < steps; i++) {
            nowMs += random.nextInt(stepMs);
            long hash = mixed(random.nextInt(hashes));
            window.add(hash, i, nowMs);
            model.add(new Added(hash, i, nowMs));
            if (i % 16 == 0) {
                check(window, model, mixed(random.nextInt(hashes)), capacity, nowMs - windowMs);
            }
        }

        for (int i = 0; i < hashes; i++) {
            check(window, model, mixed(i), capacity, nowMs - windowMs);
        }
    }

    private static void check(DedupWindow window, List<Added> model, long hash, int capacity, long sinceMs) {
        Added newest = null;
        for (Added added : model) {
            newest = added.hash == hash ? added : newest;
        }
        long found = window.find(hash);
        if (newest == null) {
            assertThat(found).isEqualTo(-1);
        } else if (newest.timestampMs > sinceMs && newest.logOffset >= model.size() - capacity / 2) {
            assertThat(found).isEqualTo(newest.logOffset);
        } else {
            assertThat(found).isIn(-1L, newest.logOffset);
        }
    }

    @Test
    void forgetsWhatIsMoreThanItsCapacity() {
        DedupWindow window = new DedupWindow(1000, 1_000_000);
        for (int i = 0; i < 10_000; i++) {
            window.add(mixed(i), i, 1);
        }

        assertThat(IntStream.range(0, 10_000).filter(i -> window.find(mixed(i)) >= 0))
                .hasSizeBetween(500, 1000)
                .first()
                .satisfies(i -> assertThat(i).isGreaterThanOrEqualTo(9000));
    }

    @Test
    void forgetsWhatIsTwiceAsOldAsItsWindow() {
        DedupWindow window = new DedupWindow(1000, 60_000);
        window.add(mixed(1), 1, 0);
        window.add(mixed(2), 2, 60_000);
        assertThat(window.find(mixed(1))).isEqualTo(1);
        window.add(mixed(3), 3, 120_000);

        assertThat(window.find(mixed(1))).isEqualTo(-1);
        assertThat(window.find(mixed(2))).isEqualTo(2);
    }

    @Test
    void remembersNothingWithoutRoom() {
        DedupWindow window = new DedupWindow(0, 1000);

        window.add(1, 2, 3);

        assertThat(window.find(1)).isEqualTo(-1);
    }

    @Test
    void keepsHashesThatStartAtTheSamePlaceApart() {
        DedupWindow window = new DedupWindow(2000, 1_000_000);
        // All with one home: the inverse of the spreading factor leaves only low bits.
        for (int i = 1; i < 1000; i++) {
            window.add(i * 0xF1DE83E19937733DL, i, 1000);
        }

        for (int i = 1; i < 1000; i++) {
            assertThat(window.find(i * 0xF1DE83E19937733DL)).isEqualTo(i);
        }
    }

    private static long mixed(int i) {
        return i * 0xD1B54A32D192ED03L | 1;
    }
}
