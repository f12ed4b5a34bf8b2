package io.carillon.log;

import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads stored records out of the segments. Any thread; a segment that retention closes meanwhile reads as gone. */
final class LogReader {
    private final Segments segments;
    private final Publisher publisher;

    LogReader(Segments segments, Publisher publisher) {
        this.segments = segments;
        this.publisher = publisher;
    }

    boolean copy(long logOffset, int size, ByteBuffer into) {
        Segment segment = segments.at(logOffset);
        if (segment == null || logOffset + size > segment.end()) {
            return false;
        }
        try {
            MemorySegment.copy(segment.bytes(), logOffset - segment.base(), MemorySegment.ofBuffer(into), 0, size);
            into.position(into.position() + size);
            return true;
        } catch (IllegalStateException closed) {
            return false;
        }
    }

    int properties(long logOffset, int size, byte[] into) {
        Segment segment = segments.at(logOffset);
        if (segment == null || logOffset + size > segment.end()) {
            return -1;
        }
        try {
            return properties(segment.bytes(), logOffset - segment.base(), size, into);
        } catch (IllegalStateException closed) {
            return -1;
        }
    }

    private static int properties(MemorySegment bytes, long at, int size, byte[] into) {
        if (!MessageRecord.isWhole(bytes, at, at + size)) {
            return -1;
        }
        long propertiesAt = MessageRecord.propertiesAt(bytes, at);
        long length = at + size - propertiesAt;
        if (length > into.length) {
            return -1;
        }
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, propertiesAt, into, 0, (int) length);
        return (int) length;
    }

    @Nullable
    MemorySegment record(long logOffset) {
        Segment segment = segments.at(logOffset);
        if (segment == null || logOffset >= publisher.readableOffset()) {
            return null;
        }
        try {
            MemorySegment bytes = segment.bytes();
            long at = logOffset - segment.base();
            if (!isRecord(bytes, at, logOffset)) {
                return null;
            }
            byte[] copy = bytes.asSlice(at, MessageRecord.totalSize(bytes, at)).toArray(ValueLayout.JAVA_BYTE);
            return MemorySegment.ofArray(copy);
        } catch (IllegalStateException closed) {
            return null;
        }
    }

    private static boolean isRecord(MemorySegment bytes, long at, long logOffset) {
        return MessageRecord.isWhole(bytes, at, bytes.byteSize())
                && MessageRecord.physicalOffset(bytes, at) == logOffset;
    }

    /** When the record at this place was stored, in epoch ms; -1 when it is gone. */
    long storeTimestamp(long logOffset) {
        Segment segment = segments.at(logOffset);
        if (segment == null) {
            return -1;
        }
        try {
            return MessageRecord.storeTimestamp(segment.bytes(), logOffset - segment.base());
        } catch (IllegalStateException closed) {
            return -1;
        }
    }

    long storeTimestamp(ConsumeQueue queue, long queueOffset) {
        QueueEntry entry = new QueueEntry();
        return queue.read(queueOffset, entry) ? storeTimestamp(entry.logOffset) : -1;
    }

    /** The first queue offset in {@code [min, max)} whose message stands at this place of the log or behind it, else max. */
    long firstFrom(ConsumeQueue queue, long logOffset) {
        long low = queue.offsetMin();
        long high = queue.offsetMax();
        QueueEntry entry = new QueueEntry();
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (!queue.read(middle, entry) || entry.logOffset < logOffset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The first queue offset in {@code [min, max)} whose store time is at least this, else max. */
    long firstAtOrAfter(ConsumeQueue queue, long timestampMs) {
        long low = queue.offsetMin();
        long high = queue.offsetMax();
        QueueEntry entry = new QueueEntry();
        while (low < high) {
            long middle = (low + high) >>> 1;
            boolean isBefore = !queue.read(middle, entry) || storeTimestamp(entry.logOffset) < timestampMs;
            if (isBefore) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
