package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Mostly bad histories: each rule must be able to say no. */
class OffsetHistoryTest {
    private static final long END = 100;

    private final OffsetHistory history = new OffsetHistory();

    private void store(long offset) {
        history.storing(0, offset);
        history.stored(0, offset);
    }

    private void isWrong(String rule) {
        assertThat(history.violations()).singleElement().asString().startsWith(rule + ":");
    }

    @Test
    void acceptsWhatWasConfirmed() {
        store(5);
        store(7);
        history.told(0, 7, END);
        store(2); // a reset
        history.told(0, 2, END);

        assertThat(history.violations()).isEmpty();
        assertThat(history.confirmedCount()).isEqualTo(3);
    }

    @Test
    void acceptsBothOutcomesOfWhatWasNotAnswered() {
        store(5);
        history.storing(0, 6);
        history.told(0, 5, END);
        history.storing(0, 6);
        history.told(0, 6, END);

        assertThat(history.violations()).isEmpty();
    }

    @Test
    void findsAnOffsetThatFellBelowAConfirmedOne() {
        store(5);
        store(7);
        history.told(0, 5, END);

        isWrong("fallen");
    }

    @Test
    void findsAnOffsetThatFellBelowOneThatWasTold() {
        store(5);
        history.storing(0, 6);
        history.told(0, 6, END);
        history.told(0, 5, END);

        isWrong("fallen");
    }

    @Test
    void findsAnOffsetThatIsGone() {
        store(5);
        history.told(0, 0, END);

        isWrong("fallen");
    }

    @Test
    void findsAResetThatWasUndone() {
        store(7);
        store(2); // a reset
        history.told(0, 7, END);

        isWrong("undone");
    }

    @Test
    void findsAnOffsetThatNobodyStored() {
        store(5);
        history.told(0, 6, END);

        isWrong("invented");
    }

    @Test
    void findsTheOffsetOfAnotherQueue() {
        store(5);
        history.told(1, 5, END);

        isWrong("invented");
    }

    @Test
    void findsAnOffsetBeyondTheEnd() {
        store(101);
        history.told(0, 101, END);

        isWrong("beyond");
    }
}
