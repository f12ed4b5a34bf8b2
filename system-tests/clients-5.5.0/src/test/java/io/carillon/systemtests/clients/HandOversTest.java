package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.Names;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Unmodified clients with their own settings while the leader hands over again and again, so that most of what they ask goes
 * to a member that passes it on. Runs when it is told how often: {@code -Dcarillon.tests.handovers=20}.
 */
class HandOversTest {
    private static final int HAND_OVERS = Integer.getInteger("carillon.tests.handovers", 0);
    private static final long REST_NS = Duration.ofMillis(Long.getLong("carillon.tests.handovers.rest", 3_000))
            .toNanos();
    private static final int QUEUES = 4;

    private final AtomicBoolean isSending = new AtomicBoolean(true);
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Workers workers = new Workers();

    @Test
    void nothingIsLostDoubledEarlyOrOutOfOrder() throws Exception {
        Assumptions.assumeTrue(HAND_OVERS > 0, "it is not told how often");
        try (CarillonGroup group = CarillonGroup.start(
                        "hand-overs", 3, "--set", "transaction.timeout=1s", "--set", "transaction.check-interval=1s");
                Clients clients = new Clients(group.nodes().getFirst())) {
            Ordered ordered = new Ordered(group, clients);
            Delayed delayed = new Delayed(group, clients);
            Decided decided = new Decided(group, clients);
            List<Thread> senders = new ArrayList<>();
            IntStream.range(0, QUEUES).forEach(queue -> senders.add(workers.launch(() -> ordered.send(queue))));
            senders.add(workers.launch(delayed::send));
            senders.add(workers.launch(decided::send));
            for (int n = 0; n < HAND_OVERS; n++) {
                LockSupport.parkNanos(REST_NS);
                group.handOver(group.awaitLeader());
            }
            isSending.set(false);
            for (Thread sender : senders) {
                sender.join();
            }
            assertThat(workers.crashes()).isEmpty();
            ordered.audit(clients);
            delayed.audit(clients);
            decided.audit(clients);
            assertThat(violations).isEmpty();
        }
    }

    /** Sends again, for as long as it is not acknowledged: by the same object, and so with the same unique id. */
    private static void sendUntilTaken(DefaultMQProducer producer, Message message, int queue) {
        Clients.soon()
                .ignoreExceptions()
                .until(
                        () -> producer.send(message, (queues, _, _) -> queues.get(queue % queues.size()), null),
                        result -> result.getSendStatus() == SendStatus.SEND_OK);
    }

    private static DefaultMQProducer producer(CarillonGroup group, Clients clients) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("defaults"));
        producer.setNamesrvAddr(group.nameServer());
        producer.setInstanceName(Names.unique("instance"));
        producer.start();
        clients.atEnd(producer::shutdown);
        return producer;
    }

    private static DefaultMQPushConsumer consumer(CarillonGroup group, String name, String topic) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(name);
        consumer.setNamesrvAddr(group.nameServer());
        consumer.setInstanceName(Names.unique("instance"));
        consumer.subscribe(topic, "*");
        return consumer;
    }

    private static List<Integer> numbers(List<MessageExt> messages) {
        return messages.stream()
                .map(message -> Integer.parseInt(Received.text(message)))
                .toList();
    }

    private static List<Integer> upTo(int count) {
        return IntStream.rangeClosed(1, count).boxed().toList();
    }

    /** 1, 2, 3... to each queue, and two consumers of one group that read them in order. */
    private final class Ordered {
        final String topic;
        final DefaultMQProducer producer;
        final AtomicInteger[] sent = new AtomicInteger[QUEUES];
        final int[] seen = new int[QUEUES];
        final AtomicBoolean[] isRead = new AtomicBoolean[QUEUES];

        Ordered(CarillonGroup group, Clients clients) throws Exception {
            topic = clients.topic(QUEUES);
            producer = producer(group, clients);
            for (int queue = 0; queue < QUEUES; queue++) {
                sent[queue] = new AtomicInteger();
                isRead[queue] = new AtomicBoolean();
            }
            String readers = Names.unique("orderly");
            for (int n = 0; n < 2; n++) {
                DefaultMQPushConsumer consumer = consumer(group, readers, topic);
                consumer.registerMessageListener((MessageListenerOrderly) (messages, _) -> {
                    messages.forEach(this::see);
                    return ConsumeOrderlyStatus.SUCCESS;
                });
                clients.start(consumer);
            }
        }

        void send(int queue) {
            while (isSending.get()) {
                int n = sent[queue].get() + 1;
                sendUntilTaken(producer, new Message(topic, Received.bytes(Integer.toString(n))), queue);
                sent[queue].set(n);
            }
        }

        void see(MessageExt message) {
            int queue = message.getQueueId();
            int n = Integer.parseInt(Received.text(message));
            if (!isRead[queue].compareAndSet(false, true)) {
                violations.add("two read queue " + queue + " at once, at " + n);
                return;
            }
            synchronized (seen) {
                if (n > seen[queue] + 1) {
                    violations.add("queue " + queue + " goes on with " + n + " after " + seen[queue]);
                }
                seen[queue] = Math.max(seen[queue], n);
            }
            isRead[queue].set(false);
        }

        int seen(int queue) {
            synchronized (seen) {
                return seen[queue];
            }
        }

        void audit(Clients clients) throws Exception {
            Awaitility.await("ordered")
                    .atMost(Duration.ofSeconds(90))
                    .until(() -> IntStream.range(0, QUEUES).allMatch(queue -> seen(queue) >= sent[queue].get()));
            List<MessageExt> all = clients.readAll(topic);
            int total = 0;
            for (int queue = 0; queue < QUEUES; queue++) {
                int mine = queue;
                assertThat(numbers(all.stream()
                                .filter(message -> message.getQueueId() == mine)
                                .toList()))
                        .isEqualTo(upTo(sent[queue].get()));
                total += sent[queue].get();
            }
            System.out.println("hand-overs: " + total + " in order");
        }
    }

    /** Each is due up to four seconds later. */
    private final class Delayed {
        final String topic;
        final DefaultMQProducer producer;
        final Map<Integer, Long> dueMs = new ConcurrentHashMap<>();

        Delayed(CarillonGroup group, Clients clients) throws Exception {
            topic = clients.topic(1);
            producer = producer(group, clients);
        }

        void send() {
            for (int n = 1; isSending.get(); n++) {
                Message message = new Message(topic, Received.bytes(Integer.toString(n)));
                long due = System.currentTimeMillis() + 500 + n % 8 * 500L;
                message.setDeliverTimeMs(due);
                sendUntilTaken(producer, message, 0);
                dueMs.put(n, due);
            }
        }

        void audit(Clients clients) throws Exception {
            List<MessageExt> all = clients.awaitStored(topic, dueMs.size());
            assertThat(numbers(all)).containsExactlyInAnyOrderElementsOf(dueMs.keySet());
            long latestMs = 0;
            for (MessageExt message : all) {
                long lateMs = message.getStoreTimestamp() - dueMs.get(Integer.parseInt(Received.text(message)));
                assertThat(lateMs).as("early: " + message).isNotNegative();
                latestMs = Math.max(latestMs, lateMs);
            }
            System.out.println("hand-overs: " + all.size() + " delayed, late by " + latestMs + " ms at most");
        }
    }

    /** Of three transactions, one is committed at once, one rolled back, one committed when the broker asks. */
    private final class Decided implements TransactionListener {
        final String topic;
        final TransactionMQProducer producer;
        final Queue<Integer> wanted = new ConcurrentLinkedQueue<>();

        Decided(CarillonGroup group, Clients clients) throws Exception {
            topic = clients.topic(2);
            producer = new TransactionMQProducer(Names.unique("deciding"));
            producer.setNamesrvAddr(group.nameServer());
            producer.setInstanceName(Names.unique("instance"));
            producer.setTransactionListener(this);
            producer.start();
            clients.atEnd(producer::shutdown);
        }

        void send() {
            for (int n = 1; isSending.get(); n++) {
                Message message = new Message(topic, Received.bytes(Integer.toString(n)));
                Clients.soon()
                        .ignoreExceptions()
                        .until(
                                () -> producer.sendMessageInTransaction(message, null),
                                result -> result.getSendStatus() == SendStatus.SEND_OK);
                if (n % 3 != 0) {
                    wanted.add(n);
                }
            }
        }

        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            int n = Integer.parseInt(new String(message.getBody()));
            return n % 3 == 1 ? LocalTransactionState.UNKNOW : decision(n);
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return decision(Integer.parseInt(Received.text(message)));
        }

        private LocalTransactionState decision(int n) {
            return n % 3 == 0 ? LocalTransactionState.ROLLBACK_MESSAGE : LocalTransactionState.COMMIT_MESSAGE;
        }

        void audit(Clients clients) throws Exception {
            Awaitility.await("decided")
                    .atMost(Duration.ofSeconds(90))
                    .ignoreExceptions()
                    .until(() -> clients.readAll(topic).size() >= wanted.size());
            assertThat(numbers(clients.readAll(topic))).containsExactlyInAnyOrderElementsOf(wanted);
            System.out.println("hand-overs: " + wanted.size() + " committed");
        }
    }
}
