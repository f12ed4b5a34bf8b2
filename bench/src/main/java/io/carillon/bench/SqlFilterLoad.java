package io.carillon.bench;

import io.carillon.broker.filter.RecordProperties;
import io.carillon.broker.filter.SqlFilter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Filters for some seconds on one thread; a process of its own, on the packed server's jars. Has a twin of the same name
 * for Apache's filter: both must do the same with the same properties.
 */
public final class SqlFilterLoad {
    private static final String EXPRESSION = "a > 5 AND b = 'x'";
    private static final int MESSAGES = 1000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final RecordProperties properties = new RecordProperties();
    private final byte[] room = properties.room();
    private final SqlFilter filter;
    private final List<byte[]> stored = new ArrayList<>();

    private SqlFilterLoad() {
        if (!(SqlFilter.parse(EXPRESSION) instanceof SqlFilter.Parsed.Good(SqlFilter good))) {
            throw new IllegalStateException("the expression is refused: " + EXPRESSION);
        }
        filter = good;
        for (int i = 0; i < MESSAGES; i++) {
            stored.add(stored(i));
        }
    }

    /** What a client of 5.5 sends beside two properties of the application. Two of ten match. */
    private static byte[] stored(int i) {
        String text = "a\1" + i % 10 + "\2b\1" + (i / 10 % 2 == 0 ? "x" : "y")
                + "\2UNIQ_KEY\1AC11000100002A139AB36C8B00010001\2WAIT\1true\2TAGS\1TagA\2";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** @param args for how many seconds of CPU time it filters after half as many to grow warm */
    public static void main(String[] args) {
        long runNs = Long.parseLong(args[0]) * 1_000_000_000L;
        var load = new SqlFilterLoad();
        load.run(runNs / 2);
        System.out.println("result " + load.run(runNs));
    }

    private String run(long runNs) {
        long fromNs = threads.getCurrentThreadCpuTime();
        long messages = 0;
        long matched = 0;
        long usedNs = 0;
        while (usedNs < runNs) {
            for (byte[] one : stored) {
                System.arraycopy(one, 0, room, 0, one.length);
                matched += filter.matches(properties.filled(one.length)) ? 1 : 0;
            }
            messages += stored.size();
            usedNs = threads.getCurrentThreadCpuTime() - fromNs;
        }
        return "messages=" + messages + " matched=" + matched + " cpuNs=" + usedNs;
    }
}
