package io.carillon.systemtests.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.clients.TransactionHistory.Fate;
import io.carillon.systemtests.clients.TransactionHistory.Place;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** kill -9 while transactions are prepared, decided and undecided, again and again; the history is judged at the end. */
class TransactionKillTest {
    private static final int KILLS = Integer.getInteger("carillon.tests.transaction.kills", 6);
    private static final int PRODUCERS = 2;

    private final TransactionHistory history = new TransactionHistory();
    private final AtomicBoolean isSending = new AtomicBoolean(true);
    private final Queue<Throwable> crashes = new ConcurrentLinkedQueue<>();

    @Test
    void keepsEveryDecisionOverManyKills() throws Exception {
        Assumptions.assumeFalse(Server.isApache(), "Apache's broker asks after a minute at the earliest");
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("transaction kill test: -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (Server server = Server.startCarillon(
                        "transaction-history-kill",
                        "--set",
                        "transaction.timeout=1s",
                        "--set",
                        "transaction.check-interval=1s",
                        "--set",
                        "transaction.checks-max=100");
                Clients clients = new Clients(server)) {
            String topic = clients.topic(4);
            consume(clients, topic);
            List<Thread> senders = new ArrayList<>();
            for (int n = 0; n < PRODUCERS; n++) {
                TransactionMQProducer producer = clients.transactionProducer(Names.unique("group"), new Judge());
                String name = "p" + n + "-";
                senders.add(Thread.ofVirtual().start(() -> sendUntilStopped(producer, topic, name)));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                awaitAcked(100 + random.nextInt(400));
                server.kill();
                server.restart();
            }
            awaitAcked(100);
            isSending.set(false);
            for (Thread sender : senders) {
                sender.join();
            }
            waiting("decisions").until(() -> history.openCount() == 0 || !crashes.isEmpty());
            audit(clients, topic);

            System.out.println("transaction kill test: " + history.ackedCount() + " acknowledged");
            assertThat(crashes).isEmpty();
            assertThat(history.violations()).as("seed " + seed).isEmpty();

            // and all of it is the same to one who reads the log that the last crash left
            server.kill();
            server.restart();
            audit(clients, topic);
            assertThat(history.violations()).as("seed " + seed).isEmpty();
        }
    }

    /** Of three transactions, one is decided only when the server asks. */
    private final class Judge implements TransactionListener {
        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object arg) {
            String text = new String(message.getBody(), UTF_8);
            history.acked(text);
            return number(text) % 3 == 0 ? LocalTransactionState.UNKNOW : decide(text);
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            String text = Received.text(message);
            history.asked(text);
            return decide(text);
        }

        private LocalTransactionState decide(String text) {
            history.deciding(text);
            return fate(text) == Fate.COMMIT
                    ? LocalTransactionState.COMMIT_MESSAGE
                    : LocalTransactionState.ROLLBACK_MESSAGE;
        }
    }

    private static int number(String text) {
        return Integer.parseInt(text.substring(text.indexOf('-') + 1));
    }

    private static Fate fate(String text) {
        return number(text) % 2 == 0 ? Fate.COMMIT : Fate.ROLLBACK;
    }

    private void sendUntilStopped(TransactionMQProducer producer, String topic, String name) {
        for (int n = 0; isSending.get(); n++) {
            String body = name + n;
            history.preparing(body, fate(body));
            try {
                producer.sendMessageInTransaction(new Message(topic, Received.bytes(body)), null);
            } catch (MQClientException e) {
                // the server was killed: whether the half is stored, nobody knows; if it is, we are asked
                LockSupport.parkNanos(20_000_000);
            } catch (RuntimeException | Error e) {
                crashes.add(e);
                return;
            }
        }
    }

    private void consume(Clients clients, String topic) throws Exception {
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            batch.forEach(this::see);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
    }

    private void see(MessageExt message) {
        history.seen(Received.text(message), new Place(message.getQueueId(), message.getQueueOffset()));
    }

    private void audit(Clients clients, String topic) throws Exception {
        clients.readAll(topic).forEach(this::see);
    }

    private void awaitAcked(long count) {
        long wanted = history.ackedCount() + count;
        waiting("acknowledgements").until(() -> history.ackedCount() >= wanted || !crashes.isEmpty());
        assertThat(crashes).isEmpty();
    }

    private static ConditionFactory waiting(String what) {
        return Awaitility.await(what)
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5));
    }
}
