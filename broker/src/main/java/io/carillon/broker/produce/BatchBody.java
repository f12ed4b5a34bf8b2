package io.carillon.broker.produce;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The messages inside the body of a batch send (format: Apache RocketMQ), one after the other:
 *
 * <pre>
 * totalSize 4 | magic 4 | bodyCrc 4 | flag 4 | bodyLength 4, body | propertiesLength 2, properties
 * </pre>
 */
final class BatchBody {
    private static final int HEAD_BYTES = 20;

    private final ByteBuffer bytes;
    private int next;
    private int flag;
    private ByteBuffer body;
    private int propertiesBytes;

    /** @param bytes a body in which {@link #faultOf} found no fault */
    BatchBody(ByteBuffer bytes) {
        this.bytes = bytes;
        this.next = bytes.position();
        this.body = bytes;
    }

    /** What is wrong with such a body, or null. */
    static @Nullable Refused faultOf(ByteBuffer bytes) {
        int at = bytes.position();
        int end = bytes.limit();
        int count = 0;
        while (at < end) {
            int size = end - at < HEAD_BYTES + 2 ? -1 : bytes.getInt(at);
            int bodyBytes = size < HEAD_BYTES + 2 || size > end - at ? -1 : bytes.getInt(at + 16);
            boolean isBodyInside = bodyBytes >= 0 && bodyBytes <= size - HEAD_BYTES - 2;
            // Read as signed: properties of more than 32767 bytes, which no record holds, do not add up either.
            if (!isBodyInside || bytes.getShort(at + HEAD_BYTES + bodyBytes) != size - HEAD_BYTES - 2 - bodyBytes) {
                return new Refused(
                        Refused.Reason.ILLEGAL_MESSAGE,
                        "message " + count + " of the batch is malformed: its lengths do not add up");
            }
            at += size;
            count++;
        }
        return count > 0 ? null : new Refused(Refused.Reason.ILLEGAL_MESSAGE, "the batch holds no message");
    }

    /** Goes to the next message and copies its properties; false after the last one. */
    boolean next(byte[] properties) {
        if (next >= bytes.limit()) {
            return false;
        }
        int bodyBytes = bytes.getInt(next + 16);
        flag = bytes.getInt(next + 12);
        body = bytes.slice(next + HEAD_BYTES, bodyBytes);
        propertiesBytes = bytes.getShort(next + HEAD_BYTES + bodyBytes);
        bytes.get(next + HEAD_BYTES + bodyBytes + 2, properties, 0, propertiesBytes);
        next += bytes.getInt(next);
        return true;
    }

    int flag() {
        return flag;
    }

    ByteBuffer body() {
        return body;
    }

    int propertiesBytes() {
        return propertiesBytes;
    }
}
