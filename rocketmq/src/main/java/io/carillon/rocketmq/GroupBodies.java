package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService.Progress;
import io.carillon.broker.admin.AdminService.TimeSpan;
import io.carillon.broker.admin.LiveClients.Client;
import io.carillon.broker.admin.LiveClients.Consumers;
import io.carillon.broker.metadata.DataVersion;
import io.carillon.broker.metadata.ForbiddenTopics;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Subscription;
import io.carillon.message.Topic;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The JSON bodies about groups and their members. */
final class GroupBodies {
    private GroupBodies() {}

    static JsonText group(ConsumerGroup group) {
        JsonText json = new JsonText()
                .add("attributes", group.attributes())
                .add("brokerId", group.brokerId())
                .add("consumeBroadcastEnable", group.broadcastEnabled())
                .add("consumeEnable", group.consumeEnabled())
                .add("consumeFromMinEnable", group.consumeFromMin())
                .add("consumeMessageOrderly", group.ordered())
                .add("consumeTimeoutMinute", group.consumeTimeoutMinutes())
                .add("groupName", group.name())
                .addText("groupRetryPolicy", group.retryPolicy())
                .add("groupSysFlag", group.systemFlag())
                .add("notifyConsumerIdsChangedEnable", group.notifyMembers())
                .add("retryMaxTimes", group.retryMax())
                .add("retryQueueNums", group.retryQueues());
        if (!group.subscriptions().isEmpty()) {
            json.addText("subscriptionDataSet", "[" + String.join(",", group.subscriptions()) + "]");
        }
        return json.add("whichBrokerWhenConsumeSlowly", group.whichBrokerWhenSlow());
    }

    /** Reads a group's settings; what is absent has the default that official clients expect. */
    static ConsumerGroup read(JsonFields json, Map<String, String> attributes) {
        String name = json.required("groupName");
        ConsumerGroup defaults = ConsumerGroup.of(name);
        return new ConsumerGroup(
                name,
                json.flag("consumeEnable", defaults.consumeEnabled()),
                json.flag("consumeFromMinEnable", defaults.consumeFromMin()),
                json.flag("consumeBroadcastEnable", defaults.broadcastEnabled()),
                json.flag("consumeMessageOrderly", defaults.ordered()),
                json.number("retryQueueNums", defaults.retryQueues()),
                json.number("retryMaxTimes", defaults.retryMax()),
                json.json("groupRetryPolicy", defaults.retryPolicy()),
                json.longNumber("brokerId", defaults.brokerId()),
                json.longNumber("whichBrokerWhenConsumeSlowly", defaults.whichBrokerWhenSlow()),
                json.flag("notifyConsumerIdsChangedEnable", defaults.notifyMembers()),
                json.number("groupSysFlag", defaults.systemFlag()),
                json.number("consumeTimeoutMinute", defaults.consumeTimeoutMinutes()),
                json.elements("subscriptionDataSet"),
                attributes);
    }

    static JsonText table(DataVersion version, List<ConsumerGroup> groups, ForbiddenTopics forbidden) {
        JsonText table = new JsonText();
        JsonText bans = new JsonText();
        for (ConsumerGroup group : groups) {
            table.add(group.name(), group(group));
            JsonText ofGroup = new JsonText();
            Set<String> topics = forbidden.of(group.name());
            topics.forEach(topic -> ofGroup.add(topic, Topic.Permission.READ));
            if (!topics.isEmpty()) {
                bans.add(group.name(), ofGroup);
            }
        }
        return new JsonText()
                .add("dataVersion", TopicBodies.version(version))
                .add("forbiddenTable", bans)
                .add("subscriptionGroupTable", table);
    }

    static JsonText consumeStats(String broker, List<Progress> progress, double perSecond) {
        JsonText table = new JsonText();
        for (Progress one : progress) {
            table.addUnder(
                    TopicBodies.queue(broker, one.topic(), one.queue()),
                    new JsonText()
                            .add("brokerOffset", one.brokerOffset())
                            .add("consumerOffset", one.consumerOffset())
                            .add("lastTimestamp", one.consumedStoredMs())
                            .add("pullOffset", one.handedOutOffset()));
        }
        return new JsonText().add("consumeTps", perSecond).add("offsetTable", table);
    }

    static JsonText timeSpans(String broker, String topic, List<TimeSpan> spans) {
        List<JsonText> all = spans.stream()
                .map(span -> new JsonText()
                        .add("consumeTimeStamp", span.consumedMs())
                        .add("delayTime", span.delayMs())
                        .add("maxTimeStamp", span.maxMs())
                        .add("messageQueue", TopicBodies.queue(broker, topic, span.queue()))
                        .add("minTimeStamp", span.minMs()))
                .toList();
        return new JsonText().addText("consumeTimeSpanSet", JsonText.array(all));
    }

    static JsonText consumers(Consumers consumers) {
        JsonText subscriptions = new JsonText();
        consumers.subscriptions().forEach(one -> subscriptions.add(one.topic(), subscription(one)));
        return producers(consumers.clients())
                .add("consumeFromWhere", consumers.from())
                .add("consumeType", consumers.type())
                .add("messageModel", consumers.model())
                .add("subscriptionTable", subscriptions);
    }

    static JsonText producers(Collection<Client> clients) {
        List<JsonText> all = clients.stream()
                .map(client -> new JsonText()
                        .add("clientAddr", address(client.address()))
                        .add("clientId", client.clientId())
                        .add("language", client.language())
                        .add("version", client.version()))
                .toList();
        return new JsonText().addText("connectionSet", JsonText.array(all));
    }

    /** The address has the form of a Java socket address here, unlike in {@link #producers}: tools cut the slash off. */
    static JsonText allProducers(Map<String, Collection<Client>> groups) {
        JsonText data = new JsonText();
        groups.forEach((group, clients) -> {
            List<JsonText> all = clients.stream()
                    .map(client -> new JsonText()
                            .add("clientId", client.clientId())
                            .add("language", client.language())
                            .add("lastUpdateTimestamp", client.seenMs())
                            .add("remoteIP", "/" + address(client.address()))
                            .add("version", client.version()))
                    .toList();
            data.addText(group, JsonText.array(all));
        });
        return new JsonText().add("data", data);
    }

    static JsonText subscription(Subscription subscription) {
        return new JsonText()
                .add("classFilterMode", false)
                .add("codeSet", subscription.tagHashes())
                .add("expressionType", subscription.type().isEmpty() ? Subscription.TAG : subscription.type())
                .add("subString", subscription.expression())
                .add("subVersion", subscription.version())
                .add("tagsSet", subscription.tags())
                .add("topic", subscription.topic());
    }

    private static String address(InetSocketAddress address) {
        return address.getAddress() == null
                ? address.getHostString() + ":" + address.getPort()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
