package io.carillon.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class InFlightTest {
    @Property(tries = 300)
    void agreesWithASortedMap(@ForAll long seed) {
        Random random = new Random(seed);
        InFlight table = new InFlight();
        TreeMap<Long, Long> model = new TreeMap<>();
        long next = 0;
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    next += random.nextInt(1, 4);
                    table.put(next, step, step, 0, false);
                    model.put(next, (long) step);
                }
                case 1 -> {
                    long offset = random.nextLong(next + 1);
                    table.put(offset, step, step, 0, false);
                    model.put(offset, (long) step);
                }
                default -> {
                    if (!table.isEmpty()) {
                        int i = random.nextInt(3) == 0 ? random.nextInt(table.count()) : 0;
                        model.remove(table.offset(i));
                        table.removeAt(i);
                    }
                }
            }
            assertThat(table.count()).isEqualTo(model.size());
        }

        ArrayList<Long> offsets = new ArrayList<>();
        for (int i = 0; i < table.count(); i++) {
            offsets.add(table.offset(i));
            assertThat(table.poppedMs(i)).isEqualTo(model.get(table.offset(i)));
            assertThat(table.indexOf(table.offset(i))).isEqualTo(i);
        }
        assertThat(offsets).containsExactlyElementsOf(model.keySet());
        assertThat(table.indexOf(next + 10)).isEqualTo(-1 - table.count());
    }
}
