package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Refusal.Busy;
import io.carillon.base.delayqueue.Refusal.Invalid;
import io.carillon.base.delayqueue.Requests.DeadLetters;
import io.carillon.base.delayqueue.Requests.Redrive;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Stored;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordCopy;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters of a group. The log forgets nothing, so one that was made due again is known by its copy among the
 * group's retries, which is younger than the letter. Reads: on threads that may wait for the disk.
 */
final class DeadLetterBox {
    private static final long RETRY_AFTER_MS = 1_000;
    private static final int QUEUE = 0;
    /** Not more are put into one batch of the log. */
    private static final int BATCH_BYTES = 1 << 20;

    private final Parts parts;
    private final Set<Where> underWay = ConcurrentHashMap.newKeySet();

    DeadLetterBox(Parts parts) {
        this.parts = parts;
    }

    private interface Visitor {
        /** @return whether to go on */
        boolean letter(long offset, MemorySegment record);
    }

    private void walk(Where where, long from, Visitor visitor) {
        ConsumeQueue queue = parts.log().existingQueue(TopicName.deadLetterOf(where.group()), QUEUE);
        if (queue == null) {
            return;
        }
        boolean goesOn = true;
        for (long offset = Math.max(from, queue.offsetMin()); goesOn && offset < queue.offsetMax(); offset++) {
            MemorySegment record = parts.record(queue.topic(), QUEUE, offset);
            if (record != null && isLetter(where, record)) {
                goesOn = visitor.letter(offset, record);
            }
        }
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
        long[] next = {-1};
        walk(which.where(), token.isEmpty() ? 0 : Long.parseLong(token), (offset, record) -> {
            if (page.size() == max) {
                next[0] = offset;
                return false;
            }
            int attempts = MessageRecord.reconsumeTimes(record, 0);
            page.add(StoredForm.Read.of(record).stored(which.where().topic(), MessageState.DEAD, attempts, false));
            return true;
        });
        return Answer.of(new Found<>(page, next[0] < 0 ? "" : Long.toString(next[0])));
    }

    /** How many there are, counted up to a limit. */
    long count(Where where, int limit) {
        long[] count = {0};
        walk(where, 0, (_, _) -> ++count[0] < limit);
        return count[0];
    }

    CompletableFuture<Answer<Redriven>> redrive(Redrive which) {
        CompletableFuture<Answer<Redriven>> told = new CompletableFuture<>();
        if (!underWay.add(which.where())) {
            told.complete(Answer.refused(new Busy("redrives_max", 1, RETRY_AFTER_MS)));
            return told;
        }
        told.whenComplete((_, _) -> underWay.remove(which.where()));
        withRetries(which.where(), told, topic -> redrive(which, topic, told));
        return told;
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
                                } else if (topic != null) {
                                    then.run(topic);
                                }
                            } catch (RuntimeException e) {
                                told.completeExceptionally(e);
                            }
                        }));
    }

    private void redrive(Redrive which, TopicState retries, CompletableFuture<Answer<Redriven>> told) {
        Set<String> wanted = new HashSet<>(which.ids());
        int[] count = {0};
        AppendBatch batch = new AppendBatch(done -> ended(done.refusal(), count[0], wanted.size(), told));
        RecordCopy copy = new RecordCopy();
        walk(which.where(), 0, (_, record) -> {
            String id = MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY);
            if (which.ids().isEmpty() || wanted.remove(id)) {
                add(copy, record, retries, batch);
                count[0]++;
            }
            boolean isEnough = which.ids().isEmpty() ? count[0] >= which.max() : wanted.isEmpty();
            return !isEnough && batch.end() < BATCH_BYTES;
        });
        if (batch.count() == 0) {
            told.complete(Answer.of(new Redriven(0, wanted.size())));
        } else {
            parts.log().append(batch);
        }
    }

    /** As a message of the group that was never tried. */
    private void add(RecordCopy copy, MemorySegment record, TopicState retries, AppendBatch batch) {
        copy.read(record, 0);
        copy.topic = retries.config().name();
        copy.head.queueId = QUEUE;
        copy.head.reconsumeTimes = 0;
        copy.head.storeHost = parts.produce().storeHostBytes();
        copy.properties.remove(MessageProperties.FIRST_POP_TIME);
        batch.add(retries.queue(QUEUE), copy);
    }

    private static void ended(
            io.carillon.log.@Nullable Refusal refusal,
            int count,
            int unknown,
            CompletableFuture<Answer<Redriven>> told) {
        try {
            told.complete(
                    refusal == null ? Answer.of(new Redriven(count, unknown)) : Answer.refused(Refusals.of(refusal)));
        } catch (RuntimeException e) {
            told.completeExceptionally(e);
        }
    }
}
