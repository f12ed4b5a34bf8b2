package io.carillon.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class CheckTimesTest {
    private record Entry(long dueMs, long half) {}

    /** A number below 0 takes out the first one, one of a hundred and more the half that came so many before. */
    @Property(tries = 1000)
    void agreesWithASortedList(@ForAll @Size(max = 300) List<@IntRange(min = -60, max = 130) Integer> steps) {
        CheckTimes times = new CheckTimes();
        List<Entry> model = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            int step = steps.get(i);
            if (step < 0) {
                pollBoth(times, model);
            } else if (step >= 100) {
                long half = i - step + 99;
                times.remove(half);
                model.removeIf(entry -> entry.half() == half);
            } else {
                times.add(step, i, i + 1);
                model.add(new Entry(step, i));
            }
            assertThat(times.count()).isEqualTo(model.size());
        }
        while (!times.isEmpty()) {
            pollBoth(times, model);
        }
        assertThat(model).isEmpty();
        assertThat(times.firstMs()).isEqualTo(Long.MAX_VALUE);
    }

    private static void pollBoth(CheckTimes times, List<Entry> model) {
        if (times.isEmpty()) {
            return;
        }
        long firstMs = model.stream()
                .min(Comparator.comparingLong(Entry::dueMs))
                .orElseThrow()
                .dueMs();
        assertThat(times.firstMs()).isEqualTo(firstMs);
        long half = times.firstHalf();
        assertThat(times.firstChecks()).isEqualTo((int) half + 1);
        assertThat(model.remove(new Entry(firstMs, half))).isTrue();
        times.poll();
    }
}
