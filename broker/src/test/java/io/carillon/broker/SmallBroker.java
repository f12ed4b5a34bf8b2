package io.carillon.broker;

import io.carillon.base.ByteSize;
import io.carillon.broker.pop.PopConfig;
import io.carillon.log.LogConfig;

/** Configurations of brokers whose segments fit into a disk in memory. */
public final class SmallBroker {
    private SmallBroker() {}

    /** All else as it is by default. */
    public static BrokerConfig config() {
        BrokerConfig all = BrokerConfig.DEFAULT;
        return config(all.name(), all.autoCreateTopics(), all.autoCreateQueues());
    }

    /** With these limits on popping. */
    public static BrokerConfig config(PopConfig pop) {
        BrokerConfig all = config();
        return new BrokerConfig(
                all.name(),
                all.cluster(),
                all.autoCreateTopics(),
                all.autoCreateGroups(),
                all.autoCreateQueues(),
                all.messageSizeMax(),
                all.clientTimeout(),
                all.lockTimeout(),
                all.pullMessagesMax(),
                all.pullBytesMax(),
                all.longPollMax(),
                all.longPollsMax(),
                all.storeReplies(),
                all.propertyFilter(),
                pop,
                all.schedule(),
                all.transaction(),
                all.log());
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
                all.pop(),
                all.schedule(),
                all.transaction(),
                small);
    }
}
