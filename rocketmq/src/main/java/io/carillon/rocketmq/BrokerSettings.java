package io.carillon.rocketmq;

import io.carillon.broker.BrokerConfig;
import io.carillon.log.LogConfig;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The broker's settings under the names by which RocketMQ's tools know them: the ones that this broker really has, with
 * the values that are in force. None can be changed over the wire: a change that asks for the value that is in force is
 * fine, one that asks this broker to behave otherwise is refused by name, and every other one, since it tunes a
 * mechanism that only Apache's broker has or names nothing at all, is taken and changes nothing. So no setting that
 * names a path or a command can ever be set by a client.
 */
final class BrokerSettings {
    /** What Apache's broker lets nobody change, so that nobody gets at files through it. */
    private static final Set<String> FORBIDDEN = Set.of("brokerConfigPath", "configBlackList");

    /** Apache's names of what this broker does not have: who sets one must not believe that it is set. */
    private static final Set<String> NOT_HERE =
            Set.of("messageDelayLevel", "rocketmqHome", "storePathCommitLog", "storePathRootDir", "timerMaxDelaySec");

    private final Map<String, String> values = new TreeMap<>();

    /** @param ip with {@code port}: where clients reach this broker */
    BrokerSettings(BrokerConfig config, String ip, int port) {
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

    /**
     * Checks a change, given as properties text.
     *
     * @throws BadRequest naming each setting that cannot be changed, and why
     */
    void change(String text) {
        List<String> refused = new ArrayList<>();
        Properties wanted = parse(text);
        for (String name : new TreeSet<>(wanted.stringPropertyNames())) {
            String value = values.get(name);
            if (FORBIDDEN.contains(name)) {
                refused.add(name + " is not for clients");
            } else if (NOT_HERE.contains(name)) {
                refused.add(name + " is nothing that this broker has");
            } else if (value != null && !value.equals(wanted.getProperty(name).strip())) {
                refused.add(name + " is " + value);
            }
        }
        if (!refused.isEmpty()) {
            throw new BadRequest(
                    ResponseCode.NO_PERMISSION,
                    "a broker's settings are set when it starts: " + refused + "; nothing was changed");
        }
    }

    private static Properties parse(String text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException | IllegalArgumentException e) {
            throw new BadRequest("the body is not properties text: " + e.getMessage());
        }
        return properties;
    }
}
