package io.carillon.broker;

import io.carillon.base.ByteSize;
import io.carillon.log.LogConfig;

/** Configurations of brokers whose segments fit into a disk in memory. */
public final class SmallBroker {
    private SmallBroker() {}

    /** All else as it is by default. */
    public static BrokerConfig config() {
        BrokerConfig all = BrokerConfig.DEFAULT;
        return config(all.name(), all.autoCreateTopics(), all.autoCreateQueues());
    }

    public static BrokerConfig config(String name, boolean autoCreateTopics, int autoCreateQueues) {
        LogConfig log = LogConfig.DEFAULT;
        LogConfig small = new LogConfig(
                log.flush(),
                ByteSize.mib(1),
                log.flushInterval(),
                log.checkpointInterval(),
                log.checkpointBytes(),
                log.keepFor(),
                log.keepAtMost(),
                log.diskUseMax(),
                log.diskReserve(),
                log.dedupWindow(),
                1000,
                log.hotBytes());
        BrokerConfig all = BrokerConfig.DEFAULT;
        return new BrokerConfig(
                name,
                all.cluster(),
                autoCreateTopics,
                all.autoCreateGroups(),
                autoCreateQueues,
                all.messageSizeMax(),
                all.clientTimeout(),
                all.lockTimeout(),
                all.pullMessagesMax(),
                all.pullBytesMax(),
                all.longPollMax(),
                all.longPollsMax(),
                all.storeReplies(),
                all.propertyFilter(),
                all.schedule(),
                all.transaction(),
                small);
    }
}
