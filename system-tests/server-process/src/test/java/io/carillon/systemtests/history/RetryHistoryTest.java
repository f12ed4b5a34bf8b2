package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.history.Event.Key;
import io.carillon.systemtests.history.Event.Place;
import io.carillon.systemtests.history.RetryHistory.Try;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetryHistoryTest {
    private static final Key KEY = new Key("stream", 1);

    private final RetryHistory history = new RetryHistory(1, 1000);

    /** A sound history: sent back twice, once without an answer, and then dead. */
    @BeforeEach
    void sound() {
        history.sent(KEY);
        history.attempted(new Try(KEY, 0), 10_000);
        history.attempted(new Try(KEY, 0), 10_500);
        history.acked(new Try(KEY, 0));
        copy(1, 11_500, false, true);
        history.attempted(new Try(KEY, 1), 12_000);
        history.acked(new Try(KEY, 1));
        copy(2, 12_001, true, true);
    }

    private void copy(int tries, long storedMs, boolean isDead, boolean intact) {
        history.found(new StoredMessage(new Place(0, storedMs), KEY, intact, storedMs, 0, tries), isDead);
    }

    private void assertViolation(String rule) {
        assertThat(history.violations()).singleElement().asString().startsWith(rule);
    }

    @Test
    void acceptsASoundHistory() {
        assertThat(history.isComplete()).isTrue();
        assertThat(history.violations()).isEmpty();
    }

    @Test
    void seesWhatIsLost() {
        history.attempted(new Try(KEY, 1), 12_500);
        history.acked(new Try(KEY, 1));

        assertThat(history.isComplete()).isFalse();
        assertViolation("lost");
    }

    @Test
    void seesCopiesThatNobodyAskedFor() {
        copy(2, 12_002, true, true);

        assertViolation("copies");
    }

    @Test
    void seesWhatComesEarly() {
        history.auditAnew();
        copy(1, 10_999, false, true);
        copy(2, 12_001, true, true);

        assertViolation("early");
    }

    @Test
    void seesTheSecondOfTwoThatComesEarly() {
        history.auditAnew();
        copy(1, 11_000, false, true);
        copy(1, 11_499, false, true);
        copy(2, 12_001, true, true);

        assertViolation("early");
    }

    @Test
    void seesWhatDiesBeforeItsTime() {
        history.auditAnew();
        copy(1, 11_500, true, true);
        copy(2, 12_001, true, true);

        assertViolation("misplaced");
    }

    @Test
    void seesWhatIsInventedOrDamaged() {
        copy(5, 13_000, true, true);
        assertViolation("invented");

        history.auditAnew();
        copy(1, 11_500, false, false);
        copy(2, 12_001, true, true);
        assertViolation("damaged");
    }
}
