package io.carillon.http;

import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts what is asked, and what came of it. Any thread. */
final class Traffic {
    private static final Logger LOG = System.getLogger(Traffic.class.getName());

    private final Ticker ticker;
    private final Map<Key, Sums> sums = new ConcurrentHashMap<>();
    private final AtomicLong underWay = new AtomicLong();

    Traffic(Ticker ticker) {
        this.ticker = ticker;
    }

    /**
     * @param over {@code http} or {@code grpc}
     * @param outcome {@code ok} or the code of a problem
     */
    record Key(String method, String over, String outcome) {}

    /** How many, and how long they took together. */
    static final class Sums {
        final LongAdder count = new LongAdder();
        final LongAdder ns = new LongAdder();
    }

    Map<Key, Sums> sums() {
        Map<Key, Sums> sorted = new TreeMap<>((one, other) -> one.toString().compareTo(other.toString()));
        sorted.putAll(sums);
        return sorted;
    }

    long underWay() {
        return underWay.get();
    }

    Span begin(String method, String over) {
        underWay.incrementAndGet();
        return new Span(method, over, ticker.nanoTime());
    }

    /** One request. Ended once. */
    final class Span {
        private final String method;
        private final String over;
        private final long begunNs;

        private Span(String method, String over, long begunNs) {
            this.method = method;
            this.over = over;
            this.begunNs = begunNs;
        }

        void end(String outcome) {
            underWay.decrementAndGet();
            Sums of = sums.computeIfAbsent(new Key(method, over, outcome), _ -> new Sums());
            of.count.increment();
            of.ns.add(ticker.nanoTime() - begunNs);
        }
    }

    /** What to answer after a fault, which the log gets to know. */
    Problem fault(Throwable thrown) {
        Throwable fault = thrown.getCause() == null ? thrown : Objects.requireNonNull(thrown.getCause());
        if (thrown instanceof CancellationException || fault instanceof CancellationException) {
            return Problem.tooLate(); // the client is gone, so nobody reads it
        }
        if (fault instanceof Rejected rejected) {
            return rejected.problem();
        }
        LOG.log(Level.WARNING, "a request failed", thrown);
        return Problem.fault();
    }
}
