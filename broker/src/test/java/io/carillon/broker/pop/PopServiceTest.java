package io.carillon.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.consume.PopPoll;
import io.carillon.broker.pop.PopBroker.Got;
import io.carillon.message.Topic;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PopServiceTest {
    private final PopBroker broker = new PopBroker(1, 2);

    private static List<String> ids(List<Got> got) {
        return got.stream().map(Got::id).toList();
    }

    private List<String> send(int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(broker.send(0, "a"));
        }
        return ids;
    }

    @Test
    void handsAMessageOutOnceWhileItIsInvisible() {
        List<String> sent = send(3);

        List<Got> first = broker.take(PopBroker.pop(2, 1000));
        List<Got> second = broker.take(PopBroker.pop(2, 1000));

        assertThat(ids(first)).isEqualTo(sent.subList(0, 2));
        assertThat(ids(second)).isEqualTo(sent.subList(2, 3));
        assertThat(broker.take(PopBroker.pop(2, 1000))).isEmpty();
    }

    @Test
    void commitsWhatIsBeforeTheOldestMessageInFlight() {
        send(4);
        List<Got> all = broker.take(PopBroker.pop(4, 10_000));
        broker.ack(all.get(0));
        broker.ack(all.get(2));

        broker.pass(20);
        assertThat(broker.committed(0)).isEqualTo(1);

        broker.ack(all.get(1));
        broker.pass(20);
        assertThat(broker.committed(0)).isEqualTo(3);
    }

    @Test
    void givesBackWhatWasNotSettledExactlyWhenItsTimeIsOver() {
        List<String> sent = send(2);
        broker.ack(broker.take(PopBroker.pop(2, 500)).get(1));

        broker.pass(499);
        assertThat(broker.take(PopBroker.pop(2, 500))).isEmpty();
        broker.pass(1);

        List<Got> again = broker.take(PopBroker.pop(2, 500));
        assertThat(ids(again)).isEqualTo(sent.subList(0, 1));
        assertThat(again.getFirst().reconsumeTimes()).isEqualTo(1);
        assertThat(again.getFirst().kind()).isEqualTo(RetryKind.V1);
        assertThat(broker.committed(0)).isEqualTo(2);
    }

    @Test
    void makesADeadLetterOfWhatWasTriedTooOften() {
        List<String> sent = send(1);
        for (int tries = 0; tries <= 2; tries++) {
            List<Got> got = broker.take(PopBroker.pop(1, 100));
            assertThat(got).hasSize(1);
            assertThat(got.getFirst().reconsumeTimes()).isEqualTo(tries);
            broker.pass(100);
        }

        assertThat(broker.take(PopBroker.pop(1, 100))).isEmpty();
        assertThat(broker.stored("%DLQ%G")).isEqualTo(sent);
    }

    /** As often as it may be tried, and once more: nobody ever had it. */
    @Test
    void givesBackAtOnceWhatReachedNobodyAndDoesNotCountItAsATry() {
        List<String> sent = send(2);
        List<Got> got = broker.take(PopBroker.pop(2, 10_000));
        for (int i = 0; i <= 3; i++) {
            broker.giveBack(got);
            broker.pass(0);
            broker.giveBack(got);

            got = broker.take(PopBroker.pop(2, 10_000));

            assertThat(ids(got)).isEqualTo(sent);
            assertThat(got).extracting(Got::reconsumeTimes).containsOnly(0);
        }
        assertThat(broker.take(PopBroker.pop(2, 10_000))).isEmpty();
        broker.ack(got.get(0));
        broker.crash(Loss.everything());
        broker.pass(10_000);
        List<Got> rest = broker.take(PopBroker.pop(2, 10_000));
        assertThat(ids(rest)).contains(sent.get(1));
        assertThat(rest).extracting(Got::reconsumeTimes).containsOnly(1);
    }

    @Test
    void keepsAMessageInvisibleForAsLongAsItsConsumerSaysAndTakesTheNewReceiptOnly() {
        send(1);
        Got old = broker.take(PopBroker.pop(1, 100)).getFirst();

        long poppedMs = broker.change(old, 1000);
        assertThat(broker.ack(old)).isEqualTo(PopService.Outcome.DONE);
        broker.pass(999);
        assertThat(broker.take(PopBroker.pop(1, 100))).isEmpty();
        assertThat(broker.change(old, 100)).as("by the old receipt").isEqualTo(-1);

        Got renewed = new Got(old.id(), old.kind(), old.queue(), old.offset(), poppedMs, 0, 0);
        broker.ack(renewed);
        broker.pass(5000);
        assertThat(broker.take(PopBroker.pop(1, 100))).isEmpty();
    }

    @Test
    void keepsAllThatIsInFlightThroughARestart() {
        List<String> sent = send(3);
        List<Got> got = broker.take(PopBroker.pop(2, 1000));
        broker.ack(got.getFirst());
        broker.pass(20);

        broker.crash(Loss.everything());

        assertThat(ids(broker.take(PopBroker.pop(3, 1000))))
                .as("what nobody has")
                .isEqualTo(sent.subList(2, 3));
        assertThat(broker.ack(got.get(1))).isEqualTo(PopService.Outcome.DONE);
        broker.restart();
        broker.pass(5000);
        assertThat(ids(broker.take(PopBroker.pop(3, 1000)))).isEqualTo(sent.subList(2, 3));
    }

    @Test
    void handsOutWhatAFilterWantsAndCountsTheRestAsConsumed() {
        String wanted = broker.send(0, "b");
        send(2);
        Pop pop = new Pop("G", "T", -1, 8, 100, false, "b", "TAG", false, null);

        List<Got> got = broker.take(pop);
        broker.ack(got.getFirst());
        broker.pass(20);

        assertThat(ids(got)).containsExactly(wanted);
        assertThat(broker.committed(0)).isEqualTo(3);
    }

    @Test
    void beginsWhereSomebodyElseSaysAndForgetsWhatIsInFlight() {
        List<String> sent = send(6);
        List<Got> got = broker.take(PopBroker.pop(6, 10_000));

        broker.broker().offsets().commit("G", "T", 0, 4, _ -> {});
        broker.work();

        List<Got> again = broker.take(PopBroker.pop(6, 10_000));
        assertThat(ids(again)).isEqualTo(sent.subList(4, 6));
        broker.ack(got.getLast());
        broker.pass(20);
        assertThat(broker.committed(0)).as("an old receipt settles nothing").isEqualTo(4);
        broker.crash(Loss.everything());
        assertThat(broker.take(PopBroker.pop(6, 10_000))).isEmpty();
    }

    @Test
    void givesAMessageToNobodyWhenItCannotBeMadeDurableWhoHasIt() {
        List<String> sent = send(2);
        broker.disk().failFrom(Call.Kind.FORCE, 1, Fault.IO_ERROR);

        assertThat(broker.result(PopBroker.pop(2, 10_000))).isInstanceOf(PopResult.NotStored.class);

        broker.crash(Loss.everything());
        assertThat(ids(broker.take(PopBroker.pop(2, 10_000)))).isEqualTo(sent);
    }

    @Test
    void handsOutAgainWhatWasAcknowledgedRightBeforeAPowerLossButNotBeforeItsTime() {
        List<String> sent = send(1);
        broker.ack(broker.take(PopBroker.pop(1, 1000)).getFirst());

        broker.crash(Loss.everything());

        assertThat(broker.take(PopBroker.pop(1, 1000))).isEmpty();
        broker.pass(1000);
        assertThat(ids(broker.take(PopBroker.pop(1, 1000)))).isEqualTo(sent);
    }

    @Test
    void saysWhenTooMuchIsInFlight() {
        PopConfig small = new PopConfig(2, 100, 10);
        PopBroker limited = new PopBroker(1, 2, small);
        limited.send(0, "a");
        limited.send(0, "a");
        limited.send(0, "a");
        List<Got> got = limited.take(PopBroker.pop(2, 10_000));

        assertThat(limited.result(PopBroker.pop(2, 10_000))).isEqualTo(new PopResult.Nothing(true));

        got.forEach(limited::ack);
        assertThat(limited.take(PopBroker.pop(2, 10_000))).hasSize(1);
    }

    @Test
    void keepsWhatIsDeletedWithItsTopicOutOfTheNextOne() {
        send(3);
        broker.take(PopBroker.pop(2, 200));

        broker.broker().topics().delete("T", _ -> {});
        broker.work();
        broker.pass(1000);
        broker.broker().topics().put(Topic.of("T", 1), _ -> {});
        broker.work();
        List<String> sent = send(2);

        assertThat(ids(broker.take(PopBroker.pop(8, 200)))).isEqualTo(sent);
        broker.crash(Loss.everything());
        broker.pass(200);
        assertThat(ids(broker.take(PopBroker.pop(8, 200)))).containsExactlyElementsOf(sent);
    }

    // ---- in order

    @Test
    void blocksAQueueInOrderUntilAllIsSettled() {
        List<String> sent = send(3);
        List<Got> first = broker.take(PopBroker.ordered(2, 1000, null));

        assertThat(broker.take(PopBroker.ordered(2, 1000, null))).isEmpty();
        first.forEach(broker::ack);

        assertThat(ids(broker.take(PopBroker.ordered(2, 1000, null)))).isEqualTo(sent.subList(2, 3));
    }

    /** As RocketMQ has it: acknowledged out of turn is not acknowledged. */
    @Test
    void handsOutInOrderAgainFromTheFirstThatWasNotSettled() {
        List<String> sent = send(4);
        List<Got> first = broker.take(PopBroker.ordered(3, 500, null));
        broker.ack(first.get(0));
        broker.ack(first.get(2));
        assertThat(broker.change(first.get(1), 300)).isEqualTo(first.get(1).poppedMs());

        broker.pass(299);
        assertThat(broker.take(PopBroker.ordered(3, 500, null))).isEmpty();
        broker.pass(1);

        List<Got> second = broker.take(PopBroker.ordered(3, 500, null));
        assertThat(ids(second)).isEqualTo(sent.subList(1, 4));
        assertThat(second.stream().map(Got::tries)).containsExactly(1, 1, 0);
        assertThat(broker.stored("%RETRY%G_T")).isEmpty();
    }

    @Test
    void givesTheSameAttemptTheSameMessagesAgain() {
        List<String> sent = send(1);
        assertThat(broker.take(PopBroker.ordered(3, 1000, "a")).getFirst().tries())
                .isZero();
        assertThat(broker.take(PopBroker.ordered(3, 1000, "b"))).isEmpty();

        List<Got> again = broker.take(PopBroker.ordered(3, 1000, "a"));
        assertThat(ids(again)).isEqualTo(sent);
        assertThat(again.getFirst().tries()).isZero();
        broker.pass(1000);
        assertThat(broker.take(PopBroker.ordered(3, 1000, "b")).getFirst().tries())
                .isEqualTo(1);
    }

    @Test
    void keepsAQueueInOrderBlockedThroughACrash() {
        List<String> sent = send(3);
        List<Got> first = broker.take(PopBroker.ordered(2, 1000, "a"));
        broker.crash(Loss.everything());

        assertThat(broker.take(PopBroker.ordered(2, 1000, "b"))).isEmpty();
        assertThat(ids(broker.take(PopBroker.ordered(2, 1000, "a")))).isEqualTo(ids(first));
        broker.pass(1000);
        List<Got> again = broker.take(PopBroker.ordered(3, 1000, "b"));
        assertThat(ids(again)).isEqualTo(sent);
        assertThat(again.stream().map(Got::tries)).containsExactly(1, 1, 0);
    }

    // ---- waiting

    private static final class Waiter extends PopPoll {
        private boolean isResumed;
        private boolean isAlive = true;

        Waiter(String topic, String group, int queue, boolean isNotice) {
            super(topic, group, queue, isNotice);
        }

        @Override
        protected void resume() {
            isResumed = true;
        }

        @Override
        protected boolean isAlive() {
            return isAlive;
        }
    }

    private Waiter wait(Pop pop) {
        assertThat(broker.take(pop)).isEmpty();
        Waiter waiter = new Waiter(pop.topic(), pop.group(), pop.queue(), false);
        assertThat(broker.pops().park(pop, waiter, 5000)).isEqualTo(PopService.Parking.PARKED);
        return waiter;
    }

    @Test
    void wakesOneConsumerForAMessage() {
        Pop pop = PopBroker.pop(8, 100);
        Waiter dead = wait(pop);
        dead.isAlive = false;
        Waiter first = wait(pop);
        Waiter second = wait(pop);

        broker.send(0, "a");

        assertThat(first.isResumed).isTrue();
        assertThat(second.isResumed).isFalse();
        broker.pops().wakeNext(pop);
        assertThat(second.isResumed).isTrue();
    }

    @Test
    void wakesAConsumerForWhatIsToBeTriedAgain() {
        send(1);
        broker.take(PopBroker.pop(1, 300));
        Waiter waiter = wait(PopBroker.pop(1, 300));

        broker.pass(300);

        assertThat(waiter.isResumed).isTrue();
    }

    @Test
    void wakesAConsumerInOrderWhenTheQueueIsFree() {
        send(2);
        Got got = broker.take(PopBroker.ordered(1, 1000, null)).getFirst();
        Waiter waiter = wait(PopBroker.ordered(1, 1000, null));
        broker.ack(got);
        assertThat(waiter.isResumed).isTrue();

        broker.take(PopBroker.ordered(1, 1000, null));
        Waiter another = wait(PopBroker.ordered(1, 1000, null));
        broker.pass(1000);
        assertThat(another.isResumed).isTrue();
    }

    @Test
    void endsAWaitWhenItsTimeIsOver() {
        Waiter waiter = wait(PopBroker.pop(1, 300));
        broker.pass(4990);
        assertThat(waiter.isResumed).isFalse();
        broker.pass(20);
        assertThat(waiter.isResumed).isTrue();
        assertThat(broker.pops().waiting("T", "G")).isZero();
    }
}
