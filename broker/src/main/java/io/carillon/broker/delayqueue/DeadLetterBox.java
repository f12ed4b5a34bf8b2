package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Refusal.Busy;
import io.carillon.base.delayqueue.Refusal.Invalid;
import io.carillon.base.delayqueue.Refusal.Missing;
import io.carillon.base.delayqueue.Requests.DeadLetters;
import io.carillon.base.delayqueue.Requests.Redrive;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Stored;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The dead letters of a group. The log forgets nothing, so one that was made due again is known by its copy among the
 * group's retries, which is younger than the letter. Reads: on threads that may wait for the disk.
 */
final class DeadLetterBox {
    private static final long RETRY_AFTER_MS = 1_000;
    private static final long END = -1;
    static final int QUEUE = 0;
    /** So many records are looked at for one page: what was redriven stays among the letters, and costs a question each. */
    private static final int LOOKS_MAX = 2_000;
    /** Nearly always an id is that of one letter, which died once or twice; but the letters of all topics are in one. */
    private static final int SAME_ID_MAX = 32;

    private final Parts parts;
    private final Map<Where, Begin> begins = new ConcurrentHashMap<>();
    private final Set<Where> underWay = ConcurrentHashMap.newKeySet();

    /** Before this place of the queue there is no letter of a group and topic any more, for what was redriven stays so. */
    private record Begin(ConsumeQueue queue, long offset) {}

    DeadLetterBox(Parts parts) {
        this.parts = parts;
    }

    private interface Visitor {
        /** @return false when it is one too many */
        boolean take(long offset, MemorySegment record);
    }

    /**
     * Shows letters, oldest first, until one is not taken, or so many records were looked at.
     *
     * @return where to go on, or {@link #END}
     */
    private long walk(Where where, long from, long looksMax, Visitor visitor) {
        ConsumeQueue queue = parts.log().existingQueue(TopicName.deadLetterOf(where.group()), QUEUE);
        if (queue == null) {
            begins.remove(where);
            return END;
        }
        long begin = begin(where, queue);
        long first = END;
        long offset = Math.max(from, begin);
        for (long to = offset + looksMax; offset < Math.min(to, queue.offsetMax()); offset++) {
            MemorySegment record = parts.record(queue.topic(), QUEUE, offset);
            if (record == null || !isLetter(where, record)) {
                continue;
            }
            first = first == END ? offset : first;
            if (!visitor.take(offset, record)) {
                break;
            }
        }
        if (from <= begin) {
            begins.put(where, new Begin(queue, first == END ? offset : first));
        }
        return offset < queue.offsetMax() ? offset : END;
    }

    private long begin(Where where, ConsumeQueue queue) {
        Begin known = begins.get(where);
        boolean isOfThis = known != null && known.queue() == queue; // else the topic was deleted, and made again
        return isOfThis && known != null ? Math.max(known.offset(), queue.offsetMin()) : queue.offsetMin();
    }

    /** Whether what is in the group's topic of dead letters is one of this topic's still. */
    boolean isLetter(Where where, MemorySegment record) {
        return isOf(where, record) && !isRedriven(where, record);
    }

    private static boolean isOf(Where where, MemorySegment record) {
        return where.topic().equals(MessageProperties.of(record, 0, MessageProperties.RETRY_TOPIC));
    }

    private boolean isRedriven(Where where, MemorySegment letter) {
        String id = MessageProperties.of(letter, 0, MessageProperties.UNIQ_KEY);
        String retries = TopicName.popRetryOf(where.topic(), where.group());
        List<MemorySegment> copies =
                id == null ? List.of() : parts.log().findByKey(retries, id, true, 0, Long.MAX_VALUE, 1);
        return !copies.isEmpty() && Standing.isAfter(copies.getFirst(), letter);
    }

    Answer<Found<Stored>> list(DeadLetters which) {
        String token = which.page().token();
        if (!token.matches("[0-9]{0,18}")) {
            return Answer.refused(new Invalid("page_token", "'" + token + "' is no place in this list"));
        }
        int max = which.page().max();
        List<Stored> page = new ArrayList<>();
        long from = token.isEmpty() ? 0 : Long.parseLong(token);
        long next = walk(which.where(), from, LOOKS_MAX, (_, record) -> {
            int attempts = MessageRecord.reconsumeTimes(record, 0);
            return page.size() < max
                    && page.add(StoredForm.Read.of(record)
                            .stored(which.where().topic(), MessageState.DEAD, attempts, false));
        });
        return Answer.of(new Found<>(page, next == END ? "" : Long.toString(next)));
    }

    /** How many there are; -1 when they are more, or when so many looks do not say it. */
    long count(Where where, int max, long looksMax) {
        long[] count = {0};
        long next = walk(where, 0, looksMax, (_, _) -> count[0] < max && ++count[0] > 0);
        return next == END ? count[0] : -1;
    }

    CompletableFuture<Answer<Redriven>> redrive(Redrive which) {
        CompletableFuture<Answer<Redriven>> told = new CompletableFuture<>();
        if (!underWay.add(which.where())) {
            told.complete(Answer.refused(new Busy("redrives_max", 1, RETRY_AFTER_MS)));
            return told;
        }
        // Who was told that it is over may begin the next one.
        CompletableFuture<Answer<Redriven>> over = told.whenComplete((_, _) -> underWay.remove(which.where()));
        withRetries(which.where(), told, topic -> redrive(which, topic, told));
        return over;
    }

    private interface WithTopic {
        void run(TopicState topic);
    }

    private void withRetries(Where where, CompletableFuture<Answer<Redriven>> told, WithTopic then) {
        String name = TopicName.popRetryOf(where.topic(), where.group());
        parts.topics()
                .createIfAbsent(
                        Topic.of(name, 1),
                        refusal -> parts.blocking().execute(() -> {
                            TopicState topic = parts.topics().find(name);
                            try {
                                if (refusal != null) {
                                    told.complete(Answer.refused(Refusals.of(refusal)));
                                } else if (topic == null) { // deleted as soon as it was made
                                    told.complete(Answer.refused(new Missing(Missing.What.GROUP, where.group())));
                                } else {
                                    then.run(topic);
                                }
                            } catch (RuntimeException e) {
                                told.completeExceptionally(e);
                            }
                        }));
    }

    private void redrive(Redrive which, TopicState retries, CompletableFuture<Answer<Redriven>> told) {
        Set<String> ids = Set.copyOf(which.ids());
        List<Long> offsets = ids.isEmpty() ? oldest(which.where(), which.max()) : letters(which.where(), ids);
        int unknown = ids.isEmpty() ? 0 : ids.size() - offsets.size();
        new Redriving(parts, which.where(), retries, offsets, unknown, told).run();
    }

    private List<Long> oldest(Where where, int max) {
        List<Long> offsets = new ArrayList<>();
        walk(where, 0, Integer.MAX_VALUE, (offset, _) -> offsets.size() < max && offsets.add(offset));
        return offsets;
    }

    /** Those of them that are letters, oldest first. */
    private List<Long> letters(Where where, Set<String> ids) {
        return ids.stream()
                .map(id -> letter(where, id))
                .filter(offset -> offset != END)
                .sorted()
                .toList();
    }

    /** Found by the index of keys, however many letters there are. What is older than one that was redriven was so, too. */
    private long letter(Where where, String id) {
        if (id.isEmpty()) {
            return END;
        }
        List<MemorySegment> found =
                parts.log().findByKey(TopicName.deadLetterOf(where.group()), id, true, 0, Long.MAX_VALUE, SAME_ID_MAX);
        for (MemorySegment record : found) {
            if (isOf(where, record)) {
                return isRedriven(where, record) ? END : MessageRecord.queueOffset(record, 0);
            }
        }
        return END;
    }
}
