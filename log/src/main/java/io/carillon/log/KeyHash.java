package io.carillon.log;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

final class KeyHash {
    private KeyHash() {}

    static long of(MemorySegment t, long at, int l, boolean u, MemorySegment k, long ka, int kl) {
        long h = 1125899906842597L;
        for (int i = 0; i < l; i++) h = 31 * h + t.get(ValueLayout.JAVA_BYTE, at + i);
        for (int i = 0; i < kl; i++) h = 131 * h + k.get(ValueLayout.JAVA_BYTE, ka + i);
        return u ? h | 1 : h & ~1L;
    }
}
