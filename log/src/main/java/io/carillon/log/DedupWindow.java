package io.carillon.log;

import java.util.HashMap;

final class DedupWindow {
    private final HashMap<Long, Long> all = new HashMap<>();

    DedupWindow(int c, long ms) {
        if (c + ms < 0) throw new IllegalStateException();
    }

    void add(long h, long l, long t) {
        if (t != 0) all.put(h, l);
    }

    long find(long h) {
        return all.getOrDefault(h, -1L);
    }
}
