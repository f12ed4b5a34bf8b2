package io.carillon.log;

import io.carillon.message.LightDispatch;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;

/**
 * Puts records into light queues, which are consume queues like others: topics of one queue whose entries point at
 * records of other topics. A record stands once in the log, whatever queues it is in. Only for records of which {@link
 * AppendBatch#isLight} or the scan says that they may be in some; the writer, the publisher and recovery have one each.
 */
final class LightQueues {
    private static final int NUMBER = 0;

    private final QueueIndex queues;
    private final LightDispatch dispatch = new LightDispatch();

    LightQueues(QueueIndex queues) {
        this.queues = queues;
    }

    /** Gives the record its places, in its own bytes, and indexes it. The writer's, before the record is staged. */
    void put(AppendBatch batch, int record, long logOffset) {
        if (!dispatch.read(batch.bytes(), batch.start(record))) {
            return;
        }
        ConsumeQueue[] to = new ConsumeQueue[dispatch.count()];
        for (int i = 0; i < to.length; i++) {
            to[i] = queue(batch.bytes(), i);
            long place = queues.nextOffset(to[i]);
            dispatch.stamp(i, place);
            queues.put(to[i], place, logOffset, batch.size(record), batch.tagsCode(record));
        }
        // Kept, because a queue that is deleted meanwhile must not be taken for the one that gets its name next.
        batch.lightQueues(record, to);
    }

    private ConsumeQueue queue(MemorySegment bytes, int i) {
        return queues.queue(bytes, dispatch.nameAt(i), dispatch.nameLength(i), NUMBER);
    }

    /** Takes back what {@link #put} indexed: the write failed. The writer's, the newest record first. */
    void takeBack(AppendBatch batch, int record) {
        ConsumeQueue[] from = batch.lightQueues(record);
        if (from.length > 0 && dispatch.read(batch.bytes(), batch.start(record))) {
            for (int i = from.length - 1; i >= 0; i--) {
                queues.truncate(from[i], dispatch.place(i));
            }
        }
    }

    /** Makes the record readable in its light queues. The publisher's. */
    void publish(AppendBatch batch, int record, LogListener listener) {
        ConsumeQueue[] in = batch.lightQueues(record);
        if (in.length > 0 && dispatch.read(batch.bytes(), batch.start(record))) {
            for (int i = 0; i < in.length; i++) {
                long place = dispatch.place(i);
                queues.publish(in[i], place + 1);
                listener.onReadable(in[i], place, place + 1);
            }
        }
    }

    /** Indexes a record of the log whose places were given before. Recovery's. */
    void putAgain(MemorySegment bytes, long at, long logOffset, long tagsCode) {
        if (dispatch.read(bytes, at)) {
            for (int i = 0; i < dispatch.count(); i++) {
                queues.put(queue(bytes, i), dispatch.place(i), logOffset, MessageRecord.totalSize(bytes, at), tagsCode);
            }
        }
    }
}
