package io.carillon.log;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which offset the next message of a queue gets when entries stand in the log that are not applied yet: a function of the
 * log alone, so that every replica gives the same ones. Where no such entry touches a queue, the index knows. One thread:
 * the one that appends.
 */
final class TailOffsets {
    /** How many queues are remembered before those are forgotten that the index knows by now. */
    private static final int TIDY_AT = 8192;

    private record Key(String topic, int number) {}

    /** @param index of the last entry that touches the queue */
    private record Place(long next, long index) {}

    private final QueueIndex queues;
    private final LogListener listener;
    private final LongSupplier appliedIndex;
    private final Map<Key, Place> places = new HashMap<>();
    /** The index of the last entry that deletes a topic. */
    private final Map<String, Long> deleted = new HashMap<>();

    private int tidyAt = TIDY_AT;

    /** @param appliedIndex the last entry that the index has; what is read of the index after it is at least as new */
    TailOffsets(QueueIndex queues, LogListener listener, LongSupplier appliedIndex) {
        this.queues = queues;
        this.listener = listener;
        this.appliedIndex = appliedIndex;
    }

    /** Gives out the next offset of a queue, to a message of the entry with this index. */
    long take(String topic, int number, long atIndex) {
        Key key = new Key(topic, number);
        long next = next(key);
        note(key, next + 1, atIndex);
        return next;
    }

    private long next(Key key) {
        long applied = appliedIndex.getAsLong();
        Place place = places.get(key);
        if (place != null && place.index() > applied) {
            return place.next();
        }
        Long deletedAt = deleted.get(key.topic());
        return deletedAt != null && deletedAt > applied ? 0 : indexed(key);
    }

    private long indexed(Key key) {
        ConsumeQueue known = queues.existing(key.topic(), key.number());
        if (known != null) {
            return known.next();
        }
        return DueQueues.isDue(key.topic()) ? listener.dueQueueStart(DueQueues.hourOf(key.topic())) : 0;
    }

    /** A message of this entry has the offset before {@code next}. */
    void note(String topic, int number, long next, long atIndex) {
        note(new Key(topic, number), next, atIndex);
    }

    private void note(Key key, long next, long atIndex) {
        places.put(key, new Place(next, atIndex));
        if (places.size() + deleted.size() > tidyAt) {
            tidy();
        }
    }

    /** This entry deletes a topic: what comes later begins its queues anew. */
    void delete(String topic, long atIndex) {
        places.keySet().removeIf(key -> key.topic().equals(topic));
        deleted.put(topic, atIndex);
    }

    private void tidy() {
        long applied = appliedIndex.getAsLong();
        places.values().removeIf(place -> place.index() <= applied);
        deleted.values().removeIf(index -> index <= applied);
        tidyAt = Math.max(TIDY_AT, 2 * (places.size() + deleted.size()));
    }

    /** Forgets everything: the tail is cut, and what is left of it is noted anew. */
    void clear() {
        places.clear();
        deleted.clear();
    }
}
