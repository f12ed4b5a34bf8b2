package io.carillon.bench.apache;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.broker.filter.MessageEvaluationContext;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.filter.FilterFactory;
import org.apache.rocketmq.filter.expression.Expression;
import org.apache.rocketmq.filter.expression.MQFilterException;

/**
 * Filters for some seconds on one thread, as Apache's broker does for each message of a pull. Has a twin of the same name
 * for Carillon's filter: both must do the same with the same properties.
 */
public final class SqlFilterLoad {
    private static final String EXPRESSION = "a > 5 AND b = 'x'";
    private static final int MESSAGES = 1000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Expression filter;
    private final List<byte[]> stored = new ArrayList<>();

    private SqlFilterLoad() throws MQFilterException {
        filter = FilterFactory.INSTANCE.get("SQL92").compile(EXPRESSION);
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
    public static void main(String[] args) throws Exception {
        long runNs = Long.parseLong(args[0]) * 1_000_000_000L;
        SqlFilterLoad load = new SqlFilterLoad();
        load.run(runNs / 2);
        System.out.println("result " + load.run(runNs));
    }

    private String run(long runNs) throws Exception {
        long fromNs = threads.getCurrentThreadCpuTime();
        long messages = 0;
        long matched = 0;
        long usedNs = 0;
        while (usedNs < runNs) {
            for (byte[] one : stored) {
                var properties = MessageDecoder.string2messageProperties(new String(one, StandardCharsets.UTF_8));
                Object result = filter.evaluate(new MessageEvaluationContext(properties));
                matched += Boolean.TRUE.equals(result) ? 1 : 0;
            }
            messages += stored.size();
            usedNs = threads.getCurrentThreadCpuTime() - fromNs;
        }
        return "messages=" + messages + " matched=" + matched + " cpuNs=" + usedNs;
    }
}
