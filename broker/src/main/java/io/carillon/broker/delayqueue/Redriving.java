package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import io.carillon.log.Refusal;
import io.carillon.message.MessageProperties;
import io.carillon.message.RecordCopy;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One redrive on its way: copies letters back into the log, one batch after the other. One thread at a time. */
final class Redriving {
    /** Not more are put into one batch of the log, but for the last letter of it. */
    private static final int BATCH_BYTES = 1 << 20;

    private final Parts parts;
    private final Where where;
    private final TopicState retries;
    private final List<Long> offsets;
    private final CompletableFuture<Answer<Redriven>> told;
    private final RecordCopy copy = new RecordCopy();
    private int next;
    private int redriven;
    private int unknown;

    /**
     * @param retries where the copies go
     * @param offsets of the letters in their queue
     * @param unknown how many were asked for besides, and are no letters
     */
    Redriving(
            Parts parts,
            Where where,
            TopicState retries,
            List<Long> offsets,
            int unknown,
            CompletableFuture<Answer<Redriven>> told) {
        this.parts = parts;
        this.where = where;
        this.retries = retries;
        this.offsets = offsets;
        this.unknown = unknown;
        this.told = told;
    }

    /** On a thread that may wait for the disk. */
    void run() {
        try {
            AppendBatch batch = new AppendBatch(done -> stored(done.refusal(), done.count()));
            while (next < offsets.size() && batch.end() < BATCH_BYTES) {
                add(offsets.get(next++), batch);
            }
            if (batch.count() > 0) {
                parts.log().append(batch);
            } else {
                told.complete(Answer.of(new Redriven(redriven, unknown)));
            }
        } catch (RuntimeException e) {
            told.completeExceptionally(e);
        }
    }

    /** As a message of the group that was never tried, and that is due now: its time to live counts from here. */
    private void add(long offset, AppendBatch batch) {
        MemorySegment letter = parts.record(TopicName.deadLetterOf(where.group()), DeadLetterBox.QUEUE, offset);
        if (letter == null) { // retention has passed it
            unknown++;
            return;
        }
        copy.read(letter, 0);
        copy.topic = retries.config().name();
        copy.head.queueId = DeadLetterBox.QUEUE;
        copy.head.reconsumeTimes = 0;
        copy.head.storeHost = parts.produce().storeHostBytes();
        copy.properties.remove(MessageProperties.FIRST_POP_TIME);
        batch.add(retries.queue(DeadLetterBox.QUEUE), copy);
    }

    /** On the log's thread. What an earlier batch took is told, whatever becomes of a later one. */
    private void stored(@Nullable Refusal refusal, int count) {
        try {
            if (refusal == null) {
                redriven += count;
                parts.blocking().execute(this::run);
            } else {
                told.complete(
                        redriven > 0
                                ? Answer.of(new Redriven(redriven, unknown))
                                : Answer.refused(Refusals.of(refusal)));
            }
        } catch (RuntimeException e) {
            told.completeExceptionally(e);
        }
    }
}
