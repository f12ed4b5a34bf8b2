package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
import org.apache.rocketmq.remoting.protocol.body.HARuntimeInfo;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Unmodified clients while the leader of their group of brokers is killed, and started again by whoever watches over it. */
class FailoverClientsTest {
    private static final int MESSAGES = 60;

    private static CarillonGroup group;

    @BeforeAll
    static void start() {
        group = CarillonGroup.start(
                "failover-clients", 3, "--set", "transaction.timeout=1s", "--set", "transaction.check-interval=1s");
    }

    @AfterAll
    static void stop() {
        group.close();
    }

    @Test
    void sendAndConsumeInOrderThroughAFailover() throws Exception {
        try (Clients clients = new Clients(group.nodes().getFirst())) {
            String topic = clients.topic(1);
            List<Integer> consumed = new CopyOnWriteArrayList<>();
            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("orderly"));
            consumer.subscribe(topic, "*");
            consumer.registerMessageListener((MessageListenerOrderly) (messages, _) -> {
                messages.forEach(message -> consumed.add(Integer.parseInt(Received.text(message))));
                return ConsumeOrderlyStatus.SUCCESS;
            });
            clients.start(consumer);
            DefaultMQProducer producer = new DefaultMQProducer(Names.unique("defaults"));
            producer.setNamesrvAddr(group.nameServer());
            producer.start();
            clients.atEnd(producer::shutdown);

            long gapMs = 0;
            for (int n = 1; n <= MESSAGES; n++) {
                long beganNs = System.nanoTime();
                if (n == MESSAGES / 2) {
                    CarillonServer leader = group.awaitLeader();
                    leader.kill();
                    Thread.ofVirtual().start(leader::restart);
                }
                sendInOrder(producer, topic, n);
                gapMs = Math.max(
                        gapMs, Duration.ofNanos(System.nanoTime() - beganNs).toMillis());
            }
            System.out.println("longest wait of an ordered send while the leader was killed: " + gapMs + " ms");

            List<Integer> all = IntStream.rangeClosed(1, MESSAGES).boxed().toList();
            Clients.soon().until(() -> consumed.stream().distinct().count() == MESSAGES);
            assertThat(consumed.stream().distinct().toList()).isEqualTo(all);
            assertThat(clients.readAll(topic).stream()
                            .map(message -> Integer.parseInt(Received.text(message)))
                            .toList())
                    .isEqualTo(all);
        }
    }

    /** The name server is the only one, and stays away while the leader is killed, too, and comes back as who passes on. */
    @Test
    void goOnWithTheRouteThatTheyHaveWhenAllNameServersAreGone() throws Exception {
        try (Clients clients = new Clients(group.nodes().getFirst())) {
            String topic = clients.topic(1);
            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
            consumer.subscribe(topic, "*");
            Received received = new Received().concurrently(consumer);
            clients.start(consumer);
            DefaultMQProducer producer = clients.producer();
            sendInOrder(producer, topic, 1);
            CarillonServer leader = group.awaitLeader();
            CarillonServer names = group.names();
            names.kill();
            try {
                for (int n = 2; n <= MESSAGES; n++) {
                    if (n == MESSAGES / 2) {
                        leader.kill();
                        leader.restart();
                    }
                    sendInOrder(producer, topic, n);
                }
                Clients.soon().until(() -> received.bodies().stream().distinct().count() == MESSAGES);
            } finally {
                names.restart();
            }
            Clients.soon()
                    .until(() -> group.registered().size() == group.nodes().size());
            assertThat(clients.readAll(topic).stream()
                            .map(message -> Integer.parseInt(Received.text(message)))
                            .toList())
                    .isEqualTo(IntStream.rangeClosed(1, MESSAGES).boxed().toList());
        }
    }

    /** As an application does that wants its order kept: the next one only when this one was acknowledged. */
    private static void sendInOrder(DefaultMQProducer producer, String topic, int n) {
        Message message = new Message(topic, Received.bytes(Integer.toString(n)));
        Clients.soon()
                .ignoreExceptions()
                .until(
                        () -> producer.send(message, (queues, _, _) -> queues.getFirst(), null),
                        result -> result.getSendStatus() == SendStatus.SEND_OK);
    }

    @Test
    void whatIsDueLaterOrNotDecidedOutlivesTheLeader() throws Exception {
        try (Clients clients = new Clients(group.nodes().getFirst())) {
            String topic = clients.topic(2);
            Received received = new Received();
            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
            consumer.subscribe(topic, "*");
            received.concurrently(consumer);
            clients.start(consumer);
            DefaultMQProducer producer = clients.producer();
            List<String> wanted = new ArrayList<>();
            for (int n = 0; n < 20; n++) {
                Message message = new Message(topic, Received.bytes("later-" + n));
                message.setDelayTimeMs(4_000 + n * 100);
                producer.send(message);
                wanted.add("later-" + n);
            }
            TransactionMQProducer transactional =
                    clients.transactionProducer(Names.unique("undecided"), new DecidesWhenAsked());
            transactional.sendMessageInTransaction(new Message(topic, Received.bytes("half")), null);
            wanted.add("half");

            CarillonServer leader = group.awaitLeader();
            leader.kill();
            group.awaitOtherLeader(leader);
            leader.restart();

            Clients.soon()
                    .atMost(Duration.ofSeconds(90))
                    .until(() -> received.bodies().stream().distinct().count() == wanted.size());
            assertThat(clients.readAll(topic).stream().map(Received::text)).containsExactlyInAnyOrderElementsOf(wanted);
        }
    }

    @Test
    void toolsSeeAConsumerOnceAndEachMemberAsItIs() throws Exception {
        DefaultMQAdminExt admin = new DefaultMQAdminExt();
        try (Clients clients = new Clients(group.nodes().getFirst())) {
            admin.setNamesrvAddr(group.nameServer());
            admin.setInstanceName(Names.unique("admin"));
            admin.start();
            clients.atEnd(admin::shutdown);
            String topic = clients.topic(1);
            String readers = Names.unique("readers");
            DefaultMQPushConsumer consumer = clients.pushConsumer(readers);
            consumer.subscribe(topic, "*");
            Received received = new Received().concurrently(consumer);
            clients.start(consumer); // and all members have its heartbeat when this returns
            Clients.sendNumbered(clients.producer(), topic, "m", 10);
            Clients.soon().until(() -> received.count() == 10);

            assertThat(admin.examineConsumerConnectionInfo(readers).getConnectionSet())
                    .hasSize(1);
            CarillonServer leader = group.awaitLeader();
            for (CarillonServer node : group.nodes()) {
                String read =
                        admin.fetchBrokerRuntimeStats(node.broker()).getTable().get("msgGetTotalTodayNow");
                assertThat(Long.parseLong(read) >= 10)
                        .as("reads at " + node.broker())
                        .isEqualTo(node == leader);
            }
            HARuntimeInfo copies = admin.getBrokerHAStatus(leader.broker());
            assertThat(copies.getInSyncSlaveNums()).isEqualTo(2);
            assertThat(copies.getHaConnectionInfo())
                    .allSatisfy(copy -> assertThat(copy.isInSync()).isTrue())
                    .extracting(HARuntimeInfo.HAConnectionRuntimeInfo::getAddr)
                    .containsExactlyInAnyOrderElementsOf(group.nodes().stream()
                            .filter(node -> node != leader)
                            .map(CarillonServer::broker)
                            .toList());
        }
    }

    private static final class DecidesWhenAsked implements TransactionListener {
        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return LocalTransactionState.UNKNOW;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }
    }
}
