package io.carillon.broker.metadata;

import org.jspecify.annotations.Nullable;

/**
 * What the log says of one group's popping from one queue. Whoever hands messages out takes it over when it begins, and
 * from then on holds its own, which runs ahead of the log.
 */
public final class PopQueue {
    private final Key key;
    final InFlight inFlight = new InFlight();
    long epoch;
    long next;
    boolean isOrdered;

    @Nullable
    String attemptId;

    /** Which group takes from which queue. */
    public record Key(String group, String topic, int queue) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byGroup = group.compareTo(other.group);
            int byTopic = byGroup == 0 ? topic.compareTo(other.topic) : byGroup;
            return byTopic == 0 ? Integer.compare(queue, other.queue) : byTopic;
        }
    }

    PopQueue(Key key) {
        this.key = key;
    }

    public Key key() {
        return key;
    }

    /** How often somebody else has said where the group goes on; what was decided before that counts no more. */
    public long epoch() {
        return epoch;
    }

    /** The first offset that was never handed out. */
    public long next() {
        return next;
    }

    /** Whether messages were handed out in order the last time. */
    public boolean isOrdered() {
        return isOrdered;
    }

    /** What the last consumer in order called its attempt. */
    public @Nullable String attemptId() {
        return attemptId;
    }

    /** To be read only while nothing is applied, as when the broker opens. */
    public InFlight inFlight() {
        return inFlight;
    }

    /** Everything before it is settled. */
    long committed() {
        return inFlight.isEmpty() ? next : inFlight.offset(0);
    }

    void reset(long offset) {
        epoch++;
        next = offset;
        attemptId = null;
        inFlight.clear();
    }
}
