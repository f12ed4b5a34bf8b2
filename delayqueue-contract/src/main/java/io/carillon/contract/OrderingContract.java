package io.carillon.contract;

import static io.carillon.contract.Conversation.GROUP;
import static io.carillon.contract.Conversation.WAIT;
import static io.carillon.contract.Conversation.text;
import static io.carillon.contract.Conversation.textOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages with the same ordering key are handed out in the order in which they are due. */
interface OrderingContract extends Conversations {
    List<String> KEYS = List.of("one", "two", "three");

    /** Sending takes less, on a machine that has much to do, too. */
    long DELAY_MS = 2_000;

    private static NewMessage.Builder numbered(int key, int number) {
        return text(Integer.toString(number)).setOrderingKey(KEYS.get(key));
    }

    /** The numbers of the messages, by their ordering key, in the order in which they were handed out. */
    private static Map<String, List<Integer>> pullAll(Conversation on, int count, int atOnce) {
        Map<String, List<Integer>> byKey = new HashMap<>();
        for (int got = 0; got < count; ) {
            List<ReceivedMessage> pulled = on.pull(GROUP, atOnce, WAIT, Durations.fromMinutes(5));
            assertThat(pulled).as("%s of %s came", got, count).isNotEmpty();
            for (ReceivedMessage one : pulled) {
                byKey.computeIfAbsent(one.getMessage().getOrderingKey(), _ -> new ArrayList<>())
                        .add(Integer.valueOf(textOf(one.getMessage())));
            }
            on.ack(pulled.stream().map(ReceivedMessage::getReceipt).toArray(String[]::new));
            got += pulled.size();
        }
        return byKey;
    }

    private static void assertInOrder(Map<String, List<Integer>> byKey, int count) {
        assertThat(byKey).containsOnlyKeys(KEYS);
        byKey.values()
                .forEach(numbers -> assertThat(numbers)
                        .containsExactlyElementsOf(
                                IntStream.range(0, count).boxed().toList()));
    }

    @ParameterizedTest
    @EnumSource
    default void messagesOfOneOrderingKeyComeInTheOrderInWhichTheyWereSent(Over how) {
        Conversation on = over(how);
        for (int i = 0; i < 20; i++) {
            for (int key = 0; key < KEYS.size(); key++) {
                on.send(numbered(key, i));
            }
        }
        assertInOrder(pullAll(on, 60, 7), 20);
    }

    @ParameterizedTest
    @EnumSource
    default void messagesOfOneBatchComeInTheirOrderThere(Over how) {
        Conversation on = over(how);
        on.sendBatch(IntStream.range(0, 90)
                .mapToObj(i -> numbered(i % KEYS.size(), i / KEYS.size()))
                .toArray(NewMessage.Builder[]::new));
        assertInOrder(pullAll(on, 90, 1), 30);
    }

    @ParameterizedTest
    @EnumSource
    default void messagesOfOneOrderingKeyComeInTheOrderInWhichTheyAreDue(Over how) {
        Conversation on = over(how);
        long firstMs = System.currentTimeMillis() + DELAY_MS;
        on.sendBatch(IntStream.range(0, 30)
                .map(i -> 29 - i)
                .mapToObj(i -> numbered(i % KEYS.size(), i / KEYS.size()).setDueAt(Timestamps.fromMillis(firstMs + i)))
                .toArray(NewMessage.Builder[]::new));
        assertInOrder(pullAll(on, 30, 4), 10);
    }

    @ParameterizedTest
    @EnumSource
    default void whatIsDueAtTheSameTimeComesInTheOrderInWhichItWasSent(Over how) {
        Conversation on = over(how);
        Timestamp due = Timestamps.fromMillis(System.currentTimeMillis() + DELAY_MS);
        for (int part = 0; part < 3; part++) {
            on.sendBatch(IntStream.range(30 * part, 30 * part + 30)
                    .mapToObj(i -> numbered(i % KEYS.size(), i / KEYS.size()).setDueAt(due))
                    .toArray(NewMessage.Builder[]::new));
        }
        assertInOrder(pullAll(on, 90, 4), 30);
    }
}
