package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.assertj.core.data.Index;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Messages that are due later, sent and recalled with the official client. */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class DelayTest {
    private static final int ILLEGAL_MESSAGE = 13;
    private static final int ILLEGAL_OPERATION = 604;
    private static final String TRACE_RECALLS = "com.rocketmq.recall.default.trace.enable";

    @BeforeAll
    static void needsCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache's timer counts whole seconds, and recall is off by default");
    }

    private static Message message(String topic, String body, Consumer<Message> delay) {
        Message message = new Message(topic, Received.bytes(body));
        delay.accept(message);
        return message;
    }

    @Test
    void delaysInAllFourWays(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        long before = System.currentTimeMillis();

        producer.send(message(topic, "level", m -> m.setDelayTimeLevel(1)));
        producer.send(message(topic, "seconds", m -> m.setDelayTimeSec(2)));
        producer.send(message(topic, "milliseconds", m -> m.setDelayTimeMs(300)));
        producer.send(message(topic, "time", m -> m.setDeliverTimeMs(before + 1500)));
        producer.send(new Message(topic, Received.bytes("at once")));

        List<MessageExt> stored = clients.awaitStored(topic, 5);
        assertThat(Received.texts(stored)).containsExactly("at once", "milliseconds", "level", "time", "seconds");
        assertThat(stored)
                .extracting(message -> message.getStoreTimestamp() - before)
                .satisfies(late -> assertThat(late).isGreaterThanOrEqualTo(300), Index.atIndex(1))
                .satisfies(late -> assertThat(late).isGreaterThanOrEqualTo(1000), Index.atIndex(2))
                .satisfies(late -> assertThat(late).isGreaterThanOrEqualTo(1500), Index.atIndex(3))
                .satisfies(late -> assertThat(late).isGreaterThanOrEqualTo(2000), Index.atIndex(4));
        assertThat(stored.get(2).getProperty("DELAY")).isEqualTo("1");
        assertThat(stored.get(2).getProperty("REAL_TOPIC")).isEqualTo(topic);
        assertThat(stored)
                .allSatisfy(message ->
                        assertThat(message.getBornTimestamp()).isBetween(before, System.currentTimeMillis()));
    }

    @Test
    void deliversInTheOrderInWhichMessagesAreDue(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        long base = System.currentTimeMillis() + 4000;
        record Sent(String body, long dueMs) {}
        List<Sent> sent = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            long dueMs = base + (n * 7919) % 400;
            producer.send(message(topic, "m" + n, m -> m.setDeliverTimeMs(dueMs)));
            sent.add(new Sent("m" + n, dueMs));
        }
        Assumptions.assumeTrue(System.currentTimeMillis() < base, "this machine was too slow to send all in time");
        sent.sort(Comparator.comparingLong(Sent::dueMs)); // stable: what is due at once keeps its order

        List<MessageExt> stored = clients.awaitStored(topic, 200);

        assertThat(Received.texts(stored))
                .containsExactlyElementsOf(sent.stream().map(Sent::body).toList());
        for (int n = 0; n < 200; n++) {
            assertThat(stored.get(n).getStoreTimestamp())
                    .isGreaterThanOrEqualTo(sent.get(n).dueMs());
        }
    }

    @Test
    void deliversAtOnceWhatIsDueAlready(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);

        SendResult result = producer.send(message(topic, "past", m -> m.setDeliverTimeMs(1)));

        assertThat(result.getRecallHandle()).isNull();
        assertThat(Received.texts(clients.readAll(topic))).containsExactly("past");
    }

    @Test
    void refusesWhatIsDueTooFarAway(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);

        assertThatThrownBy(() -> producer.send(message(topic, "m", m -> m.setDelayTimeSec(11L * 365 * 24 * 3600))))
                .isInstanceOfSatisfying(
                        MQBrokerException.class,
                        e -> assertThat(e.getResponseCode()).isEqualTo(ILLEGAL_MESSAGE))
                .hasMessageContaining("max delay");
        SendResult ninetyDays = producer.send(message(topic, "m", m -> m.setDelayTimeSec(90L * 24 * 3600)));
        assertThat(ninetyDays.getSendStatus()).isEqualTo(SendStatus.SEND_OK);
        producer.recallMessage(topic, ninetyDays.getRecallHandle());
    }

    @Test
    void recallsWhatWaitsAndSaysWhenItIsTooLate(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        SendResult cancelled = producer.send(message(topic, "cancelled", m -> m.setDelayTimeMs(1500)));
        SendResult fired = producer.send(message(topic, "fired", m -> m.setDelayTimeMs(1600)));

        assertThat(producer.recallMessage(topic, cancelled.getRecallHandle())).isEqualTo(cancelled.getMsgId());
        assertThat(producer.recallMessage(topic, cancelled.getRecallHandle()))
                .as("recalled again")
                .isEqualTo(cancelled.getMsgId());
        assertThat(Received.texts(clients.awaitStored(topic, 1))).containsExactly("fired");
        assertThatThrownBy(() -> producer.recallMessage(topic, fired.getRecallHandle()))
                .isInstanceOfSatisfying(
                        MQBrokerException.class,
                        e -> assertThat(e.getResponseCode()).isEqualTo(ILLEGAL_OPERATION))
                .hasMessageContaining("delivered already");
    }

    @Test
    void replacesAMessageWithTheSameKey(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);

        producer.send(keyed(topic, "first", "order-1", 1000));
        SendResult second = producer.send(keyed(topic, "second", "order-1", 1200));
        producer.send(keyed(topic, "other", "order-2", 1300));

        assertThat(second.getRecallHandle()).isNotNull();
        assertThat(Received.texts(clients.awaitStored(topic, 2))).containsExactly("second", "other");
    }

    @Test
    void refusesASecondMessageWithTheSameKeyWhenAsked(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        producer.setRetryTimesWhenSendFailed(0);
        String topic = clients.topic(1);
        producer.send(keyed(topic, "first", "order-1", 1000));
        Message second = keyed(topic, "second", "order-1", 1000);
        second.putUserProperty("CARILLON_KEY_POLICY", "refuse");

        assertThatThrownBy(() -> producer.send(second))
                .isInstanceOf(MQBrokerException.class)
                .hasMessageContaining("order-1");
        assertThat(Received.texts(clients.awaitStored(topic, 1))).containsExactly("first");
    }

    @Test
    void tracesARecallWhenItsClientIsToldTo(Clients clients) throws Exception {
        String topic = clients.topic(1);
        String traces = clients.topic(1);
        System.setProperty(TRACE_RECALLS, "true"); // read when a producer is made
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"), true, traces);
        clients.configure(producer);
        producer.start();
        clients.atEnd(producer::shutdown);
        System.clearProperty(TRACE_RECALLS);
        SendResult sent = producer.send(message(topic, "recalled", m -> m.setDelayTimeMs(60_000)));

        producer.recallMessage(topic, sent.getRecallHandle());

        // one trace message may tell of several things that were done
        Clients.soon()
                .ignoreExceptions()
                .until(() -> clients.readAll(traces).stream()
                        .flatMap(trace -> Arrays.stream(Received.text(trace).split("\u0002", -1)))
                        .anyMatch(trace -> trace.startsWith("Recall") && trace.contains(sent.getMsgId())));
    }

    @Test
    void repeatsARecurringMessageUntilItIsRecalled(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Message tick = new Message(topic, Received.bytes("tick"));
        tick.putUserProperty("CARILLON_CRON", "@every 200ms");

        SendResult sent = producer.send(tick);
        List<MessageExt> stored = clients.awaitStored(topic, 3);
        producer.recallMessage(topic, sent.getRecallHandle());
        int count = clients.readAll(topic).size();

        assertThat(stored.getFirst().getMsgId()).isEqualTo(sent.getMsgId());
        assertThat(stored).extracting(MessageExt::getMsgId).doesNotHaveDuplicates();
        assertThat(stored).extracting(MessageExt::getStoreTimestamp).isSorted();
        producer.send(message(topic, "end", m -> m.setDelayTimeMs(1000)));
        assertThat(Received.texts(clients.awaitStored(topic, count + 1)))
                .filteredOn("tick"::equals)
                .hasSize(count);
    }

    @Test
    void dropsWhatCouldNotBeDeliveredWithinItsTimeToLive(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        pause(clients, topic);
        Message shortLived = message(topic, "short-lived", m -> m.setDelayTimeMs(200));
        shortLived.putUserProperty("CARILLON_TTL_MS", "300");
        producer.send(shortLived);
        producer.send(message(topic, "stays", m -> m.setDelayTimeMs(300)));
        awaitPassed(clients, 1500);

        resume(clients, topic);

        Message inTime = message(topic, "in time", m -> m.setDelayTimeMs(300));
        inTime.putUserProperty("CARILLON_TTL_MS", "30000");
        producer.send(inTime);
        assertThat(Received.texts(clients.awaitStored(topic, 2))).containsExactly("stays", "in time");
    }

    @Test
    void makesUpForEachMissedOccurrenceOnlyWhenAsked(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        Map<String, List<Long>> distances = new HashMap<>();
        for (String misfire : List.of("all", "once")) {
            String topic = clients.topic(1);
            Message tick = new Message(topic, Received.bytes("tick"));
            tick.putUserProperty("CARILLON_CRON", "@every 500ms");
            tick.putUserProperty("CARILLON_MISFIRE", misfire);
            SendResult sent = producer.send(tick);
            clients.awaitStored(topic, 1);
            pause(clients, topic);
            awaitPassed(clients, 3000);
            resume(clients, topic);
            clients.awaitStored(topic, 8);
            producer.recallMessage(topic, sent.getRecallHandle());
            List<Long> times = clients.readAll(topic).stream()
                    .map(message -> Long.parseLong(message.getProperty("TIMER_OUT_MS")))
                    .toList();
            distances.put(
                    misfire,
                    IntStream.range(1, times.size())
                            .mapToObj(n -> times.get(n) - times.get(n - 1))
                            .toList());
        }

        assertThat(distances.get("all")).as("none is missing").containsOnly(500L);
        assertThat(distances.get("once"))
                .as("one for all that were missed")
                .allMatch(distance -> distance % 500 == 0)
                .anyMatch(distance -> distance >= 2500);
    }

    @Test
    void spreadsMessagesWithinTheirJitter(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Map<String, Long> dueMs = new HashMap<>();
        for (int n = 0; n < 40; n++) {
            long due = System.currentTimeMillis() + 500;
            Message jittered = message(topic, "m" + n, m -> m.setDeliverTimeMs(due));
            jittered.putUserProperty("CARILLON_JITTER_MS", "1000");
            producer.send(jittered);
            dueMs.put("m" + n, due);
        }

        List<MessageExt> stored = clients.awaitStored(topic, 40);

        assertThat(stored)
                .allSatisfy(message -> assertThat(message.getStoreTimestamp())
                        .isGreaterThanOrEqualTo(Long.parseLong(message.getProperty("TIMER_OUT_MS"))));
        List<Long> jitters = stored.stream()
                .map(message -> Long.parseLong(message.getProperty("TIMER_OUT_MS")) - dueMs.get(Received.text(message)))
                .toList();
        assertThat(jitters).allMatch(ms -> ms >= 0 && ms <= 1000);
        assertThat(new HashSet<>(jitters)).as("times that differ").hasSizeGreaterThan(20);
    }

    private static void pause(Clients clients, String topic) throws Exception {
        order(clients, 9507, topic);
    }

    private static void resume(Clients clients, String topic) throws Exception {
        order(clients, 9508, topic);
    }

    private static void order(Clients clients, int code, String topic) throws Exception {
        try (RawClient client = RawClient.connect(clients.server().broker())) {
            assertThat(client.call(code, Map.of("topic", topic), new byte[0]).code())
                    .isZero();
        }
    }

    /** So long by the server's clock: a message that is due then has come. */
    private static void awaitPassed(Clients clients, long ms) throws Exception {
        String topic = clients.topic(1);
        clients.producer().send(message(topic, "clock", m -> m.setDelayTimeMs(ms)));
        clients.awaitStored(topic, 1);
    }

    private static Message keyed(String topic, String body, String key, long delayMs) {
        Message message = message(topic, body, m -> m.setDelayTimeMs(delayMs));
        message.putUserProperty("CARILLON_KEY", key);
        return message;
    }
}
