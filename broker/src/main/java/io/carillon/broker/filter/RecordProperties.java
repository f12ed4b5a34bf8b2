package io.carillon.broker.filter;

import io.carillon.message.MessageProperties;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;

/**
 * A copy of one message's properties in stored form, for a {@link RecordFilter}: a copy, because the log may drop the
 * segment at any time, and because plain bytes are faster to walk over. Reused; one thread at a time.
 */
public final class RecordProperties {
    private static final int LENGTH_MAX = 0xFFFF;

    private byte[] bytes = new byte[0];
    private int length;
    /** Where the value of each slot's property stands; -1 when there is none. */
    private int[] valuesAt = new int[0];

    private int[] valueLengths = new int[0];

    /** Where the properties are to be copied to: as long as a record's two bytes of length can say. */
    public byte[] room() {
        if (bytes.length == 0) {
            bytes = new byte[LENGTH_MAX];
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

    /** Finds the values of these properties, for the methods below; of a name that is there twice the last one counts. */
    void find(PropertyNames names) {
        int count = names.count();
        if (valuesAt.length < count) {
            valuesAt = new int[count];
            valueLengths = new int[count];
        }
        Arrays.fill(valuesAt, 0, count, -1);
        int at = 0;
        while (at < length) {
            at = entry(at, names) + 1;
        }
    }

    /** Looks at one entry, as {@link MessageProperties} understands it; returns where it ends. */
    private int entry(int at, PropertyNames names) {
        int nameEnd = at;
        while (nameEnd < length && bytes[nameEnd] != MessageProperties.NAME_END) {
            if (bytes[nameEnd] == MessageProperties.VALUE_END) {
                return nameEnd;
            }
            nameEnd++;
        }
        int valueAt = nameEnd + 1;
        int end = valueAt;
        while (end < length && bytes[end] != MessageProperties.VALUE_END) {
            end++;
        }
        if (nameEnd > at && end > valueAt) {
            take(names.slot(bytes, at, nameEnd), valueAt, end - valueAt);
        }
        return end;
    }

    private void take(int slot, int valueAt, int valueLength) {
        if (slot >= 0) {
            valuesAt[slot] = valueAt;
            valueLengths[slot] = valueLength;
        }
    }

    boolean has(int slot) {
        return valuesAt[slot] >= 0;
    }

    int valueAt(int slot) {
        return valuesAt[slot];
    }

    int valueLength(int slot) {
        return valueLengths[slot];
    }
}
