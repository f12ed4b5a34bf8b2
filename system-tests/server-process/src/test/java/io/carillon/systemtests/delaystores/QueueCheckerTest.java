package io.carillon.systemtests.delaystores;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.delaystores.QueueHistory.Delivery;
import io.carillon.systemtests.delaystores.QueueHistory.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the judge sees each thing that can be wrong, and nothing else. */
class QueueCheckerTest {
    private static final long SCAN_MS = 1_000;
    private static final long RECOVERY_MS = 8_000;
    private static final long VISIBILITY_MS = 4_000;

    private final QueueHistory history = new QueueHistory();

    private List<String> violations() {
        return new QueueChecker(SCAN_MS, RECOVERY_MS).violations(history);
    }

    private void accepted(long dueMs) {
        history.sending("a", dueMs);
        history.accepted("a", dueMs, 100);
    }

    private void delivered(long claimedMs) {
        history.delivered("a", new Delivery(claimedMs, claimedMs + VISIBILITY_MS, claimedMs + 5));
    }

    @Test
    void findsNothingWrongWithWhatCameInTimeAndAgainAfterItsDeadline() {
        accepted(1_000);
        delivered(1_200);
        delivered(1_200 + VISIBILITY_MS + 900);
        history.acknowledging("a");
        history.acknowledged("a", 6_300);
        history.sending("nobody answered", 2_000);

        assertThat(violations()).isEmpty();
    }

    @Test
    void seesWhatIsLost() {
        accepted(1_000);

        assertThat(violations()).singleElement().asString().startsWith("lost: a");
    }

    @Test
    void seesWhatCannotBeAcknowledged() {
        accepted(1_000);
        delivered(1_200);

        assertThat(violations()).singleElement().asString().startsWith("lost: a");
    }

    @Test
    void excusesWhatMayBeSettledByAnAcknowledgementWithoutAnAnswerButNotOneThatWasTooLate() {
        accepted(1_000);
        delivered(1_200);
        history.acknowledging("a");
        assertThat(history.openCount()).isZero();
        assertThat(violations()).isEmpty();

        history.tooLate("a");
        assertThat(history.openCount()).isEqualTo(1);
        assertThat(violations()).singleElement().asString().startsWith("lost: a");
    }

    @Test
    void seesWhatIsHandedOutAfterItsAcknowledgement() {
        accepted(1_000);
        delivered(1_200);
        history.acknowledging("a");
        history.acknowledged("a", 1_300);
        delivered(5_400);

        assertThat(violations()).singleElement().asString().startsWith("undead: a");
    }

    @Test
    void seesWhatIsEarlyAlsoWhenNobodyAnsweredTheSend() {
        history.sending("a", 1_000);
        delivered(999);

        assertThat(violations()).singleElement().asString().startsWith("early: a");
    }

    @Test
    void seesWhatTwoHaveAtATimeUnlessRedisForgotThatOneHasIt() {
        accepted(1_000);
        delivered(1_200);
        delivered(2_000);
        history.acknowledging("a");
        history.acknowledged("a", 2_100);
        assertThat(violations()).singleElement().asString().startsWith("shared: a");

        history.struck(new Fault("pause", 1_500, 1_600, false));
        assertThat(violations()).isNotEmpty();
        history.struck(new Fault("flush", 1_500, 1_500, true));
        assertThat(violations()).isEmpty();
    }

    @Test
    void seesWhatComesLaterThanOneScanAfterItWasDueOrItsDeadline() {
        accepted(1_000);
        delivered(2_001);
        history.acknowledging("a");
        history.acknowledged("a", 2_100);
        assertThat(violations()).singleElement().asString().startsWith("late: a");

        delivered(2_001 + VISIBILITY_MS + 1_001);
        assertThat(violations()).filteredOn(one -> one.startsWith("late")).hasSize(2);
    }

    @Test
    void givesAFaultTimeToHealAndNoMore() {
        history.struck(new Fault("kill", 1_500, 3_000, false));
        accepted(1_000);
        delivered(3_000 + RECOVERY_MS);
        history.acknowledging("a");
        history.acknowledged("a", 11_100);
        assertThat(violations()).isEmpty();

        QueueHistory later = new QueueHistory();
        later.struck(new Fault("kill", 1_500, 3_000, false));
        later.sending("a", 1_000);
        later.accepted("a", 1_000, 100);
        later.delivered("a", new Delivery(11_001, 15_001, 11_002));
        later.acknowledging("a");
        later.acknowledged("a", 11_100);
        assertThat(new QueueChecker(SCAN_MS, RECOVERY_MS).violations(later))
                .singleElement()
                .asString()
                .startsWith("late: a");
    }

    @Test
    void seesWhatNobodySent() {
        delivered(1_000);

        assertThat(violations()).singleElement().asString().startsWith("invented: a");
    }
}
