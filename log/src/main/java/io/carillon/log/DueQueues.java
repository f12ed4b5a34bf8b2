package io.carillon.log;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The queues that hold what is due later, one for each hour (UTC, counted from the epoch). They are consume queues like
 * any other, but of topics that no client can name; where a queue has a message's tag, they have its due time.
 */
public final class DueQueues {
    public static final long HOUR_MS = 3_600_000;
    /** No topic's name may begin so. */
    private static final String PREFIX = "\u0001due/";

    private static final int RECENT = 64;

    private final QueueIndex index;
    /** The place that comes next in an hour that has no queue: it may have had one. */
    private final IntToLongFunction start;
    /**
     * Hours that were asked for, each at the place of its low bits; a later one takes the place of an earlier one. Threads
     * may see old ones, which does no harm.
     */
    private final @Nullable Recent[] recent = new Recent[RECENT];

    private record Recent(int hour, ConsumeQueue queue) {}

    DueQueues(QueueIndex index, IntToLongFunction start) {
        this.index = index;
        this.start = start;
    }

    /** The hour in which a time lies. */
    public static int hourOf(long dueMs) {
        return Math.toIntExact(Math.floorDiv(dueMs, HOUR_MS));
    }

    /** The name that an hour's queue has in the index. */
    static String topicOf(int hour) {
        return PREFIX + hour;
    }

    static boolean isDue(String topic) {
        return topic.startsWith(PREFIX);
    }

    /** The hour of such a topic. */
    static int hourOf(String topic) {
        return Integer.parseInt(topic, PREFIX.length(), topic.length(), 10);
    }

    /** The hour of such a queue. */
    public static int hourOf(ConsumeQueue queue) {
        return queue.dueHour();
    }

    /** The queue of what is due in this hour; made empty when there is none. Any thread. */
    public ConsumeQueue of(int hour) {
        ConsumeQueue known = recent(hour);
        return known == null ? made(hour) : known;
    }

    private ConsumeQueue made(int hour) {
        ConsumeQueue found = index.existing(topicOf(hour), 0);
        return remember(hour, found == null ? index.queue(topicOf(hour), 0, start.applyAsLong(hour)) : found);
    }

    /** The queue of what is due in this hour, or null when there is none. Any thread. */
    public @Nullable ConsumeQueue existing(int hour) {
        ConsumeQueue known = recent(hour);
        if (known != null) {
            return known;
        }
        ConsumeQueue found = index.existing(topicOf(hour), 0);
        return found == null ? null : remember(hour, found);
    }

    private @Nullable ConsumeQueue recent(int hour) {
        Recent known = recent[hour & (RECENT - 1)];
        return known != null && known.hour() == hour && !known.queue().isDropped() ? known.queue() : null;
    }

    private ConsumeQueue remember(int hour, ConsumeQueue queue) {
        recent[hour & (RECENT - 1)] = new Recent(hour, queue);
        return queue;
    }

    /** All hours that have a queue, in no order. Any thread. */
    public List<ConsumeQueue> all() {
        List<ConsumeQueue> found = new ArrayList<>();
        for (ConsumeQueue queue : index.all()) {
            if (queue.isDue()) {
                found.add(queue);
            }
        }
        return found;
    }
}
