package io.carillon.base;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Named figures of a running process: counters that only rise, and gauges that are asked when somebody looks. Any
 * thread may call; counting takes no lock. A name ends in its unit: {@code log_force_nanoseconds}.
 */
public final class Counters {
    private final Map<String, LongAdder> counters = new ConcurrentHashMap<>();
    private final Map<String, LongSupplier> gauges = new ConcurrentHashMap<>();

    /** The counter of this name, made on first use. Keep it in a field: this lookup is not for a hot path. */
    public LongAdder counter(String name) {
        return counters.computeIfAbsent(name, _ -> new LongAdder());
    }

    /** Registers a figure that is read when {@link #snapshot} is taken; the last registration of a name wins. */
    public void gauge(String name, LongSupplier figure) {
        gauges.put(name, figure);
    }

    /** All figures by name, sorted. */
    public Map<String, Long> snapshot() {
        Map<String, Long> all = new TreeMap<>();
        counters.forEach((name, adder) -> all.put(name, adder.sum()));
        gauges.forEach((name, figure) -> all.put(name, figure.getAsLong()));
        return all;
    }
}
