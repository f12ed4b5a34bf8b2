package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What happened at this node since it started. Any thread counts, without a lock. */
final class Figures {
    final LongAdder sent = new LongAdder();
    final LongAdder moved = new LongAdder();
    final LongAdder lateMs = new LongAdder();
    final LongAdder delivered = new LongAdder();
    final LongAdder acknowledged = new LongAdder();
    final LongAdder returned = new LongAdder();
    final LongAdder dead = new LongAdder();
    final LongAdder unburied = new LongAdder();
    final LongAdder passedOver = new LongAdder();
    final LongAdder unordered = new LongAdder();
    final LongAdder reconciled = new LongAdder();
    final LongAdder rebuilt = new LongAdder();
    final LongAdder rebuilds = new LongAdder();
    final LongAdder fenced = new LongAdder();
    final LongAdder undelivered = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    final LongAdder expired = new LongAdder();
    /** The bounds of the classes that the script counts in, in seconds; what is later than all is in the last class. */
    private static final List<String> LATE_BOUNDS =
            List.of("0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "1", "5", "60", "+Inf");

    static final int LATE_CLASSES = 11;
    private final AtomicLongArray lateClasses = new AtomicLongArray(LATE_CLASSES);

    void late(List<Integer> classes, long sumMs) {
        lateMs.add(sumMs);
        for (int i = 0; i < classes.size(); i++) {
            lateClasses.addAndGet(i, classes.get(i));
        }
    }

    /** What a histogram's classes have now. */
    static long[] counts(AtomicLongArray classes) {
        long[] counts = new long[classes.length()];
        Arrays.setAll(counts, classes::get);
        return counts;
    }

    private Metric lateness() {
        return new Metric(
                "delayqueue_lateness_seconds",
                "How long after they were due messages became ready.",
                Metric.Kind.HISTOGRAM,
                Metric.Sample.histogram(Map.of(), LATE_BOUNDS, counts(lateClasses), (double) lateMs.sum() / 1_000));
    }

    /** Counters and lateness; those that the other engine has too have the same names there. */
    List<Metric> metrics() {
        List<Metric> all = new ArrayList<>();
        counter(all, "delayqueue_sent_messages_total", "Messages that were stored.", sent);
        counter(all, "delayqueue_due_messages_total", "Messages that became ready when they were due.", moved);
        all.add(lateness());
        counter(all, "delayqueue_delivered_messages_total", "Messages handed out.", delivered);
        counter(all, "delayqueue_acknowledged_messages_total", "Messages that were settled.", acknowledged);
        counter(
                all,
                "delayqueue_redelivered_messages_total",
                "Messages that were not settled in time, or given back.",
                returned);
        counter(all, "delayqueue_dead_messages_total", "Messages that became dead letters.", dead);
        counter(all, "delayqueue_expired_messages_total", "Messages whose time to live was over.", expired);
        counter(all, "delayqueue_cancelled_messages_total", "Messages that were cancelled.", cancelled);
        counter(all, "delayqueue_unburied_total", "Burials that waited for the next move.", unburied);
        counter(
                all,
                "delayqueue_passed_over_messages_total",
                "Messages found in the order that need not be delivered.",
                passedOver);
        counter(
                all,
                "delayqueue_unordered_messages_total",
                "Messages stored while Redis did not take them.",
                unordered);
        counter(all, "delayqueue_reconciled_messages_total", "Messages that were missing in the order.", reconciled);
        counter(all, "delayqueue_rebuilt_messages_total", "Messages put into the order by rebuilds.", rebuilt);
        counter(all, "delayqueue_rebuilds_total", "Buckets whose order was built again.", rebuilds);
        counter(all, "delayqueue_fenced_total", "Moves refused, for the lease was another's.", fenced);
        counter(
                all,
                "delayqueue_undelivered_messages_total",
                "Messages that were due and that the broker did not take, each time that it did not.",
                undelivered);
        return all;
    }

    private static void counter(List<Metric> to, String name, String help, LongAdder value) {
        to.add(Metric.of(name, help, Metric.Kind.COUNTER, (double) value.sum()));
    }
}
