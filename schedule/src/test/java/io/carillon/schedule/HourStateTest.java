package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HourStateTest {
    private static final int PLACES = 300;

    @Test
    void agreesWithSetsOfPlaces() {
        for (long seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            HourState state = new HourState();
            Set<Integer> done = new HashSet<>();
            Set<Integer> cancelled = new HashSet<>();
            Set<Integer> moved = new HashSet<>();
            for (int step = random.nextInt(2 * PLACES); step > 0; step--) {
                int place = random.nextInt(PLACES);
                if (done.add(place)) {
                    switch (random.nextInt(3)) {
                        case 0 -> state.setDone(place);
                        case 1 -> {
                            state.setCancelled(place);
                            cancelled.add(place);
                        }
                        default -> {
                            state.setMoved(place);
                            moved.add(place);
                        }
                    }
                }
            }

            check(seed, state, done, cancelled, moved);
            check(seed, HourState.restore(state.parts()), done, cancelled, moved);
        }
    }

    private static void check(
            long seed, HourState state, Set<Integer> done, Set<Integer> cancelled, Set<Integer> moved) {
        int first = 0;
        int pending = 0;
        for (int place = 0; place < PLACES + 5; place++) {
            assertThat(state.pendingCount(place))
                    .as("seed %s, below %s", seed, place)
                    .isEqualTo(pending);
            assertThat(state.isDone(place)).as("seed %s, place %s", seed, place).isEqualTo(done.contains(place));
            assertThat(state.isCancelled(place)).as("seed %s", seed).isEqualTo(cancelled.contains(place));
            assertThat(state.isMoved(place)).as("seed %s", seed).isEqualTo(moved.contains(place));
            pending += done.contains(place) ? 0 : 1;
            first += first == place && done.contains(place) ? 1 : 0;
        }
        assertThat(state.doneBelow()).as("seed %s", seed).isEqualTo(first);
    }

    @Test
    void followsAWindowThatMovesOverManyPlaces() {
        HourState state = new HourState();
        SplittableRandom random = new SplittableRandom(7);
        Set<Integer> waiting = new HashSet<>();
        int next = 0;
        while (next < 200_000) {
            while (waiting.size() < 300) {
                waiting.add(next++);
            }
            int place = random.nextInt(4) == 0
                    ? state.doneBelow()
                    : waiting.iterator().next();
            state.setDone(place);
            waiting.remove(place);
            if (next % 1000 == 0) {
                assertThat(state.pendingCount(next)).isEqualTo(waiting.size());
                assertThat(waiting).allMatch(one -> !state.isDone(one));
                assertThat(HourState.restore(state.parts()).parts()).isDeepEqualTo(state.parts());
            }
        }
        assertThat(state.parts()[1]).as("words of bits").hasSizeLessThan(4096);
    }

    @Test
    void countsNothingPendingOfAQueueThatIsShorterThanWhatLeft() {
        HourState state = new HourState();
        for (int place = 0; place < 10; place++) {
            state.setDone(place);
        }

        assertThat(state.pendingCount(0)).isZero();
        assertThat(state.pendingCount(5)).isZero();
    }
}
