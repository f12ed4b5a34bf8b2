package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.history.Event.Acked;
import io.carillon.systemtests.history.Event.Audited;
import io.carillon.systemtests.history.Event.Committed;
import io.carillon.systemtests.history.Event.CommittedRead;
import io.carillon.systemtests.history.Event.Key;
import io.carillon.systemtests.history.Event.Logged;
import io.carillon.systemtests.history.Event.Place;
import io.carillon.systemtests.history.Event.Received;
import io.carillon.systemtests.history.Event.Sent;
import io.carillon.systemtests.history.Event.Unknown;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A checker that cannot say no proves nothing, so most of these histories are bad ones. */
class HistoryCheckerTest {
    private static final Key A1 = new Key("a", 1);
    private static final Key A2 = new Key("a", 2);
    private static final Key A3 = new Key("a", 3);
    private static final String GROUP = "g";

    private final List<Event> events = new ArrayList<>();

    @Test
    void acceptsASoundHistory() {
        three();
        auditOf(A1, A2, A3);

        assertThat(check(true)).isEmpty();
    }

    @Test
    void acceptsAnUnknownSendThatWasStoredAndOneThatWasNot() {
        three();
        events.add(new Sent(new Key("p", 1)));
        events.add(new Unknown(new Key("p", 1)));
        events.add(new Sent(new Key("p", 2)));
        events.add(new Unknown(new Key("p", 2)));
        auditOf(A1, A2, A3, new Key("p", 2));

        assertThat(check(true)).isEmpty();
    }

    @Test
    void acceptsARepeatedCopyWhereTheServerIsNotIdempotent() {
        three();
        events.add(new Sent(A3));
        auditOf(A1, A2, A3, A3);

        assertThat(check(false)).isEmpty();
        assertThat(check(true)).anyMatch(v -> v.startsWith("copies"));
    }

    @Test
    void acceptsARedeliveryThatStepsBack() {
        three();
        events.add(new Received(GROUP, A2, new Place(0, 1), true));
        events.add(new Received(GROUP, A3, new Place(0, 2), true));
        auditOf(A1, A2, A3);

        assertThat(check(true)).isEmpty();
    }

    @Test
    void findsALostMessage() {
        three();
        auditOf(A1, A2);

        assertThat(check(true)).anyMatch(v -> v.startsWith("lost") && v.contains("n=3"));
    }

    @Test
    void findsAMessageThatWasNeverReceived() {
        three();
        events.removeIf(event -> event instanceof Received(String g, Key key, Place p, boolean i) && key.equals(A3));
        auditOf(A1, A2, A3);

        assertThat(check(true)).singleElement().asString().startsWith("lost").contains("never received");
    }

    @Test
    void findsSwappedMessages() {
        three();
        auditOf(A1, A3, A2);

        assertThat(check(true))
                .anyMatch(v -> v.startsWith("rewritten"))
                .anyMatch(v -> v.startsWith("lost"))
                .anyMatch(v -> v.startsWith("gap"));
    }

    @Test
    void findsAPlaceThatTwoReadersSawDifferently() {
        three();
        events.add(new Sent(new Key("p", 1)));
        events.add(new Sent(new Key("p", 2)));
        events.add(new Received(GROUP, new Key("p", 1), new Place(0, 3), true));
        auditOf(A1, A2, A3, new Key("p", 2));

        assertThat(check(true)).singleElement().asString().startsWith("rewritten");
    }

    @Test
    void findsAnInventedMessage() {
        three();
        auditOf(A1, A2, A3, Key.FOREIGN);

        assertThat(check(true)).singleElement().asString().startsWith("invented");
    }

    @Test
    void findsADamagedBody() {
        three();
        events.add(new Logged(A1, new Place(0, 0), false));
        events.add(new Logged(A2, new Place(0, 1), true));
        events.add(new Logged(A3, new Place(0, 2), true));
        events.add(new Audited(0, 0, 3));

        assertThat(check(true)).singleElement().asString().startsWith("damaged");
    }

    @Test
    void findsAGapInAStream() {
        send(A1, 0);
        events.add(new Sent(A2));
        events.add(new Unknown(A2));
        send(A3, 1);
        auditOf(A1, A3);

        assertThat(check(true)).singleElement().asString().startsWith("gap");
    }

    @Test
    void findsAStreamInTwoQueues() {
        three();
        events.add(new Sent(A3));
        auditOf(A1, A2, A3);
        events.add(new Logged(A3, new Place(1, 0), true));
        events.add(new Audited(1, 0, 1));

        assertThat(check(false)).anyMatch(v -> v.startsWith("gap") && v.contains("as well"));
    }

    @Test
    void findsARetryThatWasAnsweredWithASecondPlace() {
        three();
        send(A3, 3);
        auditOf(A1, A2, A3, A3);

        assertThat(check(true)).anyMatch(v -> v.startsWith("copies") && v.contains("several places"));
        assertThat(check(false)).isEmpty();
    }

    @Test
    void findsMoreCopiesThanAttempts() {
        three();
        auditOf(A1, A2, A3, A3);

        assertThat(check(false)).singleElement().asString().startsWith("copies");
    }

    @Test
    void findsAHoleInTheOffsets() {
        send(A1, 0);
        send(A2, 2);
        events.add(new Logged(A1, new Place(0, 0), true));
        events.add(new Logged(A2, new Place(0, 2), true));
        events.add(new Audited(0, 0, 3));

        assertThat(check(true)).anyMatch(v -> v.startsWith("hole"));
    }

    @Test
    void findsAQueueThatEndsBeforeItsMaximum() {
        three();
        for (Key key : List.of(A1, A2, A3)) {
            events.add(new Logged(key, new Place(0, key.n() - 1), true));
        }
        events.add(new Audited(0, 0, 4));

        assertThat(check(true)).singleElement().asString().startsWith("hole");
    }

    @Test
    void findsAQueueThatBecameShorter() {
        three();
        events.add(new Sent(new Key("p", 1)));
        auditOf(A1, A2, A3, new Key("p", 1));
        auditOf(A1, A2, A3);

        assertThat(check(true)).singleElement().asString().startsWith("fallen");
    }

    @Test
    void findsASkippedDelivery() {
        events.add(new Sent(A1));
        events.add(new Acked(A1, new Place(0, 0)));
        send(A2, 1);
        events.add(new Received(GROUP, A1, new Place(0, 0), true));
        auditOf(A1, A2);

        assertThat(check(true)).singleElement().asString().startsWith("skipped");
    }

    @Test
    void findsACommittedOffsetThatFell() {
        three();
        events.add(new Committed(GROUP, 0, 3));
        events.add(new CommittedRead(GROUP, 0, 2));
        auditOf(A1, A2, A3);

        assertThat(check(true)).singleElement().asString().startsWith("fallen");
    }

    @Test
    void findsACommittedOffsetBeyondTheEnd() {
        three();
        events.add(new CommittedRead(GROUP, 0, 4));
        auditOf(A1, A2, A3);

        assertThat(check(true)).singleElement().asString().startsWith("fallen").contains("beyond");
    }

    private void three() {
        send(A1, 0);
        send(A2, 1);
        send(A3, 2);
    }

    private void send(Key key, long offset) {
        Place place = new Place(0, offset);
        events.add(new Sent(key));
        events.add(new Acked(key, place));
        events.add(new Received(GROUP, key, place, true));
    }

    private void auditOf(Key... keys) {
        for (int offset = 0; offset < keys.length; offset++) {
            events.add(new Logged(keys[offset], new Place(0, offset), true));
        }
        events.add(new Audited(0, 0, keys.length));
    }

    private List<String> check(boolean isIdempotent) {
        History history = new History();
        events.forEach(history::add);
        return new HistoryChecker(Set.of(GROUP), Set.of("a"), isIdempotent).violations(history);
    }
}
