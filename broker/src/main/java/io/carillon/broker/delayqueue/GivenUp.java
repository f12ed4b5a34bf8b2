package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.pop.PopService;
import io.carillon.broker.retry.PopCopy;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What was popped and is not handed to its receiver: nobody wants it any more, or the receiver is gone. */
final class GivenUp {
    private static final Logger LOG = System.getLogger(GivenUp.class.getName());

    private final Parts parts;
    private final Receipts receipts;
    private final ExpiredNotes notes;
    private final LongAdder expired;
    private final LongAdder dead;
    private final LongAdder givenBack;

    GivenUp(Parts parts, Receipts receipts, ExpiredNotes notes) {
        this.parts = parts;
        this.receipts = receipts;
        this.notes = notes;
        expired = parts.counters().counter("delayqueue_expired_messages");
        dead = parts.counters().counter("delayqueue_dead_messages");
        givenBack = parts.counters().counter("delayqueue_given_back_messages");
    }

    /** What was popped from one queue at one time. */
    private record Of(String topic, int queue, long poppedMs) {}

    /** The receiver never got them: the next one may have them at once, tried as often as before. */
    void giveBack(Where where, List<Delivery> deliveries) {
        Map<Of, List<Long>> offsets = new LinkedHashMap<>();
        for (Delivery delivery : deliveries) {
            Receipt receipt = receipts.read(where, delivery.receipt());
            if (receipt != null) {
                givenBack.increment();
                Of of = new Of(receipt.topic(where), receipt.queue(), receipt.poppedMs());
                offsets.computeIfAbsent(of, _ -> new ArrayList<>()).add(receipt.offset());
            }
        }
        offsets.forEach((of, all) -> parts.pop()
                .giveBack(
                        where.group(),
                        of.topic(),
                        of.queue(),
                        of.poppedMs(),
                        all.stream().mapToLong(Long::longValue).toArray()));
    }

    /** What was popped and is worth nothing any more. */
    record Over(Receipt receipt, MemorySegment record) {}

    /**
     * First it is noted that they expired, then they are settled: a crash in between notes them twice. If they cannot be
     * noted, they come again when their time is over.
     */
    void expired(Where where, List<Over> all) {
        List<MemorySegment> inOrder = all.stream()
                .map(Over::record)
                .sorted(Comparator.comparingLong(
                        record -> StoredForm.Read.of(record).dueMs()))
                .toList();
        notes.write(where, inOrder, isStored -> {
            if (isStored) {
                expired.add(all.size());
                parts.blocking().execute(() -> all.forEach(one -> ack(where, one.receipt())));
            }
        });
    }

    private void ack(Where where, Receipt receipt) {
        PopService.Outcome outcome = parts.pop()
                .ack(where.group(), receipt.topic(where), receipt.queue(), receipt.offset(), receipt.poppedMs());
        if (outcome != PopService.Outcome.DONE) {
            LOG.log(Level.DEBUG, "not settled: {0} {1} {2}", where, receipt, outcome);
        }
    }

    /**
     * Its own retry policy gives it fewer tries than the group's would. First its copy is stored, then it is settled: a
     * crash in between stores the copy twice, and never loses it.
     */
    void dead(Where where, Receipt receipt, MemorySegment record, Told told) {
        String name = TopicName.deadLetterOf(where.group());
        TopicState topic = parts.topics().find(name);
        if (topic != null) {
            store(where, receipt, record, topic, told);
            return;
        }
        parts.topics().createIfAbsent(Topic.of(name, 1), refusal -> {
            TopicState made = refusal == null ? parts.topics().find(name) : null;
            if (made == null) {
                told.done(false);
            } else {
                parts.blocking().execute(() -> store(where, receipt, record, made, told));
            }
        });
    }

    /** Told once whether it is a dead letter now; if not, it is due again when its time is over. Any thread. */
    interface Told {
        void done(boolean isDone);
    }

    private void store(Where where, Receipt receipt, MemorySegment record, TopicState topic, Told told) {
        PopCopy copy = new PopCopy(batch -> {
            boolean isStored = batch.refusal() == null;
            parts.blocking().execute(() -> {
                if (isStored) {
                    dead.increment();
                    ack(where, receipt);
                }
                told.done(isStored);
            });
        });
        copy.add(record, topic, where.topic(), parts.produce().storeHostBytes(), receipt.poppedMs());
        parts.log().append(copy.batch());
    }
}
