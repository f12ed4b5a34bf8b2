package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.clients.TransactionHistory.Fate;
import io.carillon.systemtests.clients.TransactionHistory.Place;
import org.junit.jupiter.api.Test;

/** Mostly bad histories: each rule must be able to say no. */
class TransactionHistoryTest {
    private static final Place PLACE = new Place(0, 0);

    private final TransactionHistory history = new TransactionHistory();

    private void prepare(String message, Fate fate) {
        history.preparing(message, fate);
        history.acked(message);
    }

    private void isWrong(String rule) {
        assertThat(history.violations()).singleElement().asString().startsWith(rule + ":");
    }

    @Test
    void acceptsWhatIsCommittedAndSeenByManyAndWhatIsRolledBack() {
        prepare("m", Fate.COMMIT);
        history.deciding("m");
        history.seen("m", PLACE);
        history.seen("m", PLACE);
        prepare("r", Fate.ROLLBACK);
        history.deciding("r");

        assertThat(history.violations()).isEmpty();
        assertThat(history.openCount()).isZero();
        assertThat(history.ackedCount()).isEqualTo(2);
    }

    @Test
    void acceptsWhatIsCommittedWhenAsked() {
        prepare("m", Fate.COMMIT);
        history.asked("m");
        history.deciding("m");
        history.seen("m", PLACE);

        assertThat(history.violations()).isEmpty();
    }

    @Test
    void acceptsAHalfThatWasNotAcknowledgedAndIsGone() {
        history.preparing("m", Fate.COMMIT);

        assertThat(history.violations()).isEmpty();
    }

    @Test
    void acceptsAHalfThatWasNotAcknowledgedAndIsCommittedWhenAsked() {
        history.preparing("m", Fate.COMMIT);
        history.asked("m");
        history.deciding("m");
        history.seen("m", PLACE);

        assertThat(history.violations()).isEmpty();
    }

    @Test
    void findsWhatIsSeenBeforeItsCommit() {
        prepare("m", Fate.COMMIT);
        history.seen("m", PLACE);
        history.deciding("m");

        isWrong("early");
    }

    @Test
    void findsWhatIsSeenBetweenTheQuestionAndTheAnswer() {
        prepare("m", Fate.COMMIT);
        history.asked("m");
        history.seen("m", PLACE);
        history.deciding("m");

        isWrong("early");
    }

    @Test
    void findsWhatIsSeenAfterItsRollback() {
        prepare("r", Fate.ROLLBACK);
        history.deciding("r");
        history.seen("r", PLACE);

        isWrong("undead");
    }

    @Test
    void findsACommitThatIsNeverSeen() {
        prepare("m", Fate.COMMIT);
        history.deciding("m");

        assertThat(history.openCount()).isOne();
        isWrong("lost");
    }

    @Test
    void findsAnAnswerToAQuestionThatIsNeverSeen() {
        prepare("m", Fate.COMMIT);
        history.asked("m");
        history.deciding("m");

        isWrong("lost");
    }

    @Test
    void findsAHalfThatNobodyIsAskedAbout() {
        prepare("r", Fate.ROLLBACK);

        assertThat(history.openCount()).isOne();
        isWrong("forgotten");
    }

    @Test
    void findsASecondCopy() {
        prepare("m", Fate.COMMIT);
        history.deciding("m");
        history.seen("m", PLACE);
        history.seen("m", new Place(0, 1));

        isWrong("copies");
    }

    @Test
    void findsAPlaceThatHoldsAnotherMessageLater() {
        prepare("m", Fate.COMMIT);
        history.deciding("m");
        history.seen("m", PLACE);
        prepare("n", Fate.COMMIT);
        history.deciding("n");
        history.seen("n", PLACE);

        isWrong("rewritten");
    }

    @Test
    void findsWhatNobodySent() {
        history.seen("x", PLACE);

        isWrong("invented");
    }

    @Test
    void findsAQuestionAboutWhatNobodySent() {
        history.asked("x");

        isWrong("invented");
    }
}
