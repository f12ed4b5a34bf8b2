package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.history.Event.Key;
import io.carillon.systemtests.history.Event.Place;
import org.junit.jupiter.api.Test;

/** Bad histories, one for each rule. */
class DelayCheckerTest {
    private static final Key A = new Key("s", 1);
    private static final Key B = new Key("s", 2);

    private final DelayHistory history = new DelayHistory();

    private void sentAndAcked(Key key, long dueMs) {
        history.sent(key, dueMs);
        history.acked(key, 100);
    }

    private void finds(String rule) {
        assertThat(new DelayChecker().violations(history))
                .hasSize(1)
                .first()
                .asString()
                .startsWith(rule);
    }

    @Test
    void findsNothingInASoundHistory() {
        sentAndAcked(A, 1000);
        sentAndAcked(B, 900);
        history.delivered(B, new Place(0, 0), 900, true);
        history.delivered(A, new Place(0, 1), 1003, true);

        assertThat(new DelayChecker().violations(history)).isEmpty();
    }

    @Test
    void findsWhatCameEarly() {
        sentAndAcked(A, 1000);
        history.delivered(A, new Place(0, 0), 999, true);
        finds("early");
    }

    @Test
    void findsWhatWasLost() {
        sentAndAcked(A, 1000);
        finds("lost");
    }

    @Test
    void findsWhatCameTwice() {
        sentAndAcked(A, 1000);
        history.delivered(A, new Place(0, 0), 1000, true);
        history.delivered(A, new Place(0, 1), 1000, true);
        finds("copies");
    }

    @Test
    void findsWhatWasRecalledAndCame() {
        sentAndAcked(A, 1000);
        history.recalled(A);
        history.cancelled(A);
        history.delivered(A, new Place(0, 0), 1000, true);
        finds("undead");
    }

    @Test
    void findsWhatIsSaidToBeDelivered() {
        sentAndAcked(A, 1000);
        history.recalled(A);
        history.toldDelivered(A);
        finds("told wrong");
    }

    @Test
    void findsWhatStandsBehindSomethingDueLater() {
        sentAndAcked(A, 1000);
        sentAndAcked(B, 900);
        history.delivered(A, new Place(0, 0), 1000, true);
        history.delivered(B, new Place(0, 1), 1000, true);
        finds("disorder");
    }

    @Test
    void findsWhatIsDamagedOrInvented() {
        history.delivered(A, new Place(0, 0), 1000, true);
        finds("invented");
    }
}
