package io.carillon.rocketmq;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What RocketMQ's tools call the settings of one kind of server.
 *
 * @param translated by name: the settings that mean the same here
 * @param forbidden what Apache's server lets nobody change, so that nobody gets at files through it
 * @param tuning what tunes a mechanism that only Apache's server has
 */
record SettingNames(Map<String, SettingName> translated, Set<String> forbidden, Set<String> tuning) {
    static final SettingNames BROKER = of(
            List.of(
                    SettingName.same("autoCreateTopicEnable", "broker.auto-create-topics"),
                    SettingName.same("autoCreateSubscriptionGroup", "broker.auto-create-groups"),
                    SettingName.same("defaultTopicQueueNums", "broker.auto-create-queues"),
                    SettingName.counted("maxMessageSize", "broker.message-size-max", "B"),
                    SettingName.counted("channelExpiredTimeout", "broker.client-timeout", "ms"),
                    SettingName.same("maxTransferCountOnMessageInMemory", "broker.pull-messages-max"),
                    SettingName.counted("maxTransferBytesOnMessageInMemory", "broker.pull-bytes-max", "B"),
                    SettingName.same("maxPullRequestHold", "broker.long-polls-max"),
                    SettingName.same("storeReplyMessageEnable", "broker.store-replies"),
                    SettingName.same("enablePropertyFilter", "broker.property-filter"),
                    SettingName.same("maxLmqConsumeQueueNum", "broker.light-queues-max"),
                    SettingName.same("popInflightMessageThreshold", "pop.in-flight-max"),
                    SettingName.same("popPollingSize", "pop.polls-max"),
                    SettingName.counted("timerMaxDelaySec", "schedule.delay-max", "s"),
                    SettingName.negated("rejectTransactionMessage", "transaction.enabled"),
                    SettingName.counted("transactionTimeOut", "transaction.timeout", "ms"),
                    SettingName.counted("transactionCheckInterval", "transaction.check-interval", "ms"),
                    SettingName.same("transactionCheckMax", "transaction.checks-max"),
                    SettingName.counted("fileReservedTime", "log.keep-for", "h"),
                    SettingName.same("diskMaxUsedSpaceRatio", "log.disk-use-max"),
                    SettingName.counted("flushIntervalCommitLog", "log.flush-interval", "ms")),
            Set.of("brokerConfigPath", "configBlackList"),
            ApacheTuning.BROKER);

    static final SettingNames NAME_SERVER = of(
            List.of(
                    SettingName.counted("brokerHeartbeatTimeoutMillis", "nameserver.heartbeat-timeout", "ms"),
                    SettingName.same("supportActingMaster", "nameserver.acting-master"),
                    SettingName.same("orderMessageEnable", "nameserver.ordered-topics"),
                    SettingName.same("kvConfigEntriesMax", "nameserver.kv-entries-max")),
            Set.of("configBlackList", "configStorePath", "kvConfigPath", "rocketmqHome"),
            ApacheTuning.NAME_SERVER);

    private static SettingNames of(List<SettingName> translated, Set<String> forbidden, Set<String> tuning) {
        return new SettingNames(
                translated.stream().collect(Collectors.toUnmodifiableMap(SettingName::name, Function.identity())),
                forbidden,
                tuning);
    }
}
