package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import io.carillon.systemtests.harness.Shutdowns;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.admin.ConsumeStats;
import org.apache.rocketmq.remoting.protocol.body.CMResult;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.body.ConsumerRunningInfo;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What administrators do, by Apache's own admin client: resets of offsets, questions to consumers, the dashboard's start. */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class AdminTest {
    private static final int MESSAGES = 20;

    private final DefaultMQAdminExt admin = new DefaultMQAdminExt();
    private final List<String> consumed = Collections.synchronizedList(new ArrayList<>());
    private final String group = Names.unique("group");

    @BeforeEach
    void start(Clients clients) throws Exception {
        admin.setNamesrvAddr(clients.server().nameServer());
        admin.setInstanceName(Names.unique("admin"));
        admin.start();
    }

    @AfterEach
    void stop() {
        Shutdowns.run(admin::shutdown);
    }

    private DefaultMQPushConsumer consumer(Clients clients, String topic) throws Exception {
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(message -> consumed.add(Received.text(message)));
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        return consumer;
    }

    /** Waits until the broker knows that all is consumed: a consumer commits in turns. */
    private void awaitCommitted(String topic, long count) {
        Clients.soon().ignoreExceptions().until(() -> committed(topic) == count);
    }

    private long committed(String topic) throws Exception {
        return admin.examineConsumeStats(group, topic).getOffsetTable().values().stream()
                .mapToLong(wrapper -> wrapper.getConsumerOffset())
                .sum();
    }

    private long times(String body) {
        synchronized (consumed) {
            return consumed.stream().filter(body::equals).count();
        }
    }

    @Test
    void repeatsMessagesForARunningConsumerWhenItsGroupIsReset(Clients clients) throws Exception {
        String topic = clients.topic(1);
        Clients.sendNumbered(clients.producer(), topic, "m", MESSAGES);
        clients.start(consumer(clients, topic));
        Clients.soon().until(() -> consumed.size() == MESSAGES);
        awaitCommitted(topic, MESSAGES);

        Map<MessageQueue, Long> reset = admin.resetOffsetByTimestamp(topic, group, 0, true);

        assertThat(reset.values()).containsExactly(0L);
        Clients.soon().until(() -> consumed.size() >= 2 * MESSAGES);
        awaitCommitted(topic, MESSAGES);
        assertThat(times("m0")).isEqualTo(2);
        assertThat(times("m19")).isEqualTo(2);
    }

    @Test
    void resetsOneQueueOfAnOrderlyConsumerToAnOffset(Clients clients) throws Exception {
        String topic = clients.topic(1);
        Clients.sendNumbered(clients.producer(), topic, "m", MESSAGES);
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            messages.forEach(message -> consumed.add(Received.text(message)));
            return ConsumeOrderlyStatus.SUCCESS;
        });
        clients.start(consumer);
        Clients.soon().until(() -> consumed.size() == MESSAGES);
        awaitCommitted(topic, MESSAGES);

        admin.resetOffsetByQueueId(clients.server().broker(), group, topic, 0, 15);

        Clients.soon().until(() -> consumed.size() >= MESSAGES + 5);
        assertThat(consumed.subList(MESSAGES, MESSAGES + 5)).containsExactly("m15", "m16", "m17", "m18", "m19");
    }

    @Test
    void skipsWhatAccumulatedWhileNobodyWasThere(Clients clients) throws Exception {
        String topic = clients.topic(1);
        DefaultMQProducer producer = clients.producer();
        DefaultMQPushConsumer early = consumer(clients, topic);
        Clients.sendNumbered(producer, topic, "early", 1);
        early.start();
        Clients.soon().until(() -> consumed.size() == 1);
        Shutdowns.run(early::shutdown);
        Clients.sendNumbered(producer, topic, "skipped", MESSAGES);

        admin.resetOffsetNew(group, topic, -1);
        clients.start(consumer(clients, topic));
        Clients.sendNumbered(producer, topic, "late", 1);

        Clients.soon().until(() -> times("late0") == 1);
        assertThat(consumed).containsExactly("early0", "late0");
    }

    @Test
    void resetsEveryMemberOfABroadcastingGroup(Clients clients) throws Exception {
        String topic = clients.topic(1);
        Clients.sendNumbered(clients.producer(), topic, "m", 3);
        for (int i = 0; i < 2; i++) {
            DefaultMQPushConsumer consumer = consumer(clients, topic);
            consumer.setMessageModel(MessageModel.BROADCASTING);
            clients.start(consumer);
        }
        Clients.soon().until(() -> consumed.size() == 6);

        admin.resetOffsetByTimestamp(topic, group, 0, true);

        Clients.soon().until(() -> consumed.size() >= 12);
        assertThat(times("m0")).isEqualTo(4);
    }

    @Test
    void showsAtOnceHowFarAConsumerWasThatHasStopped(Clients clients) throws Exception {
        String topic = clients.topic(4);
        Clients.sendNumbered(clients.producer(), topic, "m", MESSAGES);
        DefaultMQPushConsumer consumer = consumer(clients, topic);
        consumer.setPersistConsumerOffsetInterval(60_000);
        consumer.start();
        Clients.soon().until(() -> consumed.size() == MESSAGES);
        // the listener returns before the client counts
        Clients.soon().until(() -> waiting(consumer) == 0);

        Shutdowns.run(consumer::shutdown);

        assertThat(committed(topic)).isEqualTo(MESSAGES);
    }

    @SuppressWarnings("deprecation") // nothing else says what a consumer has not counted yet
    private static long waiting(DefaultMQPushConsumer consumer) {
        return consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().values().stream()
                .mapToLong(queue -> queue.getMsgCount().get())
                .sum();
    }

    @Test
    void showsWhatConsumersWereGivenAndHaveNotConsumedYet(Clients clients) throws Exception {
        String topic = clients.topic(2);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            try {
                mayGoOn.await();
            } catch (InterruptedException e) {
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        Clients.sendNumbered(clients.producer(), topic, "m", MESSAGES);

        Clients.soon().ignoreExceptions().until(() -> stats(topic).computeInflightTotalDiff() == MESSAGES);
        assertThat(stats(topic).computeTotalDiff()).isEqualTo(MESSAGES);

        mayGoOn.countDown();
        Clients.soon().until(() -> stats(topic).computeTotalDiff() == 0);
        assertThat(stats(topic).computeInflightTotalDiff()).isZero();
    }

    private ConsumeStats stats(String topic) throws Exception {
        return admin.examineConsumeStats(group, topic);
    }

    @Test
    void showsWhatAGroupHasPoppedAndNotAcknowledged(Clients clients) throws Exception {
        String topic = clients.topic(1);
        RawPops pops = new RawPops(clients, topic, group);
        Clients.sendNumbered(clients.producer(), topic, "m", MESSAGES);

        List<MessageExt> popped = pops.popAll(5, 60_000);

        assertThat(popped).hasSizeLessThan(MESSAGES + 1);
        ConsumeStats before = admin.examineConsumeStats(clients.server().broker(), group, topic, 5_000);
        assertThat(before.computeInflightTotalDiff()).isEqualTo(popped.size());
        for (MessageExt message : popped) {
            pops.ack(message);
        }
        Clients.soon()
                .until(() -> admin.examineConsumeStats(clients.server().broker(), group, topic, 5_000)
                                .computeInflightTotalDiff()
                        == 0);
    }

    @Test
    void asksAConsumerForItsStateAndHasItConsumeAMessage(Clients clients) throws Exception {
        String topic = clients.topic(2);
        SendResult sent = clients.producer().send(new Message(topic, Received.bytes("wanted")));
        clients.start(consumer(clients, topic));
        Clients.soon().until(() -> times("wanted") == 1);
        ConsumerConnection connection = admin.examineConsumerConnectionInfo(group);
        String clientId = connection.getConnectionSet().iterator().next().getClientId();

        ConsumerRunningInfo info = admin.getConsumerRunningInfo(group, clientId, true);
        assertThat(info.getSubscriptionSet()).anyMatch(one -> one.getTopic().equals(topic));
        assertThat(info.getMqTable()).isNotEmpty();
        assertThat(info.getJstack()).contains("main");

        Map<String, Map<MessageQueue, Long>> status = admin.getConsumeStatus(topic, group, "");
        assertThat(status).containsOnlyKeys(clientId);
        assertThat(status.get(clientId)).isNotEmpty();

        assertThat(admin.consumeMessageDirectly(group, clientId, topic, sent.getOffsetMsgId())
                        .getConsumeResult())
                .isEqualTo(CMResult.CR_SUCCESS);
        assertThat(times("wanted")).isEqualTo(2);
        assertThatThrownBy(() -> admin.getConsumerRunningInfo(group, "nobody", false))
                .isInstanceOf(MQClientException.class)
                .hasMessageContaining("not online");
    }

    @Test
    void copiesAGroupAndShowsWhereItIs(Clients clients) throws Exception {
        String topic = clients.topic(1);
        Clients.sendNumbered(clients.producer(), topic, "m", MESSAGES);
        clients.start(consumer(clients, topic));
        awaitCommitted(topic, MESSAGES);
        String copy = Names.unique("copy");

        admin.cloneGroupOffset(group, copy, topic, false);

        assertThat(admin.examineConsumeStats(copy, topic).computeTotalDiff()).isZero();
        assertThat(admin.queryConsumeTimeSpan(topic, group)).hasSize(1);
        assertThat(admin.queryConsumeQueue(clients.server().broker(), topic, 0, 0, 5, group)
                        .getQueueData())
                .hasSize(5);
        assertThat(admin.queryTopicConsumeByWho(topic).getGroupList()).contains(group, copy);
        assertThat(admin.querySubscription(group, topic).getSubString()).isEqualTo("*");
    }

    @Test
    void findsAMessageByItsUniqueIdAndByItsPlace(Clients clients) throws Exception {
        String topic = clients.topic(1);
        SendResult sent = clients.producer().send(new Message(topic, Received.bytes("wanted")));

        MessageExt byPlace = admin.viewMessage(topic, sent.getOffsetMsgId());
        MessageExt byId = admin.viewMessage(topic, sent.getMsgId());

        assertThat(Received.text(byPlace)).isEqualTo("wanted");
        assertThat(byId.getQueueOffset()).isEqualTo(byPlace.getQueueOffset());
    }

    @Test
    void changesNothingWhenItOnlyAsks(Clients clients) throws Exception {
        String nobody = Names.unique("nobody");
        String broker = clients.server().broker();

        assertThat(admin.examineSubscriptionGroupConfig(broker, nobody)).isNull();
        assertThatThrownBy(() -> admin.examineTopicStats(nobody)).isInstanceOf(MQClientException.class);
        assertThatThrownBy(() -> admin.examineConsumeStats(nobody)).isInstanceOf(MQClientException.class);
        assertThatThrownBy(() -> admin.examineConsumerConnectionInfo(nobody)).isInstanceOf(MQClientException.class);
        assertThatThrownBy(() -> admin.resetOffsetByTimestamp(nobody, nobody, 0, true))
                .isInstanceOf(MQClientException.class);

        assertThat(admin.examineSubscriptionGroupConfig(broker, nobody)).isNull();
        assertThat(admin.fetchAllTopicList().getTopicList()).noneMatch(topic -> topic.contains(nobody));
    }

    @Test
    void answersAllThatADashboardAsksWhenItStarts(Clients clients) throws Exception {
        String topic = clients.topic(1);
        clients.start(consumer(clients, topic));
        String broker = clients.server().broker();
        Clients.soon().ignoreExceptions().until(() -> admin.examineConsumerConnectionInfo(group) != null);

        assertThat(admin.examineBrokerClusterInfo().getClusterAddrTable())
                .containsKey(clients.server().clusterName());
        assertThat(admin.fetchBrokerRuntimeStats(broker).getTable()).containsKeys("putTps", "bootTimestamp");
        assertThat(admin.fetchAllTopicList().getTopicList()).contains(topic);
        assertThat(admin.examineTopicRouteInfo(topic).getQueueDatas()).hasSize(1);
        assertThat(admin.getAllSubscriptionGroup(broker, 5_000).getSubscriptionGroupTable())
                .containsKey(group);
        assertThat(admin.getAllTopicConfig(broker, 5_000).getTopicConfigTable()).containsKey(topic);
        assertThat(admin.examineConsumerConnectionInfo(group).getSubscriptionTable())
                .containsKey(topic);
        assertThat(admin.examineConsumeStats(group, topic).getOffsetTable()).hasSize(1);
        assertThat(admin.getBrokerConfig(broker)).containsKey("brokerName");
    }
}
