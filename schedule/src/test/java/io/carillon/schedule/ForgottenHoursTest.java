package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ForgottenHoursTest {
    @Property
    void agreesWithASortedMap(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ForgottenHours hours = new ForgottenHours();
        TreeMap<Integer, Integer> expected = new TreeMap<>();
        for (int step = 0; step < 200; step++) {
            int hour = random.nextInt(-20, 20);
            if (random.nextInt(3) == 0) {
                Integer end = expected.remove(hour);
                assertThat(hours.takeEnd(hour)).isEqualTo(end == null ? 0 : end);
            } else {
                int end = random.nextInt(1, 1000);
                expected.put(hour, end);
                hours.put(hour, end);
            }
            assertThat(hours.end(hour)).isEqualTo(expected.getOrDefault(hour, 0));
        }
        TreeMap<Integer, Integer> found = new TreeMap<>();
        hours.forEach(found::put);
        assertThat(found).isEqualTo(expected);
        assertThat(hours.count()).isEqualTo(expected.size());
    }
}
