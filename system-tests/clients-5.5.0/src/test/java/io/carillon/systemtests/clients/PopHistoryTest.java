package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.clients.PopHistory.Popped;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mostly bad histories: each rule must be able to say no. */
class PopHistoryTest {
    private static final long END_MS = 100_000;

    private final PopHistory history = new PopHistory();

    @BeforeEach
    void store() {
        history.sending("m");
        history.stored("m");
    }

    private Popped pop(long popMs) {
        Popped popped = new Popped("m", popMs - 1, popMs + 1, popMs, 1_000);
        history.popped(popped);
        return popped;
    }

    /** Of another message, which is not acknowledged and needs not come again. */
    private void popOther(long askedMs, long gotMs) {
        history.sending("other" + askedMs);
        history.popped(new Popped("other" + askedMs, askedMs, gotMs, askedMs, END_MS));
    }

    private void ack(Popped popped, long answeredMs) {
        history.acking(popped);
        history.acked(popped, answeredMs - 5, answeredMs);
    }

    private void isWrong(String rule) {
        assertThat(history.violations(END_MS)).singleElement().asString().startsWith(rule + ":");
    }

    @Test
    void acceptsWhatCameAgainInTimeAndWasAcknowledgedThen() {
        pop(100);
        ack(pop(1_100), 1_200);

        assertThat(history.violations(END_MS)).isEmpty();
        assertThat(history.openCount()).isZero();
        assertThat(history.handedOutCount()).isEqualTo(2);
    }

    @Test
    void acceptsWhatBecameVisibleWhileAPopWasLooking() {
        pop(100);
        ack(pop(1_099), 1_200);

        assertThat(history.violations(END_MS)).isEmpty();
    }

    @Test
    void acceptsWhatComesAgainAfterAnAcknowledgementThatCameTooLateOrWasNotAnswered() {
        ack(pop(100), 1_100);
        history.acking(pop(2_000));
        pop(3_000);

        assertThat(history.violations(END_MS)).isEmpty();
    }

    @Test
    void acceptsWhatComesAgainWhenNothingWasPoppedBetweenTheAnswerAndTheKill() {
        ack(pop(100), 200);
        popOther(201, 300);
        popOther(199, 250);
        history.killed(300, 310);
        pop(1_100);

        assertThat(history.violations(END_MS)).isEmpty();
    }

    @Test
    void acceptsWhatComesAgainWhenItsAnswerCameWhileTheServerWasBeingKilled() {
        ack(pop(100), 200);
        history.killed(190, 196);
        popOther(300, 310);
        history.killed(500, 510);
        pop(1_100);

        assertThat(history.violations(END_MS)).isEmpty();
    }

    @Test
    void acceptsWhatIsStillInvisibleAtTheEnd() {
        pop(END_MS - 1_000);

        assertThat(history.violations(END_MS)).isEmpty();
        assertThat(history.openCount()).isOne();
    }

    @Test
    void findsTwoOwners() {
        pop(100);
        ack(pop(1_098), 1_200);

        isWrong("owners");
    }

    @Test
    void findsTwoOwnersOfOneMoment() {
        pop(100);
        ack(pop(100), 200);

        isWrong("owners");
    }

    @Test
    void findsTwoOwnersAfterAKill() {
        pop(100);
        history.killed(150, 160);
        ack(pop(400), 500);

        isWrong("owners");
    }

    @Test
    void findsWhatComesAgainAfterItsAcknowledgement() {
        ack(pop(100), 200);
        pop(1_100);

        isWrong("undead");
    }

    @Test
    void findsWhatComesAgainAfterAKillBehindALaterPop() {
        ack(pop(100), 200);
        popOther(201, 299);
        history.killed(300, 310);
        pop(1_100);

        isWrong("undead");
    }

    @Test
    void findsWhatComesAgainWhenOnlyAnEarlierServerWasKilled() {
        history.killed(150, 194);
        ack(pop(100), 200);
        pop(1_100);

        isWrong("undead");
    }

    @Test
    void findsWhatWasNeverHandedOut() {
        isWrong("lost");
    }

    @Test
    void findsWhatDidNotComeAgain() {
        pop(100);

        isWrong("lost");
    }

    @Test
    void findsAReceiptOfAnotherTime() {
        Popped popped = new Popped("m", 500, 600, 499, 1_000);
        history.popped(popped);
        ack(popped, 700);

        isWrong("clock");
    }

    @Test
    void findsWhatNobodySent() {
        Popped popped = new Popped("x", 500, 600, 550, 1_000);
        history.popped(popped);
        ack(pop(100), 200);

        isWrong("invented");
    }
}
