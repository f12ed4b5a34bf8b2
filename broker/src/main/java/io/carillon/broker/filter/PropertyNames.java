package io.carillon.broker.filter;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The properties that an expression names, each with a number, its slot. Unchanging. */
final class PropertyNames {
    private final byte[][] names;
    /** Length, first and last byte of each name: enough to pass over nearly all others. */
    private final int[] marks;

    /** @param names in the order of their slots; of ASCII characters, at least one each */
    PropertyNames(List<String> names) {
        this.names = names.stream()
                .map(name -> name.getBytes(StandardCharsets.US_ASCII))
                .toArray(byte[][]::new);
        this.marks = Arrays.stream(this.names)
                .mapToInt(name -> mark(name, 0, name.length))
                .toArray();
    }

    int count() {
        return names.length;
    }

    /** The slot of the name that stands here, or -1 when it is none of these. */
    int slot(byte[] bytes, int from, int to) {
        int mark = mark(bytes, from, to);
        for (int slot = 0; slot < marks.length; slot++) {
            if (marks[slot] == mark && Arrays.equals(bytes, from, to, names[slot], 0, names[slot].length)) {
                return slot;
            }
        }
        return -1;
    }

    private static int mark(byte[] bytes, int from, int to) {
        return (to - from) << 16 | (bytes[from] & 0xFF) << 8 | (bytes[to - 1] & 0xFF);
    }
}
