package io.carillon.rocketmq;

import io.carillon.broker.BrokerConfig;
import io.carillon.log.LogConfig;
import io.carillon.remoting.Reply;
import java.util.Map;
import java.util.TreeMap;

/**
 * The broker's settings that are in force: under the names by which RocketMQ's tools know them, those that this broker
 * really has, and under their own keys those that can be changed while it runs ({@link SettingChange}).
 */
final class BrokerSettings {
    private final Map<String, String> values = new TreeMap<>();

    private final LiveSettings live;

    /**
     * @param live those that can be changed
     * @param ip with {@code port}: where clients reach this broker
     */
    BrokerSettings(BrokerConfig config, LiveSettings live, String ip, int port) {
        this.live = live;
        values.putAll(live.inForce());
        LogConfig log = config.log();
        put("brokerName", config.name());
        put("brokerClusterName", config.cluster());
        put("brokerId", 0);
        put("brokerIP1", ip);
        put("listenPort", port);
        put("brokerRole", "ASYNC_MASTER");
        put("brokerPermission", 6);
        put("autoCreateTopicEnable", config.autoCreateTopics());
        put("autoCreateSubscriptionGroup", config.autoCreateGroups());
        put("defaultTopicQueueNums", config.autoCreateQueues());
        put("maxMessageSize", config.messageSizeMax().bytes());
        put("flushDiskType", log.flush() == LogConfig.Flush.SYNC ? "SYNC_FLUSH" : "ASYNC_FLUSH");
        put("flushIntervalCommitLog", log.flushInterval().toMillis());
        put("mappedFileSizeCommitLog", log.segmentSize().bytes());
        put("fileReservedTime", log.keepFor().toHours());
        put("diskMaxUsedSpaceRatio", log.diskUseMax());
        put("maxTransferCountOnMessageInMemory", config.pullMessagesMax());
        put("maxTransferBytesOnMessageInMemory", config.pullBytesMax().bytes());
        put("longPollingEnable", true);
        put("maxPullRequestHold", config.longPollsMax());
        put("channelExpiredTimeout", config.clientTimeout().toMillis());
        put("rejectTransactionMessage", !config.transaction().enabled());
        put("transactionTimeOut", config.transaction().timeout().toMillis());
        put("transactionCheckInterval", config.transaction().checkInterval().toMillis());
        put("transactionCheckMax", config.transaction().checksMax());
        put("timerWheelEnable", false);
        put("enablePropertyFilter", config.propertyFilter());
        put("traceTopicEnable", true);
        put("aclEnable", false);
        put("authenticationEnabled", false);
        put("authorizationEnabled", false);
        put("enableControllerMode", false);
        put("storeReplyMessageEnable", config.storeReplies());
        put("recallMessageEnable", false);
        put("maxLmqConsumeQueueNum", config.lightQueuesMax());
        put("popInflightMessageThreshold", config.pop().inFlightMax());
        put("popPollingSize", config.pop().pollsMax());
        put("timerMaxDelaySec", config.schedule().delayMax().toSeconds());
    }

    private void put(String name, Object value) {
        values.put(name, value.toString());
    }

    /** As lines {@code name=value}, sorted. */
    String text() {
        StringBuilder text = new StringBuilder();
        values.forEach(
                (name, value) -> text.append(name).append('=').append(value).append('\n'));
        return text.toString();
    }

    /** Does what a request's body asks for, see {@link SettingChange}. May wait for the disk. */
    Reply change(byte[] body, String by) {
        return new SettingChange(SettingNames.BROKER, values, live).reply(body, by);
    }
}
