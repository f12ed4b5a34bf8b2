package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeysTest {
    private record Row(int dueInHourMs, int rank, int place) {
        long key() {
            return Keys.key(dueInHourMs, rank, place);
        }
    }

    @Test
    void ordersByTimeThenRankThenArrival() {
        SplittableRandom random = new SplittableRandom(1);
        List<Row> rows = new ArrayList<>();
        Keys keys = new Keys();
        for (int i = 0; i < 5000; i++) {
            Row row = new Row(random.nextInt(40), random.nextInt(16), i);
            rows.add(row);
            keys.add(row.key());
        }

        long[] sorted = keys.sorted();

        rows.sort(Comparator.comparingInt(Row::dueInHourMs)
                .thenComparingInt(Row::rank)
                .thenComparingInt(Row::place));
        assertThat(sorted).containsExactly(rows.stream().mapToLong(Row::key).toArray());
        assertThat(keys.count()).isEqualTo(5000);
    }

    @Test
    void holdsTheGreatestValues() {
        long key = Keys.key(3_599_999, 15, Integer.MAX_VALUE);

        assertThat(Keys.dueInHourMs(key)).isEqualTo(3_599_999);
        assertThat(Keys.place(key)).isEqualTo(Integer.MAX_VALUE);
        assertThat(key).isPositive().isLessThan(TimingWheel.NONE);
        assertThat(Keys.dueInHourMs(Keys.key(0, 15, 7))).isZero();
    }
}
