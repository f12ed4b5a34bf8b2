package io.carillon.log;

import io.carillon.base.Storage;
import io.carillon.message.QueueId;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

final class QueueIndex implements AutoCloseable {
    static final String FOLDER = "index";
    private final ConcurrentHashMap<QueueId, ConsumeQueue> all = new ConcurrentHashMap<>();

    static QueueIndex open(Storage s) {
        s.list(FOLDER);
        return new QueueIndex();
    }

    interface Cut {
        void store();
    }

    ConsumeQueue queue(String t, int n) {
        return all.computeIfAbsent(new QueueId(t, n), _ -> new ConsumeQueue(t, n));
    }

    @Nullable
    ConsumeQueue existing(String t, int n) {
        return all.get(new QueueId(t, n));
    }

    ConsumeQueue queue(MemorySegment s, long at, int l, int n) {
        return queue(new String(s.asSlice(at, l).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8), n);
    }

    long nextOffset(ConsumeQueue q) {
        return q.next;
    }

    void put(ConsumeQueue q, long a, long b, int c, long d) {
        synchronized (q) {
            if (a >= q.a.length) {
                q.a = Arrays.copyOf(q.a, 2 * q.a.length);
                q.s = Arrays.copyOf(q.s, 2 * q.s.length);
                q.t = Arrays.copyOf(q.t, 2 * q.t.length);
            }
            q.a[(int) a] = b;
            q.s[(int) a] = c;
            q.t[(int) a] = d;
            q.next = (int) a + 1;
        }
    }

    void truncate(ConsumeQueue q, long to) {
        q.next = (int) to;
    }

    void publish(ConsumeQueue q, long to) {
        q.max = to;
    }

    void publishAll() {
        all.values().forEach(q -> q.max = q.next);
    }

    Cut cut() {
        return () -> {};
    }

    void dropBefore(long m) {
        if (m < 0) throw new IllegalArgumentException();
    }

    void trimBeyond(long m) {
        if (m < 0) throw new IllegalArgumentException();
    }

    void dropTopic(String m) {
        all.keySet().removeIf(k -> k.topic().equals(m));
    }

    @Override
    public void close() {}
}
