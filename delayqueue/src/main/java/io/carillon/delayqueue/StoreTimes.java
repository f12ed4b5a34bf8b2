package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How long a store took for each kind of question, from asking to the last answer, and how often it did not answer. There
 * are as many kinds as the program has questions. Any thread counts, without a lock.
 */
final class StoreTimes {
    private static final long MS = 1_000_000;
    private static final long[] BOUNDS_NS = {
        MS / 4, MS / 2, MS, 2 * MS, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 250 * MS, 1_000 * MS, 5_000 * MS
    };
    private static final List<String> BOUNDS = Stream.concat(
                    Arrays.stream(BOUNDS_NS).mapToObj(ns -> Double.toString((double) ns / 1e9)), Stream.of("+Inf"))
            .toList();

    private static final class Times {
        final AtomicLongArray classes = new AtomicLongArray(BOUNDS_NS.length + 1);
        final LongAdder sumNs = new LongAdder();

        void add(long ns) {
            int at = 0;
            while (at < BOUNDS_NS.length && ns > BOUNDS_NS[at]) {
                at++;
            }
            classes.incrementAndGet(at);
            sumNs.add(ns);
        }
    }

    private final StoreFailure.Store store;
    private final Ticker ticker;
    private final Map<String, Times> byOperation = new ConcurrentHashMap<>();
    private final LongAdder failures = new LongAdder();

    StoreTimes(StoreFailure.Store store, Ticker ticker) {
        this.store = store;
        this.ticker = ticker;
    }

    /** Does this, and notes how long it took, also when it failed. */
    <T> T timed(String operation, Supplier<T> question) {
        long beganNs = ticker.nanoTime();
        try {
            return question.get();
        } finally {
            byOperation.computeIfAbsent(operation, _ -> new Times()).add(ticker.nanoTime() - beganNs);
        }
    }

    /** Counts it; the caller throws it. */
    StoreFailure failed(StoreFailure failure) {
        failures.increment();
        return failure;
    }

    List<Metric> metrics() {
        List<Metric.Sample> samples = new ArrayList<>();
        new TreeMap<>(byOperation)
                .forEach((operation, times) -> samples.addAll(Metric.Sample.histogram(
                        Map.of("operation", name(operation)),
                        BOUNDS,
                        Figures.counts(times.classes),
                        (double) times.sumNs.sum() / 1e9)));
        return List.of(
                new Metric(
                        "delayqueue_" + store.part() + "_seconds",
                        "How long " + store.title() + " took, by kind of operation.",
                        Metric.Kind.HISTOGRAM,
                        samples),
                Metric.of(
                        "delayqueue_" + store.part() + "_failures_total",
                        "Questions that " + store.title() + " did not answer.",
                        Metric.Kind.COUNTER,
                        (double) failures.sum()));
    }

    private static String name(String operation) {
        return operation.toLowerCase(Locale.ROOT).replace(' ', '_');
    }
}
