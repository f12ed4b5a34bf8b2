package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The properties of one message in their stored form, to be looked up and changed. Nothing is decoded but the values that
 * are asked for, and what nobody changes is written byte for byte as it was read. Names are ASCII. Reused; one thread.
 *
 * <p>Of a name that is there more than once the last value counts, as for every reader; all of them go when it is removed
 * or put. Entries without a name or a value are forgotten when they are read.
 */
public final class PropertyBytes {
    private static final int BYTES_FIRST = 512;
    private static final int ENTRIES_FIRST = 16;

    /** What was read, and behind it what was put since. */
    private byte[] bytes = new byte[BYTES_FIRST];

    private int used;
    /** Where each entry's name and value begin, and where its value ends: one more byte follows, its end mark. */
    private int[] nameAt = new int[ENTRIES_FIRST];

    private int[] valueAt = new int[ENTRIES_FIRST];
    private int[] valueEnd = new int[ENTRIES_FIRST];
    private int count;

    /** Takes over the properties in {@code [at, at + length)}. Safe on arbitrary bytes. */
    public void read(MemorySegment from, long at, int length) {
        used = 0;
        count = 0;
        reserve(length + 1);
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, bytes, 0, length);
        bytes[length] = MessageProperties.VALUE_END; // the last entry may lack its own
        used = length + 1;
        MessageProperties.scan(bytes, length, (name, _, value, valueLength) -> add(name, value, value + valueLength));
    }

    private void add(int name, int value, int end) {
        if (count == nameAt.length) {
            nameAt = Arrays.copyOf(nameAt, 2 * count);
            valueAt = Arrays.copyOf(valueAt, 2 * count);
            valueEnd = Arrays.copyOf(valueEnd, 2 * count);
        }
        nameAt[count] = name;
        valueAt[count] = value;
        valueEnd[count] = end;
        count++;
    }

    private void reserve(int more) {
        if (used + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(used, more), 2 * bytes.length));
        }
    }

    public void clear() {
        used = 0;
        count = 0;
    }

    /** The value of this name, or null. */
    public @Nullable String get(String name) {
        int i = last(name);
        return i < 0 ? null : new String(bytes, valueAt[i], valueEnd[i] - valueAt[i], StandardCharsets.UTF_8);
    }

    public String getOrDefault(String name, String otherwise) {
        String value = get(name);
        return value == null ? otherwise : value;
    }

    public boolean has(String name) {
        return last(name) >= 0;
    }

    private int last(String name) {
        for (int i = count - 1; i >= 0; i--) {
            if (is(i, name)) {
                return i;
            }
        }
        return -1;
    }

    private boolean is(int entry, String name) {
        int at = nameAt[entry];
        int length = name.length();
        if (valueAt[entry] - at != length + 1) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[at + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Gives this name one value, where it stands or else behind all others.
     *
     * @throws IllegalArgumentException when name or value hold a separator byte
     */
    public void put(String name, String value) {
        int put = append(name, value);
        int first = -1;
        int kept = 0;
        for (int i = 0; i < count; i++) {
            boolean isSame = is(i, name);
            if (isSame && first >= 0) {
                continue;
            }
            first = isSame ? kept : first;
            move(i, kept++);
        }
        count = kept;
        int end = used - 1;
        if (first < 0) {
            add(put, put + name.length() + 1, end);
        } else {
            nameAt[first] = put;
            valueAt[first] = put + name.length() + 1;
            valueEnd[first] = end;
        }
    }

    private int append(String name, String value) {
        byte[] entry = MessageProperties.entry(name, value).getBytes(StandardCharsets.UTF_8);
        reserve(entry.length);
        int at = used;
        System.arraycopy(entry, 0, bytes, at, entry.length);
        used += entry.length;
        return at;
    }

    private void move(int from, int to) {
        nameAt[to] = nameAt[from];
        valueAt[to] = valueAt[from];
        valueEnd[to] = valueEnd[from];
    }

    /** Likewise, unless the name has a value. */
    public void putIfAbsent(String name, String value) {
        if (!has(name)) {
            put(name, value);
        }
    }

    public void remove(String name) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (!is(i, name)) {
                move(i, kept++);
            }
        }
        count = kept;
    }

    /** How many bytes {@link #write} writes. */
    public int length() {
        int length = 0;
        for (int i = 0; i < count; i++) {
            length += valueEnd[i] + 1 - nameAt[i];
        }
        return length;
    }

    /** Writes all of them, in their order, at the beginning of {@code into}. */
    public void write(byte[] into) {
        int to = 0;
        for (int i = 0; i < count; ) {
            int from = nameAt[i];
            int end = valueEnd[i] + 1;
            for (i++; i < count && nameAt[i] == end; i++) { // those that stand side by side go together
                end = valueEnd[i] + 1;
            }
            System.arraycopy(bytes, from, into, to, end - from);
            to += end - from;
        }
    }
}
