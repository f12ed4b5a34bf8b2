package io.carillon.rocketmq;

import io.carillon.broker.access.Action;
import io.carillon.broker.access.ResourceType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a request needs: one of these actions at one thing.
 *
 * @param anyOf of which one is enough
 */
record Wanted(ResourceType type, String name, Set<Action> anyOf) {
    private static final String RETRY = "%RETRY%";
    private static final String DEAD_LETTERS = "%DLQ%";

    static Wanted topic(String name, Set<Action> anyOf) {
        return new Wanted(ResourceType.TOPIC, name, anyOf);
    }

    static Wanted group(String name, Set<Action> anyOf) {
        return new Wanted(ResourceType.GROUP, groupOf(name), anyOf);
    }

    /** A topic that holds a group's retries or dead letters is the group's: its right counts, and no other. */
    static Wanted topicOrItsGroup(String topic, Set<Action> atTopic, Set<Action> atGroup) {
        return isOfGroup(topic) ? group(topic, atGroup) : topic(topic, atTopic);
    }

    static boolean isOfGroup(String topic) {
        return topic.startsWith(RETRY) || topic.startsWith(DEAD_LETTERS);
    }

    /** Whether a topic holds the retries or dead letters of this very group. */
    static boolean isOf(String topic, String group) {
        return isOfGroup(topic) && groupOf(topic).equals(group);
    }

    /**
     * The topic whose retries a topic holds for consumers of this group that pop, which bears both names; null when it is
     * none of that kind. It may as well be the retry topic of another group whose name begins like this one's: what is
     * done with it must touch nothing of that group.
     */
    static @Nullable String poppedTopic(String topic, String group) {
        String start = RETRY + group;
        boolean isPopRetry = topic.startsWith(start)
                && topic.length() > start.length() + 1
                && (topic.charAt(start.length()) == '_' || topic.charAt(start.length()) == '+');
        return isPopRetry ? topic.substring(start.length() + 1) : null;
    }

    private static String groupOf(String name) {
        if (name.startsWith(RETRY)) {
            return name.substring(RETRY.length());
        }
        return name.startsWith(DEAD_LETTERS) ? name.substring(DEAD_LETTERS.length()) : name;
    }

    /** Such as {@code Topic:orders}, as refusals and policies have it. */
    String resource() {
        return type.text() + ':' + name;
    }
}
