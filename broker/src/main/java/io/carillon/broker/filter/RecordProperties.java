package io.carillon.broker.filter;

import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * A copy of one message's properties in stored form, for a {@link RecordFilter}: a copy, because the log may drop the
 * segment at any time, and because plain bytes are faster to walk over. Reused; one thread at a time.
 */
public final class RecordProperties {
    private byte[] bytes = new byte[0];
    private int length;

    /** Where the properties are to be copied to: as long as the longest that a record can have. */
    public byte[] room() {
        if (bytes.length == 0) {
            bytes = new byte[MessageRecord.PROPERTIES_BYTES_MAX];
        }
        return bytes;
    }

    /** Says how many bytes of {@link #room} were filled. */
    public RecordProperties filled(int length) {
        this.length = length;
        return this;
    }

    /** All of them as a map. */
    public Map<String, String> asMap() {
        return MessageProperties.decode(MemorySegment.ofArray(bytes), 0, length);
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }
}
