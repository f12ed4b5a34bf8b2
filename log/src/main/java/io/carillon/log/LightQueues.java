package io.carillon.log;

import io.carillon.message.LightDispatch;
import io.carillon.message.MessageRecord;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Puts records into light queues, which are consume queues like others: topics of one queue whose entries point at
 * records of other topics. A record stands once in the log, whatever queues it is in. Only for records of which {@link
 * AppendBatch#isLight} or the scan says that they may be in some; the publisher has one, and the writer, which recovery
 * comes before, has another.
 *
 * <p>A topic may be deleted while a message is on its way to it: between the check of its names and the append, or for as
 * long as it waits to be due or committed. Behind the deletion in the log, also while that is not applied yet, its place is
 * {@link LightDispatch#NOWHERE} until the topic is made again. So no queue is there without a topic, and the records alone
 * say where they are: recovery, which may know a later state, comes to the same.
 */
final class LightQueues {
    private static final int NUMBER = 0;

    private final QueueIndex queues;
    private final LogListener listener;
    private final LightDispatch dispatch = new LightDispatch();

    LightQueues(QueueIndex queues, LogListener listener) {
        this.queues = queues;
        this.listener = listener;
    }

    /** Puts nothing into a light queue any more whose topic this entry deletes. The writer's, where the entry is staged. */
    void closeDeleted(MetadataAppend metadata) {
        String topic = listener.deletedTopic(ByteBuffer.wrap(metadata.entry()));
        if (topic != null && TopicName.isLight(topic)) {
            ConsumeQueue queue = queues.queue(topic, NUMBER);
            queue.countDeletions(1);
            metadata.deletes(queue);
        }
    }

    /** Takes back {@link #closeDeleted}: the write failed. */
    static void openAgain(MetadataAppend metadata) {
        ConsumeQueue queue = metadata.deleted();
        if (queue != null) {
            queue.countDeletions(-1);
        }
    }

    /** Gives the record its places, in its own bytes, and indexes it. The writer's, before the record is staged. */
    void put(AppendBatch batch, int record, long logOffset) {
        if (!dispatch.read(batch.bytes(), batch.start(record))) {
            return;
        }
        @Nullable ConsumeQueue[] to = new ConsumeQueue[dispatch.count()];
        for (int i = 0; i < to.length; i++) {
            ConsumeQueue queue = queue(batch.bytes(), i);
            if (queue != null && queue.logOffsetLast() == logOffset) {
                queue = null; // it was named twice
            }
            long place = queue == null ? LightDispatch.NOWHERE : queues.nextOffset(queue);
            dispatch.stamp(i, place);
            if (queue != null) {
                queues.put(queue, place, logOffset, batch.size(record), batch.tagsCode(record));
            }
            to[i] = queue;
        }
        // Kept, because a queue that is deleted meanwhile must not be taken for the one that gets its name next.
        batch.lightQueues(record, to);
    }

    /** The {@code i}th queue, or null when its topic is gone. */
    private @Nullable ConsumeQueue queue(MemorySegment bytes, int i) {
        ConsumeQueue queue = queues.existing(bytes, dispatch.nameAt(i), dispatch.nameLength(i), NUMBER);
        if (queue == null) {
            String name = TopicQueues.read(bytes, dispatch.nameAt(i), dispatch.nameLength(i));
            if (!listener.hasTopic(name)) {
                return null;
            }
            queue = queues.queue(name, NUMBER);
        }
        // Asked after the queue was taken: if the topic is deleted from now on, the queue is dropped with it.
        return !queue.isBeingDeleted() && listener.hasTopic(queue.topic()) ? queue : null;
    }

    /** Takes back what {@link #put} indexed: the write failed. The writer's, the newest record first. */
    void takeBack(AppendBatch batch, int record) {
        @Nullable ConsumeQueue[] from = batch.lightQueues(record);
        if (from.length > 0 && dispatch.read(batch.bytes(), batch.start(record))) {
            for (int i = from.length - 1; i >= 0; i--) {
                ConsumeQueue queue = from[i];
                if (queue != null) {
                    queues.truncate(queue, dispatch.place(i));
                }
            }
        }
    }

    /** Makes the record readable in its light queues. The publisher's. */
    void publish(AppendBatch batch, int record) {
        @Nullable ConsumeQueue[] in = batch.lightQueues(record);
        if (in.length > 0 && dispatch.read(batch.bytes(), batch.start(record))) {
            for (int i = 0; i < in.length; i++) {
                ConsumeQueue queue = in[i];
                if (queue != null) {
                    long place = dispatch.place(i);
                    queues.publish(queue, place + 1);
                    listener.onReadable(queue, place, place + 1);
                }
            }
        }
    }

    /** Indexes a record of the log whose places were given before. */
    void putAgain(MemorySegment bytes, long at, long logOffset, long tagsCode, EntryIndexer.Visitor told) {
        if (dispatch.read(bytes, at)) {
            for (int i = 0; i < dispatch.count(); i++) {
                long place = dispatch.place(i);
                if (place != LightDispatch.NOWHERE) {
                    ConsumeQueue queue = queues.queue(bytes, dispatch.nameAt(i), dispatch.nameLength(i), NUMBER);
                    queues.put(queue, place, logOffset, MessageRecord.totalSize(bytes, at), tagsCode);
                    told.indexed(queue, place);
                }
            }
        }
    }
}
