package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A stored record that is to be written again with something changed: read it, change the fields, write it. Body, flags,
 * born time and hosts stay what they were. Reused; one thread.
 */
public final class RecordCopy {
    private final RecordEncoder encoder = new RecordEncoder();
    private final RecordScan scan = new RecordScan();

    /** What stands before the body; {@code preparedTransactionOffset} holds the {@link DueTime}, or 0. */
    public final RecordEncoder.Head head = new RecordEncoder.Head();

    public String topic = "";
    /** In the order in which they were stored. */
    public final PropertyBytes properties = new PropertyBytes();

    private ByteBuffer body = ByteBuffer.allocate(0);
    private byte[] topicBytes = new byte[0];
    private byte[] propertyBytes = new byte[0];
    private int propertiesLength;

    /** Takes over the record at {@code at}; it must stay readable until {@link #write}. */
    public void read(MemorySegment bytes, long at) {
        int sysFlag = MessageRecord.sysFlag(bytes, at);
        head.queueId = MessageRecord.queueId(bytes, at);
        head.flag = MessageRecord.flag(bytes, at);
        head.sysFlag = sysFlag;
        head.bornTimestampMs = MessageRecord.bornTimestamp(bytes, at);
        head.reconsumeTimes = MessageRecord.reconsumeTimes(bytes, at);
        head.preparedTransactionOffset = MessageRecord.preparedTransactionOffset(bytes, at);
        long bornHostAt = at + MessageRecord.BORN_HOST_AT;
        head.bornHost = copy(bytes, bornHostAt, MessageRecord.bornHostBytes(sysFlag));
        long storeHostAt = at + MessageRecord.storeTimestampAt(sysFlag) + 8;
        head.storeHost = copy(bytes, storeHostAt, MessageRecord.storeHostBytes(sysFlag));
        body = bytes.asSlice(MessageRecord.bodyAt(bytes, at), MessageRecord.bodyLength(bytes, at))
                .asByteBuffer();
        topic = MessageRecord.topic(bytes, at);
        properties.read(bytes, MessageRecord.propertiesAt(bytes, at), MessageRecord.propertiesLength(bytes, at));
    }

    private static byte[] copy(MemorySegment bytes, long at, int length) {
        return bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** The copy has no body. */
    public void dropBody() {
        body = ByteBuffer.allocate(0);
        head.sysFlag &= ~SysFlag.COMPRESSED;
    }

    /**
     * Encodes topic and properties as they are now.
     *
     * @return how many bytes {@link #write} needs
     * @throws IllegalArgumentException when the properties are longer than a record can hold
     */
    public int size() {
        topicBytes = topic.getBytes(StandardCharsets.UTF_8);
        propertiesLength = properties.length();
        if (propertiesLength > MessageRecord.PROPERTIES_BYTES_MAX) {
            throw new IllegalArgumentException("the message's properties are " + propertiesLength
                    + " bytes, a record holds " + MessageRecord.PROPERTIES_BYTES_MAX);
        }
        if (propertiesLength > propertyBytes.length) {
            propertyBytes = new byte[2 * propertiesLength];
        }
        properties.write(propertyBytes);
        return RecordEncoder.size(head, body.remaining(), topicBytes.length, propertiesLength);
    }

    /**
     * Writes the record; after {@link #size}.
     *
     * @return the scan of its properties
     */
    public RecordScan write(MemorySegment into, long at) {
        int size = encoder.encode(into, at, head, body, topicBytes, propertyBytes, propertiesLength);
        scan.scan(into, at + size - propertiesLength, propertiesLength);
        return scan;
    }
}
