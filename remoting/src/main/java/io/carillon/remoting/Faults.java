package io.carillon.remoting;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Faults of our own code while it serves: all are counted, the first of each kind is logged. Any thread. */
final class Faults {
    private static final System.Logger LOG = System.getLogger(Faults.class.getName());
    private static final int KINDS_MAX = 1000;

    private final Set<String> kinds = ConcurrentHashMap.newKeySet();
    private final LongAdder count;

    Faults(LongAdder count) {
        this.count = count;
    }

    /** @param where one of few: a request code, or a part of this wing */
    void report(String where, Throwable fault) {
        count.increment();
        String kind = where + ' ' + fault.getClass().getName();
        if (kinds.size() < KINDS_MAX && kinds.add(kind)) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "fault where=\"" + where + "\", more of its kind are only counted",
                    fault);
        }
    }
}
