package io.carillon.broker.pop;

import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.filter.RecordFilter;
import io.carillon.broker.filter.RecordProperties;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntries;

/** Picks messages for one pop, over all its queues: the first message fits whatever its size. One thread. */
final class Taker {
    /** So many entries are examined at most under a queue's monitor, whatever the filter lets through. */
    static final int EXAMINED_MAX = 4096;

    /** Likewise when each record has to be looked at: it may come from the disk. */
    private static final int EXAMINED_RECORDS_MAX = 256;

    private static final int ENTRIES = 64;

    /** Where properties are read from: {@link io.carillon.log.MessageLog#properties}. */
    interface Properties {
        int read(long logOffset, int size, byte[] into);
    }

    /** What a thread uses again with each pop. It knows nothing of the log, which a thread may outlive. */
    static final class Room {
        private final QueueEntries entries = new QueueEntries(ENTRIES);
        private final RecordProperties properties = new RecordProperties();
    }

    private final Properties source;
    private final QueueEntries entries;
    private final RecordProperties properties;
    private final MessageFilter filter;
    private int bytesLeft;
    private boolean isFirst = true;

    Taker(Properties source, Room room, MessageFilter filter, int bytesMax) {
        this.source = source;
        this.entries = room.entries;
        this.properties = room.properties;
        this.filter = filter;
        bytesLeft = bytesMax;
    }

    boolean isFull() {
        return !isFirst && bytesLeft <= 0;
    }

    /** @return the offset after the last entry that was examined */
    long take(ConsumeQueue queue, long from, LiveQueue.Limits limits, PoppedPart into) {
        long end = Math.min(queue.offsetMax(), from + (filter.needsRecord() ? EXAMINED_RECORDS_MAX : EXAMINED_MAX));
        long at = from;
        while (at < end && into.count() < limits.messages()) {
            int count = queue.readRange(at, (int) Math.min(ENTRIES, end - at), entries);
            int examined = take(at, count, limits.messages(), into);
            at += examined;
            if (count == 0 || examined < count) {
                break;
            }
        }
        return at;
    }

    private int take(long at, int count, int messagesMax, PoppedPart into) {
        for (int i = 0; i < count; i++) {
            if (!matches(i)) {
                continue;
            }
            int size = entries.sizes[i];
            if (into.count() == messagesMax || (!isFirst && size > bytesLeft)) {
                return i;
            }
            into.add(at + i, entries.logOffsets[i], size, 0);
            bytesLeft -= size;
            isFirst = false;
        }
        return count;
    }

    private boolean matches(int i) {
        if (filter.isForAll()) {
            return true;
        }
        RecordFilter record = filter.record();
        return filter.tags().matches(entries.tagsCodes[i]) && (record == null || matches(record, i));
    }

    /** What is gone or damaged is handed out: the copy finds out, as it does without a filter. */
    private boolean matches(RecordFilter record, int i) {
        int length = source.read(entries.logOffsets[i], entries.sizes[i], properties.room());
        return length < 0 || record.matches(properties.filled(length));
    }
}
