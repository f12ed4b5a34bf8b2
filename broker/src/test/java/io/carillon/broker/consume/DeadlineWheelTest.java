package io.carillon.broker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.filter.MessageFilter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
    private static final long TURN_NS = 8192 * DeadlineWheel.TICK_NS;

    private final DeadlineWheel wheel = new DeadlineWheel();

    /** A poll that only waits: the wheel never looks at its queue. */
    private static final class Waiter extends Poll {
        private final long deadlineNs;

        Waiter(long deadlineNs) {
            super(null, 0, MessageFilter.ALL);
            this.deadlineNs = deadlineNs;
        }

        @Override
        protected void resume() {}
    }

    private List<Waiter> takeDue(long nowNs) {
        List<Waiter> due = new ArrayList<>();
        for (Timed poll = wheel.takeDue(nowNs); poll != null; poll = poll.slotNext) {
            due.add((Waiter) poll);
        }
        return due;
    }

    @Property(tries = 200)
    void agreesWithAListWhateverIsAddedRemovedAndWhenItIsLookedAt(@ForAll long seed) {
        Random random = new Random(seed);
        long nowNs = random.nextLong(-TURN_NS, TURN_NS);
        Set<Waiter> waiting = new HashSet<>();
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    Waiter waiter = new Waiter(nowNs + random.nextLong(2 * TURN_NS));
                    wheel.add(waiter, waiter.deadlineNs, nowNs);
                    waiting.add(waiter);
                }
                case 2 ->
                    waiting.stream()
                            .skip(random.nextInt(waiting.size() + 1))
                            .findFirst()
                            .ifPresent(waiter -> {
                                wheel.remove(waiter);
                                waiting.remove(waiter);
                            });
                default -> {
                    nowNs += random.nextLong(1L << random.nextInt(36));
                    expectDue(nowNs, waiting);
                }
            }
            assertThat(wheel.count()).isEqualTo(waiting.size());
        }
        expectDue(nowNs + 4 * TURN_NS, waiting);
        assertThat(wheel.restNs(nowNs)).isEqualTo(Long.MAX_VALUE);
    }

    private void expectDue(long nowNs, Set<Waiter> waiting) {
        List<Waiter> due = takeDue(nowNs);
        for (Waiter waiter : due) {
            assertThat(waiting.remove(waiter)).isTrue();
            assertThat(waiter.deadlineNs).isLessThanOrEqualTo(nowNs);
        }
        long overdueNs = nowNs - 2 * DeadlineWheel.TICK_NS;
        assertThat(waiting).allMatch(waiter -> waiter.deadlineNs > overdueNs);
        if (!waiting.isEmpty()) {
            long earliestNs = waiting.stream()
                    .mapToLong(waiter -> waiter.deadlineNs)
                    .min()
                    .orElseThrow();
            assertThat(wheel.restNs(nowNs)).isLessThanOrEqualTo(earliestNs + DeadlineWheel.TICK_NS - nowNs);
        }
    }

    @Test
    void restsUntilTheEarliestDeadlineAndNoLonger() {
        Waiter waiter = new Waiter(15_000_000_000L);
        assertThat(wheel.add(waiter, waiter.deadlineNs, 0)).isTrue();
        assertThat(wheel.add(new Waiter(0), 20_000_000_000L, 0)).isFalse();

        assertThat(wheel.restNs(0)).isBetween(waiter.deadlineNs, waiter.deadlineNs + DeadlineWheel.TICK_NS);
        assertThat(takeDue(waiter.deadlineNs - 1)).isEmpty();
        assertThat(takeDue(waiter.deadlineNs + DeadlineWheel.TICK_NS)).containsExactly(waiter);
    }

    @Test
    void restsForEverWhenNobodyWaits() {
        Waiter waiter = new Waiter(1_000_000_000L);
        wheel.add(waiter, waiter.deadlineNs, 0);

        wheel.remove(waiter);
        takeDue(1);

        assertThat(wheel.restNs(1)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void keepsItsPromiseAfterNobodyLookedForALongTime() {
        takeDue(0);
        long laterNs = 100 * TURN_NS + 12345;
        Waiter waiter = new Waiter(laterNs + 5_000_000_000L);
        wheel.add(waiter, waiter.deadlineNs, laterNs);

        assertThat(takeDue(laterNs + 4_999_000_000L)).isEmpty();
        assertThat(takeDue(laterNs + 5_005_000_000L)).containsExactly(waiter);
    }
}
