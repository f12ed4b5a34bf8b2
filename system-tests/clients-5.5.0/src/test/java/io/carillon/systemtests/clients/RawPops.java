package io.carillon.systemtests.clients;

import io.carillon.systemtests.harness.Names;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.AckCallback;
import org.apache.rocketmq.client.consumer.AckResult;
import org.apache.rocketmq.client.consumer.AckStatus;
import org.apache.rocketmq.client.consumer.PopCallback;
import org.apache.rocketmq.client.consumer.PopResult;
import org.apache.rocketmq.client.consumer.PopStatus;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.common.constant.ConsumeInitMode;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageRequestMode;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.header.AckMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.ChangeInvisibleTimeRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.ExtraInfoUtil;
import org.apache.rocketmq.remoting.protocol.header.NotificationRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.NotificationResponseHeader;
import org.apache.rocketmq.remoting.protocol.header.PopMessageRequestHeader;

/** Pops by the official client's own calls, one by one, as RocketMQ's integration tests and its proxy do. */
final class RawPops {
    private static final long PATIENCE_MS = 5_000;

    private final MQClientAPIImpl api;
    private final String broker;
    private final String brokerName;
    private final String topic;
    private final String group;

    RawPops(Clients clients, String topic) throws Exception {
        this(clients, topic, Names.unique("group"));
    }

    RawPops(Clients clients, String topic, String group) throws Exception {
        api = RawApi.of(clients);
        broker = clients.server().broker();
        brokerName = clients.server().brokerName();
        this.topic = topic;
        this.group = group;
        RawApi.makeGroup(api, broker, group);
    }

    /** The group need not be there: this is often the first that a broker hears of it. */
    static void setPopMode(Clients clients, String topic, String group) throws Exception {
        RawApi.of(clients)
                .setMessageRequestMode(clients.server().broker(), topic, group, MessageRequestMode.POP, 8, PATIENCE_MS);
    }

    String group() {
        return group;
    }

    CompletableFuture<PopResult> popAsync(int max, long invisibleMs, long pollMs, boolean isOrdered, String attemptId)
            throws Exception {
        PopMessageRequestHeader header = new PopMessageRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(topic);
        header.setQueueId(-1);
        header.setMaxMsgNums(max);
        header.setInvisibleTime(invisibleMs);
        header.setInitMode(ConsumeInitMode.MIN);
        header.setExpType("TAG");
        header.setExp("*");
        header.setOrder(isOrdered);
        header.setAttemptId(attemptId);
        header.setPollTime(pollMs);
        header.setBornTime(System.currentTimeMillis());
        CompletableFuture<PopResult> told = new CompletableFuture<>();
        api.popMessageAsync(brokerName, broker, header, pollMs + 10_000, new PopCallback() {
            @Override
            public void onSuccess(PopResult result) {
                told.complete(result);
            }

            @Override
            public void onException(Throwable e) {
                told.completeExceptionally(e);
            }
        });
        return told;
    }

    PopResult pop(int max, long invisibleMs, long pollMs) throws Exception {
        return popAsync(max, invisibleMs, pollMs, false, null).get(pollMs + 10_000, TimeUnit.MILLISECONDS);
    }

    /** Pops until it has so many. */
    List<MessageExt> popAll(int count, long invisibleMs) throws Exception {
        List<MessageExt> all = new ArrayList<>();
        long endNs = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (all.size() < count && System.nanoTime() < endNs) {
            PopResult result = pop(32, invisibleMs, 2_000);
            if (result.getPopStatus() == PopStatus.FOUND) {
                all.addAll(result.getMsgFoundList());
            }
        }
        return all;
    }

    List<MessageExt> popOrdered(int max, long invisibleMs, long pollMs, String attemptId) throws Exception {
        PopResult result =
                popAsync(max, invisibleMs, pollMs, true, attemptId).get(pollMs + 10_000, TimeUnit.MILLISECONDS);
        return result.getPopStatus() == PopStatus.FOUND ? result.getMsgFoundList() : List.of();
    }

    AckStatus ack(MessageExt message) throws Exception {
        return ack(message.getProperty("POP_CK"));
    }

    AckStatus ack(String receipt) throws Exception {
        String[] parts = ExtraInfoUtil.split(receipt);
        AckMessageRequestHeader header = new AckMessageRequestHeader();
        header.setTopic(ExtraInfoUtil.getRealTopic(parts, topic, group));
        header.setQueueId(ExtraInfoUtil.getQueueId(parts));
        header.setOffset(ExtraInfoUtil.getQueueOffset(parts));
        header.setConsumerGroup(group);
        header.setExtraInfo(receipt);
        Told told = new Told();
        api.ackMessageAsync(broker, PATIENCE_MS, told, header);
        return told.get().getStatus();
    }

    AckStatus batchAck(List<MessageExt> messages) throws Exception {
        List<String> receipts =
                messages.stream().map(message -> message.getProperty("POP_CK")).toList();
        Told told = new Told();
        api.batchAckMessageAsync(broker, PATIENCE_MS, told, topic, group, receipts);
        return told.get().getStatus();
    }

    /** @return the receipt that counts from now on */
    String changeInvisible(MessageExt message, long invisibleMs) throws Exception {
        String receipt = message.getProperty("POP_CK");
        String[] parts = ExtraInfoUtil.split(receipt);
        ChangeInvisibleTimeRequestHeader header = new ChangeInvisibleTimeRequestHeader();
        header.setTopic(ExtraInfoUtil.getRealTopic(parts, topic, group));
        header.setQueueId(ExtraInfoUtil.getQueueId(parts));
        header.setOffset(ExtraInfoUtil.getQueueOffset(parts));
        header.setConsumerGroup(group);
        header.setExtraInfo(receipt);
        header.setInvisibleTime(invisibleMs);
        Told told = new Told();
        api.changeInvisibleTimeAsync(brokerName, broker, header, PATIENCE_MS, told);
        return told.get().getExtraInfo();
    }

    boolean notification(long pollMs) throws Exception {
        NotificationRequestHeader header = new NotificationRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(topic);
        header.setQueueId(-1);
        header.setPollTime(pollMs);
        header.setBornTime(System.currentTimeMillis());
        RemotingCommand request = RemotingCommand.createRequestCommand(RequestCode.NOTIFICATION, header);
        RemotingCommand answer = api.getRemotingClient().invokeSync(broker, request, pollMs + 10_000);
        NotificationResponseHeader told = answer.decodeCommandCustomHeader(NotificationResponseHeader.class);
        return told.isHasMsg();
    }

    private static final class Told implements AckCallback {
        private final CompletableFuture<AckResult> result = new CompletableFuture<>();

        @Override
        public void onSuccess(AckResult told) {
            result.complete(told);
        }

        @Override
        public void onException(Throwable e) {
            result.completeExceptionally(e);
        }

        AckResult get() throws Exception {
            return result.get(10, TimeUnit.SECONDS);
        }
    }
}
