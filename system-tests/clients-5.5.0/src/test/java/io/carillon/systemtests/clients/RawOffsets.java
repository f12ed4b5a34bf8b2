package io.carillon.systemtests.clients;

import io.carillon.systemtests.harness.RawClient;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.sysflag.PullSysFlag;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.header.PullMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.UpdateConsumerOffsetRequestHeader;

/** A group's offsets in a topic by the official client's own calls, one after the other. Every call throws when it is not answered. */
final class RawOffsets {
    private static final long PATIENCE_MS = 10_000;

    private final MQClientAPIImpl api;
    private final String broker;
    private final String brokerName;
    private final String topic;
    private final String group;

    /** Makes the group: commits of one that is not there are refused. */
    RawOffsets(Clients clients, String topic, String group) throws Exception {
        api = RawApi.of(clients);
        broker = clients.server().broker();
        brokerName = clients.server().brokerName();
        this.topic = topic;
        this.group = group;
        RawApi.makeGroup(api, broker, group);
    }

    /** Where the group is. */
    long ask(int queue) throws Exception {
        QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(topic);
        header.setQueueId(queue);
        return api.queryConsumerOffset(broker, header, PATIENCE_MS);
    }

    /** Where the queue ends. */
    long end(int queue) throws Exception {
        return api.getMaxOffset(broker, new MessageQueue(topic, brokerName, queue), PATIENCE_MS);
    }

    /** @return whether it counts: it does not while a reset stands, which the client's own call does not say */
    boolean commit(int queue, long offset) throws Exception {
        RemotingCommand request =
                RemotingCommand.createRequestCommand(RequestCode.UPDATE_CONSUMER_OFFSET, header(queue, offset));
        RemotingCommand answer = api.getRemotingClient().invokeSync(broker, request, PATIENCE_MS);
        if (answer.getCode() != 0) {
            throw new IllegalStateException("not committed: " + answer);
        }
        return answer.getRemark() == null;
    }

    /**
     * Commits as consumers do every five seconds: nobody says whether it arrived. Not by the official client, whose next
     * request may overtake one that is not answered.
     *
     * @return where the group is by what it is told behind them on the same connection
     */
    long commitOneWay(int queue, List<Long> all) throws IOException {
        try (RawClient client = RawClient.connect(broker)) {
            for (long offset : all) {
                client.tell(RequestCode.UPDATE_CONSUMER_OFFSET, fields(queue, Map.of("commitOffset", "" + offset)));
            }
            RawClient.Answer answer =
                    client.call(RequestCode.QUERY_CONSUMER_OFFSET, fields(queue, Map.of()), new byte[0]);
            if (answer.code() != 0) {
                throw new IllegalStateException("not told: " + answer);
            }
            return answer.number("offset");
        }
    }

    private Map<String, String> fields(int queue, Map<String, String> more) {
        Map<String, String> all =
                new HashMap<>(Map.of("consumerGroup", group, "topic", topic, "queueId", Integer.toString(queue)));
        all.putAll(more);
        return all;
    }

    private UpdateConsumerOffsetRequestHeader header(int queue, long offset) {
        UpdateConsumerOffsetRequestHeader header = new UpdateConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(topic);
        header.setQueueId(queue);
        header.setCommitOffset(offset);
        return header;
    }

    /** As an administrator does. */
    void reset(int queue, long offset) throws Exception {
        api.invokeBrokerToResetOffset(broker, topic, group, 0, queue, offset, PATIENCE_MS);
    }

    /** Reads on from here as a consumer does, which takes the reset to this offset that may stand. */
    void readFrom(int queue, long offset) throws Exception {
        PullMessageRequestHeader header = new PullMessageRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(topic);
        header.setQueueId(queue);
        header.setQueueOffset(offset);
        header.setMaxMsgNums(1);
        header.setSysFlag(PullSysFlag.buildSysFlag(false, false, true, false));
        header.setCommitOffset(0L);
        header.setSuspendTimeoutMillis(0L);
        header.setSubscription("*");
        header.setSubVersion(0L);
        header.setExpressionType("TAG");
        api.pullMessage(broker, header, PATIENCE_MS, CommunicationMode.SYNC, null);
    }
}
