package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.RecordCopy;
import io.carillon.message.SysFlag;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was worth nothing any more when a group would have got it. That it is settled does not tell that nobody got it, so a
 * note stands in a topic of the system's own, one for each group: which message, without its body. A note is as old as the
 * log, and younger than its message, so there is one for as long as there is the message. Reads: on threads that may wait for
 * the disk.
 */
final class ExpiredNotes {
    private static final int NOBODYS = 0;
    private static final int QUEUE = 0;

    private final Parts parts;

    ExpiredNotes(Parts parts) {
        this.parts = parts;
    }

    /** Told once whether the notes are stored. Any thread. */
    interface Told {
        void done(boolean isStored);
    }

    /** Notes these messages of a topic. */
    void write(Where where, List<MemorySegment> records, Told told) {
        String name = TopicName.expiredOf(where.group());
        TopicState topic = parts.topics().find(name);
        if (topic != null) {
            write(where, records, topic, told);
            return;
        }
        parts.topics().createIfAbsent(Topic.of(name, 1, NOBODYS), refusal -> {
            TopicState made = refusal == null ? parts.topics().find(name) : null;
            if (made == null) {
                told.done(false);
            } else {
                parts.blocking().execute(() -> write(where, records, made, told));
            }
        });
    }

    private void write(Where where, List<MemorySegment> records, TopicState topic, Told told) {
        AppendBatch batch = new AppendBatch(done -> told.done(done.refusal() == null));
        RecordCopy note = new RecordCopy();
        for (MemorySegment record : records) {
            note.read(record, 0);
            String id = Objects.requireNonNullElse(note.properties.get(MessageProperties.UNIQ_KEY), "");
            note.dropBody();
            note.properties.clear();
            note.properties.put(MessageProperties.UNIQ_KEY, id);
            note.properties.put(MessageProperties.RETRY_TOPIC, where.topic());
            note.topic = topic.config().name();
            note.head.queueId = QUEUE;
            note.head.storeHost = parts.produce().storeHostBytes();
            note.head.sysFlag &= ~SysFlag.TRANSACTION_MASK;
            note.head.preparedTransactionOffset = 0;
            batch.add(topic.queue(QUEUE), note);
        }
        parts.log().append(batch);
    }

    /** Whether this copy of a message, which the group is done with, expired. */
    boolean isNoted(Where where, StoredForm.Read copy) {
        if (!copy.hasTtl()) {
            return false;
        }
        MemorySegment note = parts.newest(TopicName.expiredOf(where.group()), copy.id());
        return note != null && isOf(where, note) && Standing.isAfter(note, copy.record());
    }

    /** The message that a note of a group speaks of; null when it is of another topic, is noted again later, or is gone. */
    @Nullable
    MemorySegment message(Where where, MemorySegment note) {
        String id = MessageProperties.of(note, 0, MessageProperties.UNIQ_KEY);
        if (id == null || !isOf(where, note)) {
            return null;
        }
        MemorySegment last = parts.newest(TopicName.expiredOf(where.group()), id);
        return last != null && Standing.isAfter(last, note) ? null : parts.newest(where.topic(), id);
    }

    private static boolean isOf(Where where, MemorySegment note) {
        return where.topic().equals(MessageProperties.of(note, 0, MessageProperties.RETRY_TOPIC));
    }
}
