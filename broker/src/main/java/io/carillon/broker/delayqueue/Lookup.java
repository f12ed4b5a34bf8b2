package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Refusal.Invalid;
import io.carillon.base.delayqueue.Refusal.Missing;
import io.carillon.base.delayqueue.Refusal.OverLimit;
import io.carillon.base.delayqueue.Refusal.Unavailable;
import io.carillon.base.delayqueue.Refusal.Unsupported;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import io.carillon.message.MessageRecord;
import io.carillon.message.TopicName;
import io.carillon.schedule.Outcome;
import io.carillon.schedule.ScheduleState.Status;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Waiting;
import io.carillon.schedule.WaitingPlace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Finds messages by what they are known by, and changes what waits. Reads: on threads that may wait for the disk. */
final class Lookup {
    private static final long RETRY_AFTER_MS = 1_000;

    private final Parts parts;
    private final Scheduler scheduler;

    Lookup(Parts parts) {
        this.parts = parts;
        this.scheduler = parts.scheduler();
    }

    // ---- one message

    Answer<Stored> get(Where where, String id) {
        Waiting scheduled = scheduler.find(where.topic(), id);
        boolean isOfTopic = scheduled != null && scheduled.topic().equals(where.topic());
        if (isOfTopic && scheduled != null) {
            Status status = scheduler.status(scheduled.ticket());
            if (status == Status.PENDING || status == Status.CANCELLED) {
                return Answer.of(waiting(
                        scheduled,
                        status == Status.PENDING ? MessageState.SCHEDULED : MessageState.CANCELLED,
                        scheduler.body(scheduled.ticket(), Integer.MAX_VALUE)));
            }
        }
        MemorySegment record = newest(where.topic(), id);
        if (record != null) {
            return Answer.of(due(where, StoredForm.Read.of(record)));
        }
        // It left, and is in no queue: nobody wanted it any more.
        return isOfTopic && scheduled != null
                ? Answer.of(
                        waiting(scheduled, MessageState.EXPIRED, scheduler.body(scheduled.ticket(), Integer.MAX_VALUE)))
                : missing(id);
    }

    private static <T> Answer<T> missing(String id) {
        return Answer.refused(new Missing(Missing.What.MESSAGE, id));
    }

    private @Nullable MemorySegment newest(String topic, String id) {
        List<MemorySegment> found = parts.log().findByKey(topic, id, true, 0, Long.MAX_VALUE, 1);
        return found.isEmpty() ? null : found.getFirst();
    }

    private static Stored waiting(Waiting one, MessageState state, byte @Nullable [] body) {
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

    /** A message that is in its topic, as a group sees it. */
    private Stored due(Where where, StoredForm.Read first) {
        if (where.group().isEmpty()) {
            return first.stored(where.topic(), MessageState.READY, 0, true);
        }
        String id = first.id();
        MemorySegment dead = newest(TopicName.deadLetterOf(where.group()), id);
        MemorySegment retry = newest(TopicName.popRetryOf(where.topic(), where.group()), id);
        boolean isRedriven = dead != null && retry != null && isAfter(retry, dead);
        if (dead != null && !isRedriven) {
            return first.stored(where.topic(), MessageState.DEAD, MessageRecord.reconsumeTimes(dead, 0), true);
        }
        StoredForm.Read last = retry == null ? first : StoredForm.Read.of(retry);
        MessageState state = state(where, last.record());
        int attempts = last.attempt() - (state == MessageState.READY ? 1 : 0);
        return last.stored(where.topic(), state, attempts, true);
    }

    static boolean isAfter(MemorySegment one, MemorySegment other) {
        return MessageRecord.physicalOffset(one, 0) > MessageRecord.physicalOffset(other, 0);
    }

    private MessageState state(Where where, MemorySegment record) {
        String topic = MessageRecord.topic(record, 0);
        int queue = MessageRecord.queueId(record, 0);
        long offset = MessageRecord.queueOffset(record, 0);
        if (parts.pop().heldSinceMs(where.group(), topic, queue, offset) >= 0) {
            return MessageState.IN_FLIGHT;
        }
        long popped = parts.pop().handedOut(where.group(), topic, queue);
        if (popped >= 0) {
            return offset < popped ? MessageState.ACKNOWLEDGED : MessageState.READY;
        }
        // A group that pulls as RocketMQ's classic clients do says only up to where it is.
        long committed = parts.offsets().current(where.group(), topic, queue);
        return offset < committed ? MessageState.DELIVERED : MessageState.READY;
    }

    // ---- what waits

    CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        CompletableFuture<Answer<Cancelled>> told = new CompletableFuture<>();
        Waiting found = scheduler.find(topic, id);
        if (found == null) {
            scheduler.onUnknownCancel();
            boolean isThere = newest(topic, id) != null;
            told.complete(isThere ? Answer.of(Cancelled.IN_FLIGHT) : missing(id));
        } else {
            scheduler.cancel(found.ticket(), outcome -> told.complete(cancelled(outcome, id)));
        }
        return told;
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
            MemorySegment record = newest(topic, id);
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

    // ---- lists

    Answer<Found<Stored>> list(Search search) {
        if (search.state() != null && search.state() != MessageState.SCHEDULED) {
            return Answer.refused(
                    new Unsupported("this engine lists messages that are SCHEDULED; dead letters have a list"
                            + " of their own, and a single message is found by its id in any state"));
        }
        WaitingPlace after;
        try {
            String token = search.page().token();
            after = token.isEmpty() ? WaitingPlace.START : WaitingPlace.parse(token);
        } catch (IllegalArgumentException e) {
            return Answer.refused(new Invalid("page_token", String.valueOf(e.getMessage())));
        }
        int max = search.page().max();
        List<Waiting> all =
                scheduler.list(search.topic(), search.key(), search.fromMs(), search.toMs(), after, max + 1);
        List<Stored> page = new ArrayList<>();
        all.stream().limit(max).forEach(one -> page.add(waiting(one, MessageState.SCHEDULED, null)));
        String next = all.size() > max ? all.get(max - 1).place().text() : "";
        return Answer.of(new Found<>(page, next));
    }
}
