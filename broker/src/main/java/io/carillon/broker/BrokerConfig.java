package io.carillon.broker;

import io.carillon.base.ByteSize;
import io.carillon.broker.pop.PopConfig;
import io.carillon.broker.transaction.TransactionConfig;
import io.carillon.log.LogConfig;
import io.carillon.schedule.ScheduleConfig;
import java.time.Duration;

/**
 * How a broker behaves.
 *
 * @param name the broker group's name, which clients see as {@code brokerName}
 * @param cluster the cluster's name
 * @param autoCreateTopics whether the first send to an unknown topic makes it
 * @param autoCreateGroups whether the first use of an unknown consumer group, such as a heartbeat or a pull, makes it
 * @param autoCreateQueues how many queues a topic has at most that a first send made
 * @param messageSizeMax the largest message body, batches included
 * @param clientTimeout how long a client may be silent before it is taken as gone
 * @param lockTimeout how long a queue stays locked for an orderly consumer that does not renew
 * @param pullMessagesMax how many messages one pull returns at most
 * @param pullBytesMax how many bytes one pull returns at most; the first message always fits
 * @param longPollMax how long a pull may wait at most
 * @param longPollsMax how many pulls may wait at once
 * @param storeReplies whether the answers to requests of clients, which go straight to the client that asked, are also kept
 *     in the cluster's reply topic
 * @param propertyFilter whether consumers may filter by properties (SQL92); each message that their tags let through is
 *     then read to decide
 * @param lightQueuesMax how many light queues there may be, to which messages of other topics are dispatched that name
 *     them; 0 dispatches none
 * @param pop how much consumers may pop and leave unsettled
 * @param schedule how messages that are due later are treated
 * @param transaction how transactional messages are treated
 */
public record BrokerConfig(
        String name,
        String cluster,
        boolean autoCreateTopics,
        boolean autoCreateGroups,
        int autoCreateQueues,
        ByteSize messageSizeMax,
        Duration clientTimeout,
        Duration lockTimeout,
        int pullMessagesMax,
        ByteSize pullBytesMax,
        Duration longPollMax,
        int longPollsMax,
        boolean storeReplies,
        boolean propertyFilter,
        int lightQueuesMax,
        PopConfig pop,
        ScheduleConfig schedule,
        TransactionConfig transaction,
        LogConfig log) {

    public static final BrokerConfig DEFAULT = new BrokerConfig(
            "broker-a",
            "DefaultCluster",
            true,
            true,
            8,
            ByteSize.mib(4),
            Duration.ofMinutes(2),
            Duration.ofMinutes(1),
            1024,
            ByteSize.kib(256),
            Duration.ofSeconds(25),
            100_000,
            true,
            true,
            20_000,
            PopConfig.DEFAULT,
            ScheduleConfig.DEFAULT,
            TransactionConfig.DEFAULT,
            LogConfig.DEFAULT);
}
