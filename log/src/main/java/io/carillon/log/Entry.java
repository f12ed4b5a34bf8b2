package io.carillon.log;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The header of one entry of the log. All integers are big-endian. Entries start at multiples of 8.
 *
 * <pre>
 *  0  length      4   header and payload, without the padding that follows
 *  4  crc         4   CRC32C of the entry's own log offset (8 bytes), then of length, then of all bytes from 8 on
 *  8  index       8   rises by one with every entry
 * 16  term        8   rises with every opening of the log (later: with every leader)
 * 24  timestamp   8   epoch ms, never falls
 * 32  forced      8   the log offset that was surely on disk when this entry was written
 * 40  type        1   one of {@link #MESSAGES}, {@link #METADATA}, {@link #MARK}, {@link #SCHEDULE}, {@link #COMMANDED},
 *                    {@link #CONFIGURATION}
 * 41  flags       1   0
 * 42  reserved    2   0
 * 44  count       4   how many message records the payload holds
 * 48  payload
 * </pre>
 *
 * <p>The offset inside the checksum, the index and the term together tell an entry from what an earlier use of the same
 * blocks left behind: a stale entry has another offset, or a lower index, or a lower term than the entry before it.
 */
final class Entry {
    static final int HEADER_BYTES = 48;

    /** The payload is {@code count} stored message records, one after the other. */
    static final byte MESSAGES = 1;
    /** The payload is a change to the replicated state. */
    static final byte METADATA = 2;
    /** No payload: starts a term. */
    static final byte MARK = 3;
    /** The payload is {@code count} message records that are due later: each is in the {@link DueQueues} of its hour. */
    static final byte SCHEDULE = 4;
    /** {@code count} message records, then a change to the replicated state: both take effect, or none does. */
    static final byte COMMANDED = 5;
    /** The payload says who the replicas are: the consensus' own. */
    static final byte CONFIGURATION = 6;

    private static final int CRC_AT = 4;
    private static final int INDEX_AT = 8;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Entry() {}

    /** The place after an entry of this length: the next multiple of 8. */
    static long padded(long length) {
        return (length + 7) & ~7L;
    }

    static void putHeader(
            ByteBuffer into,
            int at,
            int length,
            long index,
            long term,
            long timestampMs,
            long forced,
            byte type,
            int count) {
        into.putInt(at, length);
        into.putLong(at + INDEX_AT, index);
        into.putLong(at + 16, term);
        into.putLong(at + 24, timestampMs);
        into.putLong(at + 32, forced);
        into.put(at + 40, type);
        into.put(at + 41, (byte) 0);
        into.putShort(at + 42, (short) 0);
        into.putInt(at + 44, count);
    }

    /** Seals the entry that stands complete at {@code at} and will be written at {@code logOffset}; returns its checksum. */
    static int putCrc(ByteBuffer bytes, int at, long logOffset, CRC32C crc, ByteBuffer scratch) {
        int sum = crcOf(bytes, at, bytes.getInt(at), logOffset, crc, scratch);
        bytes.putInt(at + CRC_AT, sum);
        return sum;
    }

    /** Whether an entry of a sane length with the right checksum stands at {@code at} within a segment's bytes. */
    static boolean isIntact(MemorySegment segment, long at, long logOffset, CRC32C crc, ByteBuffer scratch) {
        if (at + HEADER_BYTES > segment.byteSize()) {
            return false;
        }
        int length = length(segment, at);
        if (length < HEADER_BYTES || length > segment.byteSize() - at) {
            return false;
        }
        ByteBuffer bytes = segment.asSlice(at, length).asByteBuffer();
        return segment.get(INT, at + CRC_AT) == crcOf(bytes, 0, length, logOffset, crc, scratch);
    }

    static int crcOf(ByteBuffer bytes, int at, int length, long logOffset, CRC32C crc, ByteBuffer scratch) {
        crc.reset();
        scratch.clear().putLong(logOffset).putInt(length).flip();
        crc.update(scratch);
        int position = bytes.position();
        int limit = bytes.limit();
        bytes.limit(at + length).position(at + INDEX_AT);
        crc.update(bytes);
        bytes.limit(limit).position(position);
        return (int) crc.getValue();
    }

    /** A buffer as {@link #putCrc} and {@link #isIntact} want it. */
    static ByteBuffer crcScratch() {
        return ByteBuffer.allocate(12);
    }

    static int length(MemorySegment segment, long at) {
        return segment.get(INT, at);
    }

    static long index(MemorySegment segment, long at) {
        return segment.get(LONG, at + INDEX_AT);
    }

    static long term(MemorySegment segment, long at) {
        return segment.get(LONG, at + 16);
    }

    static long timestampMs(MemorySegment segment, long at) {
        return segment.get(LONG, at + 24);
    }

    static long forced(MemorySegment segment, long at) {
        return segment.get(LONG, at + 32);
    }

    static byte type(MemorySegment segment, long at) {
        return segment.get(ValueLayout.JAVA_BYTE, at + 40);
    }

    static int count(MemorySegment segment, long at) {
        return segment.get(INT, at + 44);
    }
}
