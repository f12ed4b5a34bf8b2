package io.carillon.broker.transaction;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The halves that are just being decided, so that of two decisions about one half only one is proposed to the log. Any
 * thread.
 */
final class Claims {
    private final Map<Long, List<Runnable>> underWay = new HashMap<>();

    /**
     * Claims a half, if nobody has.
     *
     * @param later run when the one who has it gives it back, by that one's thread
     */
    synchronized boolean claim(long half, Runnable later) {
        List<Runnable> waiting = underWay.putIfAbsent(half, List.of());
        if (waiting == null) {
            return true;
        }
        List<Runnable> more = new ArrayList<>(waiting);
        more.add(later);
        underWay.put(half, more);
        return false;
    }

    /** Claims a half, if nobody has; else does nothing. */
    synchronized boolean claim(long half) {
        return underWay.putIfAbsent(half, List.of()) == null;
    }

    void giveBack(long half) {
        List<Runnable> waiting;
        synchronized (this) {
            waiting = underWay.remove(half);
        }
        if (waiting != null) {
            waiting.forEach(Runnable::run);
        }
    }

    synchronized boolean isEmpty() {
        return underWay.isEmpty();
    }
}
