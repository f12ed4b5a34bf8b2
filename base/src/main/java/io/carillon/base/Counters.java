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
    private final Map<String, LongAdder> counters;
    private final Map<String, LongSupplier> gauges;
    /** Those of the gauges that were registered here. */
    private final Map<String, LongSupplier> own = new ConcurrentHashMap<>();

    public Counters() {
        this(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }

    private Counters(Map<String, LongAdder> counters, Map<String, LongSupplier> gauges) {
        this.counters = counters;
        this.gauges = gauges;
    }

    /** The same figures, for a part of the process that ends before it: see {@link #forgetGauges}. */
    public Counters ofPart() {
        return new Counters(counters, gauges);
    }

    /** The counter of this name, made on first use. Keep it in a field: this lookup is not for a hot path. */
    public LongAdder counter(String name) {
        return counters.computeIfAbsent(name, _ -> new LongAdder());
    }

    /** Registers a figure that is read when {@link #snapshot} is taken; the last registration of a name wins. */
    public void gauge(String name, LongSupplier figure) {
        own.put(name, figure);
        gauges.put(name, figure);
    }

    /** Forgets the gauges that were registered here, and what they ask; not those that others have registered anew since. */
    public void forgetGauges() {
        own.forEach(gauges::remove);
        own.clear();
    }

    /** All figures by name, sorted. */
    public Map<String, Long> snapshot() {
        Map<String, Long> all = new TreeMap<>();
        counters.forEach((name, adder) -> all.put(name, adder.sum()));
        gauges.forEach((name, figure) -> all.put(name, figure.getAsLong()));
        return all;
    }
}
