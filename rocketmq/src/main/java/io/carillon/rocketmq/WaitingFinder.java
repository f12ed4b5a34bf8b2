package io.carillon.rocketmq;

import io.carillon.message.Extras;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Waiting;
import java.util.List;
import java.util.Optional;

/** Finds the message that somebody named. Reads from the disk: not for the I/O threads. */
final class WaitingFinder {
    /** So many candidates are told to the one whose name was not exact. */
    private static final int CANDIDATES_MAX = 20;

    private final Scheduler scheduler;

    WaitingFinder(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** What a name leads to: nothing, one message, or several of which nobody can say which is meant. */
    sealed interface Found {
        record None() implements Found {}

        record One(Waiting message) implements Found {}

        record Several(List<Waiting> candidates) implements Found {}
    }

    /**
     * What one look tells: its own key comes before its unique id, of both of which there is only one. Empty when that was
     * nothing, and {@link #findByKeys} may still find it.
     */
    Optional<Found> findExact(WaitingName name) {
        return switch (name) {
            case WaitingName.Id id -> Optional.of(found(Optional.ofNullable(scheduler.find(id.ticket()))));
            case WaitingName.Key(String topic, String key) -> {
                Optional<Waiting> exact = Optional.ofNullable(scheduler.findByKey(topic, key))
                        .or(() -> Optional.ofNullable(scheduler.find(topic, key)));
                yield exact.map(Found.One::new);
            }
        };
    }

    private static Found found(Optional<Waiting> one) {
        return one.<Found>map(Found.One::new).orElseGet(Found.None::new);
    }

    /**
     * Looks at all that waits for a topic, comparing KEYS too, and the unique ids of those that the log has dropped, of
     * which no index knows.
     */
    Found findByKeys(WaitingName name) {
        return switch (name) {
            case WaitingName.Id _ -> new Found.None();
            case WaitingName.Key(String topic, String key) -> findByKeys(topic, key);
        };
    }

    private Found findByKeys(String topic, String key) {
        List<Waiting> all = scheduler.list(topic, key, 0, Long.MAX_VALUE, CANDIDATES_MAX);
        return switch (all.size()) {
            case 0 -> new Found.None();
            case 1 -> new Found.One(all.getFirst());
            default -> new Found.Several(all);
        };
    }

    /** What waits in the place of a message that was moved or replaced, where that can be known. */
    Optional<Waiting> successor(Waiting moved) {
        String key = moved.properties().get(Extras.KEY);
        Waiting byKey = key == null ? null : scheduler.findByKey(moved.topic(), key);
        Waiting next =
                byKey != null || moved.uniqueId().isEmpty() ? byKey : scheduler.find(moved.topic(), moved.uniqueId());
        return Optional.ofNullable(next).filter(one -> one.ticket() != moved.ticket());
    }
}
