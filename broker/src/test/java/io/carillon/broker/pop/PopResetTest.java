package io.carillon.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.pop.PopBroker.Got;
import io.carillon.testkit.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An administrator says where a group goes on that pops, or that popped before. */
class PopResetTest {
    private final PopBroker broker = new PopBroker(1, 2);
    private final List<String> sent = new ArrayList<>();

    @BeforeEach
    void send() {
        for (int i = 0; i < 6; i++) {
            sent.add(broker.send(0, "a"));
        }
    }

    private Offsets offsets() {
        return broker.broker().offsets();
    }

    private void reset(long offset) {
        broker.pass(1);
        offsets().reset("G", "T", Map.of(0, offset), _ -> {});
        broker.work();
    }

    private static List<String> ids(List<Got> got) {
        return got.stream().map(Got::id).toList();
    }

    private void settle(List<Got> got) {
        got.forEach(broker::ack);
        broker.pass(20);
    }

    @Test
    void isTakenByWhoeverPopsNextAndProgressCountsAgain() {
        settle(broker.take(PopBroker.pop(6, 1000)));
        reset(2);

        List<Got> again = broker.take(PopBroker.pop(3, 1000));
        assertThat(ids(again)).isEqualTo(sent.subList(2, 5));
        settle(again);

        assertThat(broker.committed(0)).isEqualTo(5);
        assertThat(offsets().resetCount()).isZero();
        broker.crash(Loss.everything());
        assertThat(ids(broker.take(PopBroker.pop(6, 1000)))).isEqualTo(sent.subList(5, 6));
    }

    @Test
    void isTakenByAGroupThatPopsForTheFirstTime() {
        reset(2);

        List<Got> got = broker.take(PopBroker.pop(6, 1000));
        assertThat(ids(got)).isEqualTo(sent.subList(2, 6));
        settle(got);

        assertThat(broker.committed(0)).isEqualTo(6);
        assertThat(offsets().resetCount()).isZero();
    }

    @Test
    void isToldToAConsumerThatPullsAlthoughTheGroupPoppedBefore() {
        settle(broker.take(PopBroker.pop(2, 1000)));
        offsets().commit("G", "T", 0, 5, _ -> {});
        broker.work();

        reset(1);

        assertThat(offsets().commit("G", "T", 0, 6)).as("before it was told").isFalse();
        assertThat(offsets().resetFor("G", "T", 0, 6, this)).isEqualTo(1);
        assertThat(offsets().resetFor("G", "T", 0, 1, this)).isEqualTo(-1);
        broker.work();
        assertThat(offsets().commit("G", "T", 0, 3)).isTrue();
        broker.pass(100);
        assertThat(broker.committed(0)).isEqualTo(3);
        assertThat(ids(broker.take(PopBroker.pop(6, 1000)))).isEqualTo(sent.subList(3, 6));
    }

    @Test
    void winsOverACommitThatWasOnItsWayToTheLog() {
        settle(broker.take(PopBroker.pop(2, 1000)));
        offsets().reset("G", "T", Map.of(0, 4L), _ -> {});
        offsets().commit("G", "T", 0, 1);
        offsets().write();
        broker.work();

        assertThat(ids(broker.take(PopBroker.pop(6, 1000)))).isEqualTo(sent.subList(4, 6));
    }

    @Test
    void handsOutAgainWhatIsInFlightAndWhatWasSettledBehindItAlsoWhereTheGroupIs() {
        List<Got> got = broker.take(PopBroker.pop(3, 60_000));
        settle(got.subList(1, 3));
        assertThat(broker.committed(0)).isZero();

        reset(0);

        assertThat(ids(broker.take(PopBroker.pop(6, 1000)))).isEqualTo(sent);
    }

    @Test
    void leavesNothingOfAGroupThatIsDeletedWhileItPops() {
        broker.broker().groups().delete("G", true, _ -> {});
        broker.pops().pop(PopBroker.pop(2, 1000), _ -> {});
        broker.work();

        assertThat(offsets().of("G")).isEmpty();
    }
}
