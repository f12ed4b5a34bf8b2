package io.carillon.rocketmq;

import java.util.Arrays;

/**
 * What one connection was allowed before, by request code and the header fields that decided: a small table in which the
 * newer takes the place of the older. One thread.
 */
final class RememberedRights {
    private static final int SLOTS = 32;
    private static final int BYTES_MAX = 600;
    private static final int NONE = -1;

    private final int[] codes = new int[SLOTS];
    private final byte[][] keys = new byte[SLOTS][];

    RememberedRights() {
        Arrays.fill(keys, new byte[0]);
        clear();
    }

    boolean has(int code, byte[] key, int length) {
        int slot = slot(code, key, length);
        byte[] kept = keys[slot];
        return codes[slot] == code && Arrays.equals(kept, 0, kept.length, key, 0, length);
    }

    void add(int code, byte[] key, int length) {
        if (length <= BYTES_MAX) {
            int slot = slot(code, key, length);
            codes[slot] = code;
            keys[slot] = Arrays.copyOf(key, length);
        }
    }

    void clear() {
        Arrays.fill(codes, NONE);
    }

    private static int slot(int code, byte[] key, int length) {
        int hash = code;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + key[i];
        }
        return (hash ^ hash >>> 16) & SLOTS - 1;
    }
}
