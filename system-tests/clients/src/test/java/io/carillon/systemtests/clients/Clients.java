package io.carillon.systemtests.clients;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import io.carillon.systemtests.harness.Shutdowns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Makes official clients for one test and shuts them all down after it. */
@SuppressWarnings("deprecation") // the old pull consumer is deprecated but still in use out there
final class Clients implements AutoCloseable {
    private final Server server;
    private final List<Runnable> shutdowns = new ArrayList<>();

    Clients(Server server) {
        this.server = server;
    }

    /** How long a test waits for something that must happen. */
    static ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(20));
    }

    Server server() {
        return server;
    }

    DefaultMQProducer producer() throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"));
        configure(producer);
        producer.setSendMsgTimeout(10_000);
        producer.start();
        shutdowns.add(producer::shutdown);
        return producer;
    }

    /** Shuts this down after the test. */
    void atEnd(Runnable shutdown) {
        shutdowns.add(shutdown);
    }

    TransactionMQProducer transactionProducer(String group, TransactionListener listener) throws Exception {
        TransactionMQProducer producer = new TransactionMQProducer(group);
        configure(producer);
        producer.setSendMsgTimeout(10_000);
        producer.setTransactionListener(listener);
        producer.start();
        shutdowns.add(producer::shutdown);
        return producer;
    }

    /** Creates a topic through the client's own API and returns its name. */
    String topic(int queueCount) throws Exception {
        String topic = Names.unique("topic");
        DefaultMQProducer producer = producer();
        Dialect.createTopic(producer, server.clusterName(), topic, queueCount);
        soon().ignoreExceptions()
                .until(() -> producer.fetchPublishMessageQueues(topic).size() == queueCount);
        return topic;
    }

    /** A push consumer that is not started yet; {@link #start} starts it. */
    DefaultMQPushConsumer pushConsumer(String group) {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        configure(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        return consumer;
    }

    void start(DefaultMQPushConsumer consumer) throws Exception {
        consumer.start();
        shutdowns.add(consumer::shutdown);
    }

    /** Waits until a consumer has its group's retry queues; by itself it may look for them only after 20 seconds. */
    static void awaitRetryQueues(DefaultMQPushConsumer consumer, int count) {
        var impl = consumer.getDefaultMQPushConsumerImpl();
        soon().pollInterval(Duration.ofMillis(200)).until(() -> {
            impl.doRebalance();
            return impl.getRebalanceImpl().getProcessQueueTable().keySet().stream()
                            .filter(queue -> queue.getTopic().startsWith("%RETRY%"))
                            .count()
                    == count;
        });
    }

    DefaultLitePullConsumer litePullConsumer(String group) {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(group);
        configure(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        shutdowns.add(consumer::shutdown);
        return consumer;
    }

    DefaultMQPullConsumer pullConsumer(String group) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(group);
        configure(consumer);
        consumer.start();
        shutdowns.add(consumer::shutdown);
        return consumer;
    }

    /** Points a client that a test made by itself at the server. */
    void configure(ClientConfig client) {
        client.setNamesrvAddr(server.nameServer());
        client.setInstanceName(Names.unique("instance"));
        // so that tests need not wait half a minute for what clients do in turns
        client.setPollNameServerInterval(1_000);
        client.setHeartbeatBrokerInterval(2_000);
        client.setPersistConsumerOffsetInterval(1_000);
    }

    /** Everything that a topic holds, queue after queue. */
    List<MessageExt> readAll(String topic) throws Exception {
        DefaultMQPullConsumer reader = pullConsumer(Names.unique("readers"));
        List<MessageExt> all = new ArrayList<>();
        for (MessageQueue queue : reader.fetchSubscribeMessageQueues(topic)) {
            readQueue(reader, queue, all);
        }
        return all;
    }

    private static void readQueue(DefaultMQPullConsumer reader, MessageQueue queue, List<MessageExt> into)
            throws Exception {
        long next = reader.minOffset(queue);
        long end = reader.maxOffset(queue);
        while (next < end) {
            PullResult result = reader.pull(queue, "*", next, 32);
            if (result.getMsgFoundList() != null) {
                into.addAll(result.getMsgFoundList());
            }
            next = result.getNextBeginOffset();
        }
    }

    /** Waits until a topic holds {@code count} messages and returns them. */
    List<MessageExt> awaitStored(String topic, int count) {
        return soon().ignoreExceptions().until(() -> readAll(topic), all -> all.size() >= count);
    }

    /** Sends {@code count} small messages with bodies {@code prefix + n}, over all queues in turn. */
    static List<String> sendNumbered(DefaultMQProducer producer, String topic, String prefix, int count)
            throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            bodies.add(prefix + n);
            producer.send(new Message(topic, Received.bytes(prefix + n)));
        }
        return bodies;
    }

    static List<MessageQueue> queues(DefaultMQProducer producer, String topic) throws Exception {
        return producer.fetchPublishMessageQueues(topic);
    }

    static Set<MessageQueue> queues(DefaultMQPullConsumer consumer, String topic) throws Exception {
        return consumer.fetchSubscribeMessageQueues(topic);
    }

    @Override
    public void close() {
        Shutdowns.run(shutdowns);
        shutdowns.clear();
    }

    /** Hands a test its own {@link Clients} on the server that all tests share. */
    static final class OnSharedServer implements ParameterResolver {
        private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(Clients.class);

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Clients.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getStore(NAMESPACE)
                    .computeIfAbsent(Clients.class, key -> new Clients(SharedServer.get()), Clients.class);
        }
    }
}
