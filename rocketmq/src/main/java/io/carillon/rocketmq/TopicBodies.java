package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService.QueueFigures;
import io.carillon.broker.metadata.DataVersion;
import io.carillon.message.Topic;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The JSON bodies about topics and queues. */
final class TopicBodies {
    private TopicBodies() {}

    static JsonText topic(Topic topic) {
        return new JsonText()
                .add("attributes", topic.attributes())
                .add("order", topic.ordered())
                .add("perm", topic.permissions())
                .add("readQueueNums", topic.readQueues())
                .add("topicFilterType", topic.filterType())
                .add("topicName", topic.name())
                .add("topicSysFlag", topic.systemFlag())
                .add("writeQueueNums", topic.writeQueues());
    }

    static JsonText version(DataVersion version) {
        return new JsonText()
                .add("counter", version.counter())
                .add("stateVersion", version.stateVersion())
                .add("timestamp", version.timestampMs());
    }

    /** A queue as clients name it; also the key of maps. */
    static JsonText queue(String broker, String topic, int queue) {
        return new JsonText().add("brokerName", broker).add("queueId", queue).add("topic", topic);
    }

    static JsonText table(DataVersion version, List<Topic> topics) {
        JsonText table = new JsonText();
        topics.forEach(topic -> table.add(topic.name(), topic(topic)));
        return new JsonText()
                .add("dataVersion", version(version))
                .add("mappingDataVersion", version(new DataVersion(0, 0, 0)))
                .add("topicConfigTable", table)
                .add("topicQueueMappingDetailMap", new JsonText())
                .add("topicQueueMappingInfoMap", new JsonText());
    }

    static JsonText stats(String broker, String topic, List<QueueFigures> queues, double storedPerSecond) {
        JsonText table = new JsonText();
        for (QueueFigures queue : queues) {
            table.addUnder(
                    queue(broker, topic, queue.queue()),
                    new JsonText()
                            .add("lastUpdateTimestamp", queue.lastStoredMs())
                            .add("maxOffset", queue.offsetMax())
                            .add("minOffset", queue.offsetMin()));
        }
        return new JsonText().add("offsetTable", table).add("topicPutTps", storedPerSecond);
    }

    static JsonText list(Collection<String> topics) {
        return new JsonText().add("topicList", topics);
    }

    /** Reads a topic's settings; attributes are changes to those in {@code before}. */
    static Topic read(JsonFields json, UnaryOperator<Map<String, String>> attributes) {
        return new Topic(
                json.required("topicName"),
                json.number("readQueueNums", 16),
                json.number("writeQueueNums", 16),
                json.number("perm", Topic.Permission.READ | Topic.Permission.WRITE),
                json.text("topicFilterType", "SINGLE_TAG"),
                json.number("topicSysFlag", 0),
                json.flag("order", false),
                attributes.apply(json.texts("attributes")));
    }
}
