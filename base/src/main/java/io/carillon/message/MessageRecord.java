package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of one stored message, which are also the bytes that a consumer receives (format: Apache RocketMQ's stored
 * message). All integers are big-endian; {@code b} and {@code s} are 8 for IPv4 and 20 for IPv6 hosts.
 *
 * <pre>
 *  0        totalSize            4     48        bornHost             b  (ip, port as int32)
 *  4        magic                4     48+b      storeTimestamp       8
 *  8        bodyCrc              4     56+b      storeHost            s
 * 12        queueId              4     56+b+s    reconsumeTimes       4
 * 16        flag                 4     60+b+s    preparedTxOffset     8
 * 20        queueOffset          8     68+b+s    bodyLength           4, then the body
 * 28        physicalOffset       8               topicLength          1 (magic V1) or 2 (V2), then the topic
 * 36        sysFlag              4               propertiesLength     2, then the properties
 * 40        bornTimestamp        8
 * </pre>
 *
 * <p>Every method reads at {@code at}, the first byte of a record, and trusts that {@link #isWhole} held for it.
 */
public final class MessageRecord {
    public static final int MAGIC_V1 = 0xDAA320A7;
    public static final int MAGIC_V2 = 0xDAA320AB;

    public static final int QUEUE_ID_AT = 12;
    public static final int QUEUE_OFFSET_AT = 20;
    public static final int PHYSICAL_OFFSET_AT = 28;
    public static final int SYS_FLAG_AT = 36;
    public static final int BORN_HOST_AT = 48;

    public static final int HOST_V4_BYTES = 8;
    public static final int HOST_V6_BYTES = 20;
    /** The smallest possible record: IPv4 hosts, no body, a topic of one character, no properties. */
    public static final int BYTES_MIN = 4 + 84 + 2 + 2;

    public static final int PROPERTIES_BYTES_MAX = Short.MAX_VALUE;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private MessageRecord() {}

    public static int totalSize(MemorySegment bytes, long at) {
        return bytes.get(INT, at);
    }

    public static int magic(MemorySegment bytes, long at) {
        return bytes.get(INT, at + 4);
    }

    public static int bodyCrc(MemorySegment bytes, long at) {
        return bytes.get(INT, at + 8);
    }

    public static int queueId(MemorySegment bytes, long at) {
        return bytes.get(INT, at + QUEUE_ID_AT);
    }

    public static int flag(MemorySegment bytes, long at) {
        return bytes.get(INT, at + 16);
    }

    public static long queueOffset(MemorySegment bytes, long at) {
        return bytes.get(LONG, at + QUEUE_OFFSET_AT);
    }

    public static long physicalOffset(MemorySegment bytes, long at) {
        return bytes.get(LONG, at + PHYSICAL_OFFSET_AT);
    }

    public static int sysFlag(MemorySegment bytes, long at) {
        return bytes.get(INT, at + SYS_FLAG_AT);
    }

    public static long bornTimestamp(MemorySegment bytes, long at) {
        return bytes.get(LONG, at + 40);
    }

    public static int bornHostBytes(int sysFlag) {
        return (sysFlag & SysFlag.BORN_HOST_V6) == 0 ? HOST_V4_BYTES : HOST_V6_BYTES;
    }

    public static int storeHostBytes(int sysFlag) {
        return (sysFlag & SysFlag.STORE_HOST_V6) == 0 ? HOST_V4_BYTES : HOST_V6_BYTES;
    }

    /** Where storeTimestamp stands, counted from the record's start. */
    public static int storeTimestampAt(int sysFlag) {
        return BORN_HOST_AT + bornHostBytes(sysFlag);
    }

    public static long storeTimestamp(MemorySegment bytes, long at) {
        return bytes.get(LONG, at + storeTimestampAt(sysFlag(bytes, at)));
    }

    /** Address and port of the store host, 8 or 20 bytes. */
    public static byte[] storeHost(MemorySegment bytes, long at) {
        int sysFlag = sysFlag(bytes, at);
        return bytes.asSlice(at + storeTimestampAt(sysFlag) + 8, storeHostBytes(sysFlag))
                .toArray(ValueLayout.JAVA_BYTE);
    }

    /** Where reconsumeTimes stands, counted from the record's start. */
    public static int reconsumeTimesAt(int sysFlag) {
        return storeTimestampAt(sysFlag) + 8 + storeHostBytes(sysFlag);
    }

    public static int reconsumeTimes(MemorySegment bytes, long at) {
        return bytes.get(INT, at + reconsumeTimesAt(sysFlag(bytes, at)));
    }

    public static long preparedTransactionOffset(MemorySegment bytes, long at) {
        return bytes.get(LONG, at + reconsumeTimesAt(sysFlag(bytes, at)) + 4);
    }

    /**
     * When a message that is not yet in its queue is due, as a {@link DueTime}; 0 for any other. It stands where a
     * transaction's message names its first half, which a message that waits for its time cannot be.
     */
    public static long due(MemorySegment bytes, long at) {
        return (sysFlag(bytes, at) & SysFlag.TRANSACTION_MASK) == 0 ? preparedTransactionOffset(bytes, at) : 0;
    }

    /**
     * Whether this is the half of a transaction: a message that nobody may see before it is committed, and then in
     * another copy. Its {@link #preparedTransactionOffset} says from when on its producers may be asked, in epoch ms.
     */
    public static boolean isHalf(MemorySegment bytes, long at) {
        return (sysFlag(bytes, at) & SysFlag.TRANSACTION_MASK) == SysFlag.TRANSACTION_PREPARED;
    }

    /** Whether the message is in no queue that a consumer may read: not due yet, or the half of a transaction. */
    public static boolean isHidden(MemorySegment bytes, long at) {
        return isHalf(bytes, at) || due(bytes, at) != 0;
    }

    /** Makes a copy of a record due at this {@link DueTime}, or at once with 0. Before it is appended. */
    public static void due(MemorySegment bytes, long at, long due) {
        bytes.set(LONG, at + reconsumeTimesAt(sysFlag(bytes, at)) + 4, due);
    }

    /** Gives a copy of a record to this queue of its topic. Before it is appended. */
    public static void queueId(MemorySegment bytes, long at, int queueId) {
        bytes.set(INT, at + QUEUE_ID_AT, queueId);
    }

    private static long bodyLengthAt(MemorySegment bytes, long at) {
        return at + reconsumeTimesAt(sysFlag(bytes, at)) + 12;
    }

    public static int bodyLength(MemorySegment bytes, long at) {
        return bytes.get(INT, bodyLengthAt(bytes, at));
    }

    /** The absolute position of the body's first byte. */
    public static long bodyAt(MemorySegment bytes, long at) {
        return bodyLengthAt(bytes, at) + 4;
    }

    private static long topicLengthAt(MemorySegment bytes, long at) {
        long bodyLengthAt = bodyLengthAt(bytes, at);
        return bodyLengthAt + 4 + bytes.get(INT, bodyLengthAt);
    }

    public static int topicLength(MemorySegment bytes, long at) {
        long lengthAt = topicLengthAt(bytes, at);
        return magic(bytes, at) == MAGIC_V2
                ? bytes.get(SHORT, lengthAt) & 0xFFFF
                : bytes.get(ValueLayout.JAVA_BYTE, lengthAt) & 0xFF;
    }

    /** The absolute position of the topic's first byte. */
    public static long topicAt(MemorySegment bytes, long at) {
        return topicLengthAt(bytes, at) + (magic(bytes, at) == MAGIC_V2 ? 2 : 1);
    }

    public static String topic(MemorySegment bytes, long at) {
        return text(bytes, topicAt(bytes, at), topicLength(bytes, at));
    }

    private static long propertiesLengthAt(MemorySegment bytes, long at) {
        return topicAt(bytes, at) + topicLength(bytes, at);
    }

    public static int propertiesLength(MemorySegment bytes, long at) {
        return bytes.get(SHORT, propertiesLengthAt(bytes, at)) & 0xFFFF;
    }

    /** The absolute position of the first byte of the properties, in the stored form of {@link MessageProperties}. */
    public static long propertiesAt(MemorySegment bytes, long at) {
        return propertiesLengthAt(bytes, at) + 2;
    }

    /**
     * Whether a well-formed record starts here and ends within {@code limit} (absolute): all its inner lengths add up
     * to its total size. Safe on arbitrary bytes.
     */
    public static boolean isWhole(MemorySegment bytes, long at, long limit) {
        if (at < 0 || limit > bytes.byteSize() || limit - at < BYTES_MIN) {
            return false;
        }
        int size = totalSize(bytes, at);
        int magic = magic(bytes, at);
        if (size < BYTES_MIN || size > limit - at || (magic != MAGIC_V1 && magic != MAGIC_V2)) {
            return false;
        }
        long end = at + size;
        long bodyLengthAt = bodyLengthAt(bytes, at);
        if (bodyLengthAt + 4 > end) {
            return false;
        }
        int body = bytes.get(INT, bodyLengthAt);
        long topicLengthAt = bodyLengthAt + 4 + body;
        if (body < 0 || topicLengthAt + 2 > end) {
            return false;
        }
        long propertiesLengthAt = topicAt(bytes, at) + topicLength(bytes, at);
        return propertiesLengthAt + 2 <= end
                && propertiesLengthAt + 2 + (bytes.get(SHORT, propertiesLengthAt) & 0xFFFF) == end;
    }

    /** Fills in what only the log's order decides. Called by the log's writer alone, before the record is written. */
    public static void stamp(
            MemorySegment bytes, long at, long queueOffset, long physicalOffset, long storeTimestampMs) {
        bytes.set(LONG, at + QUEUE_OFFSET_AT, queueOffset);
        bytes.set(LONG, at + PHYSICAL_OFFSET_AT, physicalOffset);
        bytes.set(LONG, at + storeTimestampAt(bytes.get(INT, at + SYS_FLAG_AT)), storeTimestampMs);
    }

    static String text(MemorySegment bytes, long at, int length) {
        byte[] copy = new byte[length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, copy, 0, length);
        return new String(copy, StandardCharsets.UTF_8);
    }
}
