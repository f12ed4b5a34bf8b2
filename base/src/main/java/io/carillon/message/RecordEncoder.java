package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * Writes stored records, see {@link MessageRecord} for the layout. The fields that the log decides (queue offset, log
 * offset, store time) are left zero. Reused; one thread.
 */
public final class RecordEncoder {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final CRC32 crc = new CRC32();

    /** The fields of a message that stand before its body. Reused by one thread; all must be set before {@link #encode}. */
    public static final class Head {
        public int queueId;
        public int flag;
        /** Without the two bits that tell the hosts' address family: the encoder sets them. */
        public int sysFlag;

        public long bornTimestampMs;
        public int reconsumeTimes;
        public long preparedTransactionOffset;
        /** Address and port as they are stored: 8 or 20 bytes. */
        public byte[] bornHost = new byte[MessageRecord.HOST_V4_BYTES];

        public byte[] storeHost = new byte[MessageRecord.HOST_V4_BYTES];
    }

    /** How much room a record takes. */
    public static int size(Head head, int bodyBytes, int topicBytes, int propertiesBytes) {
        int topicLengthBytes = topicBytes > Byte.MAX_VALUE ? 2 : 1;
        return 72
                + head.bornHost.length
                + head.storeHost.length
                + bodyBytes
                + topicLengthBytes
                + topicBytes
                + 2
                + propertiesBytes;
    }

    /**
     * Writes one record.
     *
     * @param into at least {@link #size} bytes from {@code at} on
     * @param body its remaining bytes; position and limit are left as they are
     * @param properties in stored form, {@code propertiesBytes} of it, at most {@link
     *     MessageRecord#PROPERTIES_BYTES_MAX}
     * @return the record's size
     */
    public int encode(
            MemorySegment into,
            long at,
            Head head,
            ByteBuffer body,
            byte[] topic,
            byte[] properties,
            int propertiesBytes) {
        int bodyBytes = body.remaining();
        int size = size(head, bodyBytes, topic.length, propertiesBytes);
        boolean isLongTopic = topic.length > Byte.MAX_VALUE;
        crc.reset();
        int bodyPosition = body.position();
        crc.update(body);
        body.position(bodyPosition);
        int sysFlag = head.sysFlag & ~(SysFlag.BORN_HOST_V6 | SysFlag.STORE_HOST_V6);
        sysFlag |= head.bornHost.length == MessageRecord.HOST_V6_BYTES ? SysFlag.BORN_HOST_V6 : 0;
        sysFlag |= head.storeHost.length == MessageRecord.HOST_V6_BYTES ? SysFlag.STORE_HOST_V6 : 0;

        into.set(INT, at, size);
        into.set(INT, at + 4, isLongTopic ? MessageRecord.MAGIC_V2 : MessageRecord.MAGIC_V1);
        into.set(INT, at + 8, (int) (crc.getValue() & 0x7FFFFFFFL));
        into.set(INT, at + MessageRecord.QUEUE_ID_AT, head.queueId);
        into.set(INT, at + 16, head.flag);
        into.set(LONG, at + MessageRecord.QUEUE_OFFSET_AT, 0);
        into.set(LONG, at + MessageRecord.PHYSICAL_OFFSET_AT, 0);
        into.set(INT, at + MessageRecord.SYS_FLAG_AT, sysFlag);
        into.set(LONG, at + 40, head.bornTimestampMs);
        long to = put(into, at + MessageRecord.BORN_HOST_AT, head.bornHost, head.bornHost.length);
        into.set(LONG, to, 0);
        to = put(into, to + 8, head.storeHost, head.storeHost.length);
        into.set(INT, to, head.reconsumeTimes);
        into.set(LONG, to + 4, head.preparedTransactionOffset);
        into.set(INT, to + 12, bodyBytes);
        MemorySegment.copy(MemorySegment.ofBuffer(body), 0, into, to + 16, bodyBytes);
        to += 16 + bodyBytes;
        if (isLongTopic) {
            into.set(SHORT, to, (short) topic.length);
            to = put(into, to + 2, topic, topic.length);
        } else {
            into.set(ValueLayout.JAVA_BYTE, to, (byte) topic.length);
            to = put(into, to + 1, topic, topic.length);
        }
        into.set(SHORT, to, (short) propertiesBytes);
        put(into, to + 2, properties, propertiesBytes);
        return size;
    }

    private static long put(MemorySegment into, long at, byte[] bytes, int length) {
        MemorySegment.copy(bytes, 0, into, ValueLayout.JAVA_BYTE, at, length);
        return at + length;
    }
}
