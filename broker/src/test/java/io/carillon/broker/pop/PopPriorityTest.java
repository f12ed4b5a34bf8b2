package io.carillon.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.pop.PopBroker.Got;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import io.carillon.message.Topic.Permission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Pops from a topic whose queues are priorities. */
class PopPriorityTest {
    private static final int QUEUES = 8;

    private final PopBroker broker = new PopBroker(QUEUES, 16);

    private void makeTopic(String type) {
        Topic topic = new Topic(
                PopBroker.TOPIC,
                QUEUES,
                QUEUES,
                Permission.READ | Permission.WRITE,
                "SINGLE_TAG",
                0,
                false,
                Map.of("message.type", type));
        broker.broker().topics().put(topic, _ -> {});
        broker.work();
    }

    private void factor(String factor) {
        ConsumerGroup of = ConsumerGroup.of(PopBroker.GROUP);
        broker.broker()
                .groups()
                .put(
                        new ConsumerGroup(
                                PopBroker.GROUP,
                                true,
                                true,
                                true,
                                false,
                                1,
                                16,
                                of.retryPolicy(),
                                0,
                                1,
                                true,
                                0,
                                15,
                                List.of(),
                                Map.of("priority.factor", factor)),
                        _ -> {});
        broker.work();
    }

    private List<Integer> popOneByOne(int times) {
        List<Integer> queues = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            Got got = broker.take(PopBroker.pop(1, 60_000)).getFirst();
            assertThat(got.kind()).isEqualTo(RetryKind.NONE);
            queues.add(got.queue());
        }
        return queues;
    }

    private void sendToEach() {
        for (int queue = 0; queue < QUEUES; queue++) {
            broker.send(queue, "a");
        }
    }

    /** The first queues of so many pops, each of which finds a message in every queue. */
    private Set<Integer> firstOf(int pops) {
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < pops; i++) {
            sendToEach();
            seen.add(broker.take(PopBroker.pop(1, 60_000)).getFirst().queue());
        }
        return seen;
    }

    @Test
    void handsOutTheHighestPriorityFirst() {
        makeTopic("PRIORITY");
        sendToEach();
        sendToEach();

        assertThat(popOneByOne(2 * QUEUES)).containsExactly(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
    }

    @Test
    void handsOutAHigherPriorityThatCameLater() {
        makeTopic("PRIORITY");
        broker.send(2, "a");
        broker.send(2, "a");
        assertThat(popOneByOne(1)).containsExactly(2);

        broker.send(5, "a");

        assertThat(popOneByOne(2)).containsExactly(5, 2);
    }

    @Test
    void triesAgainLast() {
        makeTopic("PRIORITY");
        broker.send(7, "a");
        Got failed = broker.take(PopBroker.pop(1, 100)).getFirst();
        broker.pass(100);
        for (int i = 0; i < 50; i++) {
            broker.send(0, "a");
        }

        assertThat(popOneByOne(50)).containsOnly(0);
        Got again = broker.take(PopBroker.pop(1, 100)).getFirst();
        assertThat(again.id()).isEqualTo(failed.id());
        assertThat(again.reconsumeTimes()).isEqualTo(1);
    }

    @Test
    void takesTheQueuesInTurnWhereTheGroupSaysSo() {
        makeTopic("PRIORITY");
        factor("0");

        assertThat(firstOf(60)).hasSizeGreaterThan(QUEUES / 2);
    }

    @Test
    void takesTheQueuesInTurnInAnyOtherTopic() {
        makeTopic("NORMAL");

        assertThat(firstOf(60)).hasSizeGreaterThan(QUEUES / 2);
    }

    @Test
    void keepsToPrioritiesWhenTheFactorIsNoNumber() {
        makeTopic("PRIORITY");
        factor("much");

        assertThat(firstOf(20)).containsExactly(7);
    }
}
