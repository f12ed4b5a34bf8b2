package io.carillon.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The newest entries of a queue, which no checkpoint has stored yet. The log's writer adds; others read what was
 * published after it was added.
 */
final class Tail {
    private static final int COUNT_START = 4;
    private static final int ENTRY_BYTES = IndexLayout.ENTRY_BYTES;

    /** What an entry takes on the average: the array grows by half. */
    static final int ENTRY_MEMORY = ENTRY_BYTES + ENTRY_BYTES / 4;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();

    /** The queue offset of the first entry. */
    final long base;

    /** Volatile, for a reader may meet a larger array that it was not told of, and must see what was copied into it. */
    private volatile byte[] bytes = new byte[COUNT_START * ENTRY_BYTES];

    private int count;

    Tail(long base) {
        this.base = base;
    }

    /** Both in one, when a checkpoint failed and the next one takes its entries along. */
    static Tail join(Tail first, Tail second) {
        Tail joined = new Tail(first.base);
        joined.count = first.count + second.count;
        byte[] all = Arrays.copyOf(first.bytes, joined.count * ENTRY_BYTES);
        System.arraycopy(second.bytes, 0, all, first.count * ENTRY_BYTES, second.count * ENTRY_BYTES);
        joined.bytes = all;
        return joined;
    }

    void add(long logOffset, int size, long tagsCode) {
        byte[] into = bytes;
        int at = count * ENTRY_BYTES;
        if (at == into.length) {
            into = Arrays.copyOf(into, at + Math.max(COUNT_START, count < 1 << 16 ? count : count / 2) * ENTRY_BYTES);
            bytes = into;
        }
        LONG.set(into, at, logOffset);
        INT.set(into, at + 8, size);
        LONG.set(into, at + 12, tagsCode);
        count++;
    }

    /** The queue offset after the last entry; for the writer, and for whom the tail was handed to after its last entry. */
    long end() {
        return base + count;
    }

    /** Forgets the entries from this offset on, which nobody was told of. */
    void cutAt(long offset) {
        count = (int) (offset - base);
    }

    long logOffset(long offset) {
        return (long) LONG.get(bytes, at(offset));
    }

    void read(long offset, QueueEntry into) {
        byte[] from = bytes;
        int at = at(offset);
        into.logOffset = (long) LONG.get(from, at);
        into.size = (int) INT.get(from, at + 8);
        into.tagsCode = (long) LONG.get(from, at + 12);
    }

    void read(long offset, int entries, QueueEntries into, int intoAt) {
        byte[] from = bytes;
        int at = at(offset);
        for (int i = intoAt; i < intoAt + entries; i++) {
            into.logOffsets[i] = (long) LONG.get(from, at);
            into.sizes[i] = (int) INT.get(from, at + 8);
            into.tagsCodes[i] = (long) LONG.get(from, at + 12);
            at += ENTRY_BYTES;
        }
    }

    void copy(long offset, int entries, ByteBuffer into) {
        into.put(bytes, at(offset), entries * ENTRY_BYTES);
    }

    private int at(long offset) {
        return (int) (offset - base) * ENTRY_BYTES;
    }
}
