package io.carillon.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A view of a file: a copy that every later write is repeated in. Its memory belongs to the garbage collector, for a
 * test that crashes its system never closes it; {@link #close} only ends the access to it.
 */
final class Mapping {
    private final Arena access = Arena.ofShared();
    private final MemorySegment memory;
    private final MemorySegment view;

    @SuppressWarnings("restricted")
    Mapping(byte[] bytes) {
        memory = Arena.ofAuto().allocate(Math.max(1, bytes.length), 8);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        MemorySegment owned = memory;
        view = MemorySegment.ofAddress(memory.address())
                .reinterpret(bytes.length, access, _ -> owned.isNative())
                .asReadOnly();
    }

    MemorySegment view() {
        return view;
    }

    void show(int at, byte[] bytes) {
        int length = (int) Math.min(bytes.length, view.byteSize() - at);
        if (length > 0) {
            MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, length);
        }
    }

    void close() {
        access.close();
    }
}
