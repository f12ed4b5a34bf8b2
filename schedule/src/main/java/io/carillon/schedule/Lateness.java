package io.carillon.schedule;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** How late messages were delivered, by topic: counted when they can be read. Any thread may read. */
final class Lateness {
    /** Upper ends of the buckets, in ms; one more bucket holds the rest. */
    static final long[] BOUNDS_MS = {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000, 60_000, 600_000};

    /** More topics than this share one histogram. */
    private static final int TOPICS_MAX = 10_000;

    private static final String OTHERS = "(others)";

    private final Map<String, AtomicLongArray> byTopic = new ConcurrentHashMap<>();

    void count(String topic, long lateMs) {
        String name = byTopic.size() < TOPICS_MAX || byTopic.containsKey(topic) ? topic : OTHERS;
        int bucket = Arrays.binarySearch(BOUNDS_MS, lateMs);
        byTopic.computeIfAbsent(name, _ -> new AtomicLongArray(BOUNDS_MS.length + 1))
                .incrementAndGet(bucket < 0 ? -bucket - 1 : bucket);
    }

    /** A copy: how many messages of each topic fell into each bucket. */
    Map<String, long[]> counts() {
        Map<String, long[]> all = new TreeMap<>();
        byTopic.forEach((topic, counts) -> {
            long[] copy = new long[counts.length()];
            Arrays.setAll(copy, counts::get);
            all.put(topic, copy);
        });
        return all;
    }
}
