package io.carillon.broker.consume;

import io.carillon.broker.consume.PullResult.Reason;
import io.carillon.broker.consume.PullResult.Refused;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import org.jspecify.annotations.Nullable;

/** What consumers are told that may not read, whether they pull or pop: in the words that their users look for. */
public final class ReadRefusals {
    private ReadRefusals() {}

    public static Refused noTopic(String topic) {
        return new Refused(Reason.NO_TOPIC, "topic[" + topic + "] not exist, apply first please!");
    }

    public static Refused noGroup(String group) {
        return new Refused(Reason.NO_GROUP, "subscription group [" + group + "] does not exist");
    }

    public static Refused disabled(String group) {
        return new Refused(Reason.NO_PERMISSION, "subscription group no permission, " + group);
    }

    public static Refused forbidden(String group, String topic) {
        return new Refused(
                Reason.NO_PERMISSION, "the consumer group[" + group + "] is forbidden for topic[" + topic + "]");
    }

    /**
     * Whether nobody may read the topic.
     *
     * @param doing what the consumer wanted to do, such as pulling
     * @return null when some may
     */
    public static @Nullable Refused unreadable(Topic topic, String doing) {
        if (topic.name().equals(TopicName.HALF)) {
            return new Refused(
                    Reason.NO_PERMISSION,
                    "the topic[" + topic.name() + "] holds messages that are not committed: nobody may consume them");
        }
        return topic.isReadable()
                ? null
                : new Refused(
                        Reason.NO_PERMISSION, "the topic[" + topic.name() + "] " + doing + " message is forbidden");
    }

    public static Refused badQueue(int queue, Topic topic, String group) {
        return new Refused(
                Reason.BAD_QUEUE,
                "queueId[" + queue + "] is illegal, topic:[" + topic.name() + "] topicConfig.readQueueNums:["
                        + topic.readQueues() + "] consumer:[" + group + "]");
    }
}
