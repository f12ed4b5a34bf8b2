package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.RPCHook;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Official clients that sign what they say, at a server that wants that. */
class AccessTest {
    private static final String ADMIN_SECRET = "the-admins-secret";
    private static final String SECRET = "the-secret-of-all-others";

    private static Server server;
    private static Clients clients;

    @BeforeAll
    static void startServer() {
        Assumptions.assumeFalse(Server.isApache(), "Apache is configured otherwise");
        server = Server.startCarillon("access", "--secure", "--set", "security.admin-secret=" + ADMIN_SECRET);
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    private void open() {
        clients = new Clients(server);
    }

    @AfterEach
    void close() {
        if (clients != null) {
            clients.close();
            clients = null;
        }
    }

    private static void carillon(String... words) throws IOException {
        String[] all = java.util.Arrays.copyOf(words, words.length + 2);
        all[words.length] = "--broker";
        all[words.length + 1] = server.broker();
        Path folder = Files.createDirectories(server.data().resolveSibling("commands"));
        Ended ended = CarillonCommand.run(
                folder, Map.of("CARILLON_USER", "admin", "CARILLON_SECRET", ADMIN_SECRET), all);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
    }

    private static String user(String... allowed) throws IOException {
        String name = Names.unique("user");
        Path secret = Files.writeString(server.data().resolveSibling(name), SECRET + "\n");
        carillon("user", "create", name, "--new-secret-file", secret.toString());
        for (int i = 0; i < allowed.length; i += 2) {
            carillon("acl", "allow", name, "--resource", allowed[i], "--actions", allowed[i + 1]);
        }
        return name;
    }

    private static RPCHook as(String user, String secret) {
        return new AclClientRPCHook(new SessionCredentials(user, secret));
    }

    private static DefaultMQProducer producer(RPCHook hook) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"), hook);
        clients.configure(producer);
        producer.setSendMsgTimeout(10_000);
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
        clients.atEnd(producer::shutdown);
        return producer;
    }

    private static Queue<String> consume(RPCHook hook, String group, String topic) throws Exception {
        Queue<String> received = new ConcurrentLinkedQueue<>();
        DefaultMQPushConsumer consumer =
                new DefaultMQPushConsumer(group, hook, new AllocateMessageQueueAveragely());
        clients.configure(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, _) -> {
            messages.forEach(message -> received.add(new String(message.getBody())));
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        return received;
    }

    private static String topic(String prefix) throws Exception {
        String topic = Names.unique(prefix);
        Dialect.createTopic(producer(as("admin", ADMIN_SECRET)), server.clusterName(), topic, 1);
        return topic;
    }

    private static Message message(String topic, String body) {
        return new Message(topic, Received.bytes(body));
    }

    @Test
    void whoMayProduceProducesAndWhoMayConsumeConsumes() throws Exception {
        open();
        String topic = topic("orders");
        String group = Names.unique("readers");
        String producing = user("Topic:" + topic, "Pub");
        String consuming = user("Topic:" + topic, "Sub", "Group:" + group, "Sub");

        DefaultMQProducer producer = producer(as(producing, SECRET));
        for (int n = 0; n < 20; n++) {
            assertThat(producer.send(message(topic, "m" + n)).getSendStatus()).isEqualTo(SendStatus.SEND_OK);
        }

        Queue<String> received = consume(as(consuming, SECRET), group, topic);
        Clients.soon().until(() -> received.size() == 20);
        assertThatThrownBy(() -> producer(as(consuming, SECRET)).send(message(topic, "x")))
                .hasStackTraceContaining("User:" + consuming + " has no permission to access Topic:" + topic);
        assertThat(consume(as(producing, SECRET), Names.unique("others"), topic)).isEmpty();
    }

    @Test
    void aWrongSecretIsRefusedWhateverTheUserMayDo() throws Exception {
        open();
        String topic = topic("wrong");

        assertThatThrownBy(() -> producer(as("admin", "a-guess")).send(message(topic, "x")))
                .isInstanceOf(Exception.class);
        assertThatThrownBy(() -> producer(null).send(message(topic, "x"))).isInstanceOf(Exception.class);
        assertThat(producer(as("admin", ADMIN_SECRET)).send(message(topic, "x")).getSendStatus())
                .isEqualTo(SendStatus.SEND_OK);
    }

    @Test
    void aTopicsBeginningIsEnoughAndMakesTopicsByTheFirstSend() throws Exception {
        open();
        String prefix = Names.unique("shop");
        DefaultMQProducer producer = producer(as(user("Topic:" + prefix + "*", "Pub"), SECRET));

        assertThat(producer.send(message(prefix + "-new", "x")).getSendStatus()).isEqualTo(SendStatus.SEND_OK);
        assertThatThrownBy(() -> producer.send(message("other-" + prefix, "x"))).isInstanceOf(Exception.class);
    }

    @Test
    void aConsumerNeedsTheRightAtItsGroupAndGetsWhatItSendsBack() throws Exception {
        open();
        String topic = topic("retried");
        String group = Names.unique("readers");
        String user = user("Topic:" + topic, "Sub", "Group:" + group, "Sub");
        producer(as("admin", ADMIN_SECRET)).send(message(topic, "again"));
        assertThat(consume(as(user, SECRET), Names.unique("strangers"), topic)).isEmpty();

        Queue<Integer> tries = new ConcurrentLinkedQueue<>();
        DefaultMQPushConsumer consumer =
                new DefaultMQPushConsumer(group, as(user, SECRET), new AllocateMessageQueueAveragely());
        clients.configure(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            tries.add(messages.getFirst().getReconsumeTimes());
            context.setDelayLevelWhenNextConsume(1);
            return tries.size() < 2
                    ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                    : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        Clients.soon().until(() -> List.copyOf(tries).equals(List.of(0, 1)));
    }

    @Test
    @SuppressWarnings("deprecation") // it is what programs use
    void aMessageIsFoundByWhoMayReadItsTopic() throws Exception {
        open();
        String topic = topic("found");
        DefaultMQProducer admin = producer(as("admin", ADMIN_SECRET));
        Message sent = message(topic, "wanted");
        sent.setKeys("the-key");
        admin.send(sent);
        DefaultMQProducer reader = producer(as(user("Topic:" + topic, "Sub"), SECRET));
        DefaultMQProducer stranger = producer(as(user("Topic:" + topic, "Pub"), SECRET));

        Clients.soon()
                .ignoreExceptions()
                .until(() -> reader.queryMessage(topic, "the-key", 1, 0, Long.MAX_VALUE)
                                .getMessageList()
                                .size()
                        == 1);
        assertThatThrownBy(() -> stranger.queryMessage(topic, "the-key", 1, 0, Long.MAX_VALUE))
                .isInstanceOf(Exception.class);
    }
}
