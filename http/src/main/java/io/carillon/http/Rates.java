package io.carillon.http;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** How often each of many may do something: so many times in every second, not more. Any thread. */
final class Rates {
    /** More names than this are not told apart. */
    private static final int NAMES_MAX = 10_000;

    private static final String OTHERS = "";

    private final int perSecond;
    private final Ticker ticker;
    private final Map<String, Second> byName = new ConcurrentHashMap<>();

    Rates(int perSecond, Ticker ticker) {
        this.perSecond = perSecond;
        this.ticker = ticker;
    }

    private record Second(long number, int count) {}

    int perSecond() {
        return perSecond;
    }

    boolean mayPass(String name) {
        if (perSecond == 0) {
            return true;
        }
        long now = now();
        Second second = byName.merge(
                nameOf(name),
                new Second(now, 1),
                (before, first) ->
                        before.number() == now ? new Second(now, Math.min(before.count(), perSecond) + 1) : first);
        return second.count() <= perSecond;
    }

    boolean isExhausted(String name) {
        Second second = byName.get(nameOf(name));
        return perSecond > 0 && second != null && second.number() == now() && second.count() >= perSecond;
    }

    private String nameOf(String name) {
        if (byName.size() >= NAMES_MAX && !byName.containsKey(name)) {
            long now = now();
            byName.values().removeIf(second -> second.number() != now);
            return byName.size() >= NAMES_MAX ? OTHERS : name;
        }
        return name;
    }

    private long now() {
        return TimeUnit.NANOSECONDS.toSeconds(ticker.nanoTime());
    }
}
