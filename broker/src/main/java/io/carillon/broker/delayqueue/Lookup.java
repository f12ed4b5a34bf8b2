package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Refusal.Missing;
import io.carillon.base.delayqueue.Refusal.OverLimit;
import io.carillon.base.delayqueue.Refusal.Unavailable;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import io.carillon.schedule.Outcome;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Waiting;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Finds messages by what they are known by, and changes what waits. Reads: on threads that may wait for the disk. */
final class Lookup {
    private static final long RETRY_AFTER_MS = 1_000;

    private final Parts parts;
    private final Scheduler scheduler;
    private final Standing standing;
    private final TopicsAndGroups groups;

    Lookup(Parts parts, Standing standing, TopicsAndGroups groups) {
        this.parts = parts;
        this.standing = standing;
        this.groups = groups;
        this.scheduler = parts.scheduler();
    }

    // ---- one message

    Answer<Stored> get(Where where, String id) {
        Waiting scheduled = scheduler.find(where.topic(), id);
        boolean isOfTopic = scheduled != null && scheduled.topic().equals(where.topic());
        MessageState state = isOfTopic && scheduled != null ? ofSchedule(scheduled) : null;
        if (state != null && scheduled != null) {
            return Answer.of(waiting(scheduled, state, scheduler.body(scheduled.ticket(), Integer.MAX_VALUE)));
        }
        MemorySegment record = parts.newest(where.topic(), id);
        if (record != null) {
            return Answer.of(standing.stored(where.topic(), groups(where), StoredForm.Read.of(record), true));
        }
        // It left, and is in no queue: nobody wanted it any more.
        return isOfTopic && scheduled != null
                ? Answer.of(
                        waiting(scheduled, MessageState.EXPIRED, scheduler.body(scheduled.ticket(), Integer.MAX_VALUE)))
                : missing(id);
    }

    /** What the schedule alone knows of a message; null when it came to its topic. */
    private @Nullable MessageState ofSchedule(Waiting one) {
        return switch (scheduler.status(one.ticket())) {
            case PENDING -> MessageState.SCHEDULED;
            case CANCELLED -> MessageState.CANCELLED;
            case EXPIRED -> MessageState.EXPIRED;
            case LEFT, MOVED -> null;
        };
    }

    private Collection<String> groups(Where where) {
        return where.group().isEmpty() ? groups.namesOf(where.topic()) : List.of(where.group());
    }

    private static <T> Answer<T> missing(String id) {
        return Answer.refused(new Missing(Missing.What.MESSAGE, id));
    }

    static Stored waiting(Waiting one, MessageState state, byte @Nullable [] body) {
        byte[] bytes = body == null ? new byte[0] : body;
        return new Stored(
                one.topic(),
                one.uniqueId(),
                state,
                one.dueMs(),
                one.storedMs(),
                0,
                one.properties().getOrDefault("KEYS", ""),
                one.properties().getOrDefault("TAGS", ""),
                one.properties().getOrDefault("__SHARDINGKEY", ""),
                number(one.properties().get("CARILLON_TTL_MS"), 0),
                (int) number(one.properties().get("CARILLON_PRIORITY"), 4),
                StoredForm.headers(one.properties()),
                one.bodyBytes(),
                bytes);
    }

    private static long number(@Nullable String text, long otherwise) {
        return text != null && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : otherwise;
    }

    // ---- what waits

    CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        CompletableFuture<Answer<Cancelled>> told = new CompletableFuture<>();
        Waiting found = scheduler.find(topic, id);
        if (found == null) {
            scheduler.onUnknownCancel();
            MemorySegment record = parts.newest(topic, id);
            told.complete(record == null ? missing(id) : tooLate(topic, record));
        } else {
            scheduler.cancel(found.ticket(), outcome -> {
                if (outcome == Outcome.LEFT) {
                    parts.blocking().execute(() -> tellTooLate(topic, found, told));
                } else {
                    told.complete(cancelled(outcome, id));
                }
            });
        }
        return told;
    }

    private void tellTooLate(String topic, Waiting found, CompletableFuture<Answer<Cancelled>> told) {
        try {
            MemorySegment record = parts.newest(topic, found.uniqueId());
            if (ofSchedule(found) == MessageState.EXPIRED) {
                told.complete(Answer.of(Cancelled.FINISHED));
            } else {
                told.complete(record == null ? Answer.of(Cancelled.IN_FLIGHT) : tooLate(topic, record));
            }
        } catch (RuntimeException e) {
            told.completeExceptionally(e);
        }
    }

    /** What is in its topic cannot be cancelled: whether any group has something to do with it still. */
    private Answer<Cancelled> tooLate(String topic, MemorySegment record) {
        MessageState state = standing.stored(topic, groups.namesOf(topic), StoredForm.Read.of(record), false)
                .state();
        return Answer.of(
                switch (state) {
                    case SCHEDULED, READY, IN_FLIGHT, DELIVERED -> Cancelled.IN_FLIGHT;
                    case ACKNOWLEDGED, CANCELLED, EXPIRED, DEAD -> Cancelled.FINISHED;
                });
    }

    private static Answer<Cancelled> cancelled(Outcome outcome, String id) {
        return switch (outcome) {
            case DONE -> Answer.of(Cancelled.CANCELLED);
            case CANCELLED -> Answer.of(Cancelled.CANCELLED_BEFORE);
            case LEFT -> Answer.of(Cancelled.IN_FLIGHT);
            case REFUSED -> unavailable();
            case NOT_FOUND, KEY_TAKEN, TOO_MANY_KEYS, HELD -> missing(id);
        };
    }

    private static <T> Answer<T> unavailable() {
        return Answer.refused(
                new Unavailable("log", "the log takes nothing now; the message is as it was", RETRY_AFTER_MS));
    }

    CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when) {
        CompletableFuture<Answer<Rescheduled>> told = new CompletableFuture<>();
        long nowMs = parts.ticker().nowMs();
        long dueMs = when.dueMs(nowMs);
        if (dueMs - nowMs > scheduler.delayMaxMs()) {
            told.complete(Answer.refused(new OverLimit("delay_max_ms", scheduler.delayMaxMs(), dueMs - nowMs)));
            return told;
        }
        Waiting found = scheduler.find(topic, id);
        if (found == null) {
            MemorySegment record = parts.newest(topic, id);
            told.complete(
                    record == null
                            ? missing(id)
                            : tooLate(StoredForm.Read.of(record).dueMs()));
        } else {
            scheduler.reschedule(
                    found.ticket(), dueMs, outcome -> told.complete(rescheduled(outcome, found, dueMs, id)));
        }
        return told;
    }

    private static Answer<Rescheduled> tooLate(long dueMs) {
        return Answer.of(new Rescheduled(Rescheduled.Outcome.TOO_LATE, dueMs));
    }

    private static Answer<Rescheduled> rescheduled(Outcome outcome, Waiting found, long dueMs, String id) {
        return switch (outcome) {
            case DONE -> Answer.of(new Rescheduled(Rescheduled.Outcome.RESCHEDULED, dueMs));
            case CANCELLED -> Answer.of(new Rescheduled(Rescheduled.Outcome.CANCELLED, found.dueMs()));
            case LEFT -> tooLate(found.dueMs());
            case REFUSED -> unavailable();
            case NOT_FOUND, KEY_TAKEN, TOO_MANY_KEYS, HELD -> missing(id);
        };
    }
}
