package io.carillon.broker.pop;

import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import org.jspecify.annotations.Nullable;

/**
 * In which order one pop looks through the queues of a topic, drawn anew for each, as official brokers draw it.
 *
 * <p>In a topic of priorities the number of a queue is that of its messages: the highest comes first, and what is tried
 * again last. A group's attribute {@code priority.factor} says how many of a hundred pops keep to that; all when it does not.
 *
 * @param retriesFirst whether messages to be tried again are looked for first; else last
 * @param start the first queue, unless it goes by priority
 */
record Turn(boolean retriesFirst, boolean byPriority, int start) {
    /** One queue after the other, from the first. */
    static final Turn IN_PLACE = new Turn(false, false, 0);

    /** Of a hundred pops so many look for messages to be tried again first. */
    private static final int RETRIES_FIRST_PERCENT = 20;

    private static final String PRIORITY_FACTOR = "priority.factor";
    private static final int PRIORITY_FACTOR_DEFAULT = 100;

    /** @param chance drawn from 0 to 99 */
    static Turn of(boolean isOrdered, @Nullable Topic topic, @Nullable ConsumerGroup group, int chance) {
        boolean byPriority = !isOrdered && topic != null && topic.isOfPriorities() && chance < priorityFactor(group);
        return new Turn(!isOrdered && !byPriority && chance < RETRIES_FIRST_PERCENT, byPriority, chance);
    }

    private static int priorityFactor(@Nullable ConsumerGroup group) {
        String factor = group == null ? null : group.attributes().get(PRIORITY_FACTOR);
        if (factor == null) {
            return PRIORITY_FACTOR_DEFAULT;
        }
        try {
            return Integer.parseInt(factor);
        } catch (NumberFormatException _) { // a group may have any attribute: one that says nothing counts as none
            return PRIORITY_FACTOR_DEFAULT;
        }
    }

    /** The number of the queue that comes after {@code i} others, of so many. */
    int queue(int i, int count) {
        return byPriority ? count - 1 - i : (start + i) % count;
    }
}
