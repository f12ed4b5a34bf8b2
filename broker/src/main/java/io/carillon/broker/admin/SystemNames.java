package io.carillon.broker.admin;

import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import io.carillon.message.Topic.Permission;
import io.carillon.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The topics and groups that every broker has, since official clients and tools look for them (names: Apache RocketMQ).
 * Topics of Apache's inner mechanisms that nobody but its own broker reads are left out.
 */
public final class SystemNames {
    public static final String SELF_TEST = "SELF_TEST_TOPIC";
    public static final String BENCHMARK = "BenchmarkTest";
    public static final String OFFSET_MOVED = "OFFSET_MOVED_EVENT";
    public static final String OP_HALF = "RMQ_SYS_TRANS_OP_HALF_TOPIC";
    public static final String REPLY_SUFFIX = "_REPLY_TOPIC";

    private static final int DELAY_LEVELS = 18;
    private static final int ANY = Permission.READ | Permission.WRITE | Permission.INHERIT;

    private static final List<String> GROUPS = List.of(
            "TOOLS_CONSUMER",
            "FILTERSRV_CONSUMER",
            "SELF_TEST_C_GROUP",
            "CID_ONS-HTTP-PROXY",
            "CID_ONSAPI_PULL",
            "CID_ONSAPI_PERMISSION",
            "CID_ONSAPI_OWNER",
            "CID_RMQ_SYS_TRANS");

    private final List<Topic> topics;
    private final Set<String> names;

    /** @param templateQueues of the template {@code TBW102}, after which a first send may make a topic; 0 for none */
    public SystemNames(String broker, String cluster, int templateQueues) {
        List<Topic> all = new ArrayList<>(List.of(
                Topic.of(SELF_TEST, 1),
                Topic.of(BENCHMARK, 8),
                Topic.of(broker, 1, ANY),
                Topic.of(cluster, 16, ANY),
                Topic.of(OFFSET_MOVED, 1),
                Topic.of(TopicName.SCHEDULE, DELAY_LEVELS),
                Topic.of(TopicName.TRACE, 1),
                Topic.of(cluster + REPLY_SUFFIX, 1),
                Topic.of(TopicName.HALF, 1),
                Topic.of(OP_HALF, 1),
                Topic.of(TopicName.CHECKED_TOO_OFTEN, 1)));
        if (templateQueues > 0) {
            all.add(template(templateQueues));
        }
        topics = List.copyOf(all);
        names = all.stream().map(Topic::name).collect(Collectors.toUnmodifiableSet());
    }

    /** The topic after which a first send may make one. */
    public static Topic template(int queues) {
        return Topic.of(TopicName.AUTO_CREATE, queues, ANY);
    }

    public List<Topic> topics() {
        return topics;
    }

    public List<ConsumerGroup> groups() {
        return GROUPS.stream().map(ConsumerGroup::of).toList();
    }

    /** Whether nobody may change or delete this topic. */
    public boolean isSystemTopic(String topic) {
        return names.contains(topic)
                || topic.equals(TopicName.AUTO_CREATE)
                || topic.startsWith(TopicName.RESERVED_PREFIX);
    }

    /** Whether nobody may delete this group. */
    public static boolean isSystemGroup(String group) {
        return GROUPS.contains(group);
    }
}
