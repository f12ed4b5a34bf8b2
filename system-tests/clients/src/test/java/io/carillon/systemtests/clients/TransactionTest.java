package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.hook.EndTransactionContext;
import org.apache.rocketmq.client.hook.EndTransactionHook;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactional messages with official producers, on a server that asks soon and gives up soon. */
class TransactionTest {
    private static final String GIVEN_UP = "TRANS_CHECK_MAX_TIME_TOPIC";
    private static Server server;

    private Clients clients;

    @BeforeAll
    static void start() {
        Assumptions.assumeFalse(Server.isApache(), "Apache's broker asks after a minute at the earliest");
        server = start("transactions");
    }

    private static Server start(String name) {
        return Server.startCarillon(
                name + "-" + Dialect.VERSION,
                "--set",
                "transaction.timeout=1s",
                "--set",
                "transaction.check-interval=1s",
                "--set",
                "transaction.checks-max=4");
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void open() {
        clients = new Clients(server);
    }

    @AfterEach
    void close() {
        clients.close();
    }

    /** Decides as it is told, and notes what it was asked. */
    private static final class Listener implements TransactionListener {
        final Function<Message, LocalTransactionState> execute;
        final Function<MessageExt, LocalTransactionState> check;
        final List<MessageExt> checked = new CopyOnWriteArrayList<>();

        Listener(Function<Message, LocalTransactionState> execute, Function<MessageExt, LocalTransactionState> check) {
            this.execute = execute;
            this.check = check;
        }

        static Listener always(LocalTransactionState executed, LocalTransactionState checked) {
            return new Listener(_ -> executed, _ -> checked);
        }

        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object arg) {
            return execute.apply(message);
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            checked.add(message);
            return check.apply(message);
        }
    }

    private TransactionMQProducer producer(String group, Listener listener) throws Exception {
        return clients.transactionProducer(group, listener);
    }

    private TransactionMQProducer producer(Listener listener) throws Exception {
        return producer(Names.unique("group"), listener);
    }

    @Test
    void showsOnlyWhatIsCommitted() throws Exception {
        TransactionMQProducer producer = producer(new Listener(
                message -> message.getBody()[0] == 'c'
                        ? LocalTransactionState.COMMIT_MESSAGE
                        : LocalTransactionState.ROLLBACK_MESSAGE,
                _ -> LocalTransactionState.UNKNOW));
        String topic = clients.topic(2);

        Message committed = new Message(topic, "Tag", "key", Received.bytes("c1"));
        committed.putUserProperty("mine", "x");
        TransactionSendResult result = producer.sendMessageInTransaction(committed, null);
        producer.sendMessageInTransaction(new Message(topic, Received.bytes("r1")), null);
        producer.sendMessageInTransaction(new Message(topic, Received.bytes("c2")), null);

        assertThat(result.getSendStatus()).isEqualTo(SendStatus.SEND_OK);
        assertThat(result.getTransactionId()).isEqualTo(result.getMsgId());
        assertThat(result.getMessageQueue().getTopic()).isEqualTo(topic);
        List<MessageExt> stored = clients.awaitStored(topic, 2);
        assertThat(Received.texts(stored)).containsExactlyInAnyOrder("c1", "c2");
        MessageExt first = stored.stream()
                .filter(message -> Received.text(message).equals("c1"))
                .findFirst()
                .orElseThrow();
        assertThat(first.getMsgId()).isEqualTo(result.getMsgId());
        assertThat(first.getTransactionId()).isEqualTo(result.getTransactionId());
        assertThat(first.getQueueId()).isEqualTo(result.getMessageQueue().getQueueId());
        assertThat(first.getTags()).isEqualTo("Tag");
        assertThat(first.getKeys()).isEqualTo("key");
        assertThat(first.getProperties())
                .containsEntry("mine", "x")
                .containsEntry("__transactionId__", result.getTransactionId())
                .doesNotContainKeys("REAL_TOPIC", "REAL_QID");
    }

    /** The five kinds of a suite that is known from Apache's own tests. */
    @Test
    void deliversWhatIsCommittedNowOrInACheckAndNothingElse() throws Exception {
        Map<String, LocalTransactionState> later = new ConcurrentHashMap<>();
        Listener listener = new Listener(
                message -> {
                    int kind = Integer.parseInt(message.getUserProperty("n")) % 5;
                    switch (kind) {
                        case 0:
                            return LocalTransactionState.COMMIT_MESSAGE;
                        case 1:
                            return LocalTransactionState.ROLLBACK_MESSAGE;
                        case 2:
                            later.put(message.getTransactionId(), LocalTransactionState.COMMIT_MESSAGE);
                            return LocalTransactionState.UNKNOW;
                        case 3:
                            later.put(message.getTransactionId(), LocalTransactionState.ROLLBACK_MESSAGE);
                            return LocalTransactionState.UNKNOW;
                        default:
                            return LocalTransactionState.UNKNOW;
                    }
                },
                message -> later.getOrDefault(message.getTransactionId(), LocalTransactionState.UNKNOW));
        TransactionMQProducer producer = producer(listener);
        String topic = clients.topic(4);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);

        List<String> wanted = new ArrayList<>();
        for (int n = 0; n < 60; n++) {
            Message message = new Message(topic, Received.bytes("m" + n));
            message.putUserProperty("n", Integer.toString(n));
            producer.sendMessageInTransaction(message, null);
            if (n % 5 == 0 || n % 5 == 2) {
                wanted.add("m" + n);
            }
        }

        Clients.soon().until(() -> received.count() >= wanted.size());
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(wanted);
        // those of which nobody knows anything are asked about until they are given up
        Clients.soon().until(() -> given(topic).size() >= 12);
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(listener.checked).allSatisfy(message -> {
            assertThat(message.getTopic()).isEqualTo(topic);
            assertThat(message.getTransactionId()).isEqualTo(message.getProperty("UNIQ_KEY"));
        });
    }

    /** What was given up of a topic. */
    private List<MessageExt> given(String topic) throws Exception {
        return clients.readAll(GIVEN_UP).stream()
                .filter(message -> topic.equals(message.getProperty("REAL_TOPIC")))
                .toList();
    }

    @Test
    void asksAnotherProducerOfTheGroupWhenTheFirstOneIsGone() throws Exception {
        String group = Names.unique("group");
        Listener gone = Listener.always(LocalTransactionState.UNKNOW, LocalTransactionState.ROLLBACK_MESSAGE);
        String topic = clients.topic(1);
        try (Clients first = new Clients(server)) {
            TransactionMQProducer producer = first.transactionProducer(group, gone);
            producer.sendMessageInTransaction(new Message(topic, Received.bytes("orphan")), null);
        }
        assertThat(gone.checked).isEmpty();

        Listener other = Listener.always(LocalTransactionState.UNKNOW, LocalTransactionState.COMMIT_MESSAGE);
        // a producer is known to a broker once it has sent to it
        producer(group, other).send(new Message(clients.topic(1), Received.bytes("hello")));

        assertThat(Received.texts(clients.awaitStored(topic, 1))).containsExactly("orphan");
        assertThat(other.checked).hasSize(1);
    }

    @Test
    void givesUpWhatNobodyDecidesAndShowsItToPeople() throws Exception {
        Listener listener = Listener.always(LocalTransactionState.UNKNOW, LocalTransactionState.UNKNOW);
        TransactionMQProducer producer = producer(listener);
        String topic = clients.topic(1);

        producer.sendMessageInTransaction(new Message(topic, Received.bytes("nobody knows")), null);

        Clients.soon().until(() -> given(topic).size() == 1);
        assertThat(Received.texts(given(topic))).containsExactly("nobody knows");
        assertThat(listener.checked).hasSize(4);
        assertThat(clients.readAll(topic)).isEmpty();
    }

    @Test
    @SuppressWarnings("deprecation") // hooks are registered there and nowhere else
    void runsTheClientsHooks() throws Exception {
        List<EndTransactionContext> ended = new CopyOnWriteArrayList<>();
        TransactionMQProducer producer =
                producer(Listener.always(LocalTransactionState.UNKNOW, LocalTransactionState.COMMIT_MESSAGE));
        producer.getDefaultMQProducerImpl().registerEndTransactionHook(new EndTransactionHook() {
            @Override
            public String hookName() {
                return "test";
            }

            @Override
            public void endTransaction(EndTransactionContext context) {
                ended.add(context);
            }
        });
        String topic = clients.topic(1);

        TransactionSendResult sent =
                producer.sendMessageInTransaction(new Message(topic, Received.bytes("hooked")), null);

        clients.awaitStored(topic, 1);
        assertThat(ended).hasSize(2);
        assertThat(ended.get(0).isFromTransactionCheck()).isFalse();
        assertThat(ended.get(1).isFromTransactionCheck()).isTrue();
        assertThat(ended).allSatisfy(context -> {
            assertThat(context.getMsgId()).isEqualTo(sent.getMsgId());
            assertThat(context.getTransactionId()).isEqualTo(sent.getTransactionId());
        });
    }

    /** The broker dies after it took the halves and before it hears of any decision. */
    @Test
    void decidesAfterAKillWhatWasPreparedBefore() throws Exception {
        try (Server victim = start("transactions-killed");
                Clients own = new Clients(victim)) {
            String topic = own.topic(2);
            Map<String, LocalTransactionState> answers = new ConcurrentHashMap<>();
            List<Boolean> isKilled = new CopyOnWriteArrayList<>();
            Listener listener = new Listener(
                    message -> {
                        int n = Integer.parseInt(message.getUserProperty("n"));
                        LocalTransactionState state = n % 2 == 0
                                ? LocalTransactionState.COMMIT_MESSAGE
                                : LocalTransactionState.ROLLBACK_MESSAGE;
                        answers.put(message.getTransactionId(), state);
                        if (n == 19) {
                            victim.kill();
                            isKilled.add(true);
                        }
                        return isKilled.isEmpty() ? LocalTransactionState.UNKNOW : state;
                    },
                    message -> isKilled.isEmpty()
                            ? LocalTransactionState.UNKNOW
                            : answers.get(message.getTransactionId()));
            TransactionMQProducer producer = own.transactionProducer(Names.unique("group"), listener);
            List<String> wanted = new ArrayList<>();
            for (int n = 0; n < 20; n++) {
                Message message = new Message(topic, Received.bytes("m" + n));
                message.putUserProperty("n", Integer.toString(n));
                producer.sendMessageInTransaction(message, null);
                if (n % 2 == 0) {
                    wanted.add("m" + n);
                }
            }

            victim.restart();

            assertThat(Received.texts(own.awaitStored(topic, wanted.size())))
                    .containsExactlyInAnyOrderElementsOf(wanted);
            Clients.soon().until(() -> listener.checked.stream()
                            .map(MessageExt::getTransactionId)
                            .distinct()
                            .count()
                    >= 20);
            victim.kill();
            victim.restart();
            assertThat(Received.texts(own.awaitStored(topic, wanted.size())))
                    .containsExactlyInAnyOrderElementsOf(wanted);
        }
    }
}
