package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DedupWindowTest {
    private record Added(long hash, long logOffset, long timestampMs) {}

    @Property(tries = 200)
    void remembersWhatAListOfTheNewestDoes(
            @ForAll long seed,
            @ForAll @IntRange(max = 3000) int capacity,
            @ForAll @IntRange(min = 1, max = 50) int windowS) {
        SplittableRandom random = new SplittableRandom(seed);
        DedupWindow window = new DedupWindow(capacity, windowS * 1000L);
        Deque<Added> model = new ArrayDeque<>();
        long nowMs = 1_750_000_000_000L;
        int hashes = 1 + random.nextInt(5000);
        int steps = random.nextInt(4000);
        int stepMs = random.nextInt(1, 60);

        for (int i = 0; i < steps; i++) {
            nowMs += random.nextInt(stepMs);
            long hash = mixed(random.nextInt(hashes));
            window.add(hash, i, nowMs);
            model.addLast(new Added(hash, i, nowMs));
            while (model.size() > capacity
                    || (!model.isEmpty() && model.getFirst().timestampMs / 1000 < (nowMs - windowS * 1000L) / 1000)) {
                model.removeFirst();
            }
            long asked = mixed(random.nextInt(hashes));
            if (i % 16 == 0) {
                assertThat(window.find(asked)).isEqualTo(newest(model, asked));
            }
        }

        assertThat(window.size()).isEqualTo(model.size());
        for (int i = 0; i < hashes; i++) {
            assertThat(window.find(mixed(i))).isEqualTo(newest(model, mixed(i)));
        }
    }

    @Test
    void remembersNothingWithoutRoom() {
        DedupWindow window = new DedupWindow(0, 1000);

        window.add(1, 2, 3);

        assertThat(window.find(1)).isEqualTo(-1);
    }

    @Test
    void keepsHashesThatStartAtTheSamePlaceApart() {
        DedupWindow window = new DedupWindow(4, 1_000_000);
        for (int i = 0; i < 1000; i++) {
            // All with one home: the inverse of the spreading factor leaves only low bits.
            window.add(i * 0xF1DE83E19937733DL, i, 1000);
            for (int j = Math.max(0, i - 6); j <= i; j++) {
                assertThat(window.find(j * 0xF1DE83E19937733DL)).isEqualTo(j > i - 4 ? j : -1);
            }
        }
    }

    private static long mixed(int i) {
        return i * 0xD1B54A32D192ED03L | 1;
    }

    private static long newest(Deque<Added> model, long hash) {
        long found = -1;
        for (Added added : model) {
            if (added.hash == hash) {
                found = added.logOffset;
            }
        }
        return found;
    }
}
