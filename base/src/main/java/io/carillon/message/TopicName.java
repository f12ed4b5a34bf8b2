package io.carillon.message;

import java.util.Set;

/** The rules for names of topics and groups, and the names that have a meaning of their own. */
public final class TopicName {
    public static final String RETRY_PREFIX = "%RETRY%";
    public static final String DEAD_LETTER_PREFIX = "%DLQ%";
    /** Begins the names of light queues: topics of one queue, to which messages of other topics are dispatched as well. */
    public static final String LIGHT_PREFIX = "%LMQ%";
    /** Stands between group and topic in the newer names of topics for what is popped again; in no other name. */
    public static final char POP_RETRY_V2 = '+';

    public static final String RESERVED_PREFIX = "rmq_sys_";
    /** The template for topics that are made by the first send. */
    public static final String AUTO_CREATE = "TBW102";

    public static final String SCHEDULE = "SCHEDULE_TOPIC_XXXX";
    public static final String TRACE = "RMQ_SYS_TRACE_TOPIC";
    /** Where the halves of transactions wait for their decision; no consumer may read it. */
    public static final String HALF = "RMQ_SYS_TRANS_HALF_TOPIC";
    /** Where halves end that nobody decided. */
    public static final String CHECKED_TOO_OFTEN = "TRANS_CHECK_MAX_TIME_TOPIC";

    public static final int TOPIC_CHARS_MAX = 127;
    public static final int DERIVED_TOPIC_CHARS_MAX = 255;
    public static final int GROUP_CHARS_MAX = 120;

    private static final Set<String> NOT_SENDABLE = Set.of(
            SCHEDULE,
            HALF,
            "RMQ_SYS_TRANS_OP_HALF_TOPIC",
            "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC",
            "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC",
            CHECKED_TOO_OFTEN,
            "SELF_TEST_TOPIC",
            "OFFSET_MOVED_EVENT");

    private TopicName() {}

    /** What is wrong with the name of a topic, as a sentence for the client; empty when it is fine. */
    public static String faultOf(String topic) {
        if (topic.isBlank()) {
            return "The specified topic is blank.";
        }
        int max = isRetry(topic) || isDeadLetter(topic) ? DERIVED_TOPIC_CHARS_MAX : TOPIC_CHARS_MAX;
        if (topic.length() > max) {
            return "The specified topic is longer than topic max length " + max + ".";
        }
        String plain = isRetry(topic) ? topic.replaceFirst("\\" + POP_RETRY_V2, "_") : topic;
        return hasOnlyAllowedChars(plain)
                ? ""
                : "The specified topic[" + topic + "] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$";
    }

    /** What is wrong with the name of a group, as a sentence for the client; empty when it is fine. */
    public static String faultOfGroup(String group) {
        if (group.isBlank()) {
            return "The specified group is blank.";
        }
        if (group.length() > GROUP_CHARS_MAX) {
            return "The specified group is longer than group max length " + GROUP_CHARS_MAX + ".";
        }
        return hasOnlyAllowedChars(group)
                ? ""
                : "The specified group[" + group + "] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$";
    }

    private static boolean hasOnlyAllowedChars(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean allowed = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '_'
                    || c == '-'
                    || c == '%'
                    || c == '|';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    public static boolean isRetry(String topic) {
        return topic.startsWith(RETRY_PREFIX);
    }

    public static boolean isDeadLetter(String topic) {
        return topic.startsWith(DEAD_LETTER_PREFIX);
    }

    public static boolean isLight(String topic) {
        return topic.startsWith(LIGHT_PREFIX);
    }

    public static String retryOf(String group) {
        return RETRY_PREFIX + group;
    }

    /** Where what a group popped from a topic, and did not settle in time, can be popped again. */
    public static String popRetryOf(String topic, String group) {
        return RETRY_PREFIX + group + "_" + topic;
    }

    /** The same by a newer naming of RocketMQ, which it does not use unless it is told to. */
    public static String popRetryV2Of(String topic, String group) {
        return RETRY_PREFIX + group + POP_RETRY_V2 + topic;
    }

    /** The group whose retry topic this is. */
    public static String groupOfRetry(String retryTopic) {
        return retryTopic.substring(RETRY_PREFIX.length());
    }

    public static String deadLetterOf(String group) {
        return DEAD_LETTER_PREFIX + group;
    }

    /** Where it is noted what nobody of a group got in time, by the delay queue. No client may read or write it. */
    public static String expiredOf(String group) {
        return RESERVED_PREFIX + "expired_" + group;
    }

    /** Whether clients must not send to this topic. */
    public static boolean isForbiddenToClients(String topic) {
        return NOT_SENDABLE.contains(topic);
    }
}
