package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
    private final Arrivals arrivals = new Arrivals(2);
    private final Figures figures = new Figures();

    @Test
    void isContentWithTheOrderOfSendingInEachQueue() {
        read(0, 0, 2, 4);
        read(1, 1, 3);

        arrivals.errorsInto(figures, 5);

        assertThat(arrivals.outOfOrder()).isZero();
        assertThat(figures.errors()).isEmpty();
    }

    @Test
    void noticesWhatIsOutOfOrderMissingOrThereAgain() {
        read(0, 4, 0, 2, 2);

        arrivals.errorsInto(figures, 5);

        assertThat(arrivals.outOfOrder()).isEqualTo(1);
        assertThat(figures.errors()).isEqualTo(Map.of("messages that never came", 2L, "messages that came again", 1L));
    }

    private void read(int queue, long... marks) {
        for (long mark : marks) {
            arrivals.message(queue, mark);
        }
    }
}
