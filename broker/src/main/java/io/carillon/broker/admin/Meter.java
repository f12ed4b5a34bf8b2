package io.carillon.broker.admin;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Turns a total that only rises into rates, without a timer: it remembers what the total was when somebody asked. A
 * window for which there is no sample that is old enough is counted from the oldest one. Any thread may call.
 */
final class Meter {
    private static final long SPACING_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long KEEP_NS = TimeUnit.MINUTES.toNanos(11);

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long atNs, long total) {}

    Meter(long nowNs, long total) {
        samples.add(new Sample(nowNs, total));
    }

    /** The rates per second of the last 10 s, 1 min and 10 min, as official tools read them. */
    synchronized String rates(long nowNs, long total) {
        StringBuilder text = new StringBuilder();
        for (long seconds : new long[] {10, 60, 600}) {
            text.append(text.isEmpty() ? "" : " ").append(rate(nowNs, total, TimeUnit.SECONDS.toNanos(seconds)));
        }
        remember(nowNs, total);
        return text.toString();
    }

    synchronized double lastMinute(long nowNs, long total) {
        double rate = rate(nowNs, total, TimeUnit.MINUTES.toNanos(1));
        remember(nowNs, total);
        return rate;
    }

    private void remember(long nowNs, long total) {
        if (nowNs - samples.getLast().atNs >= SPACING_NS) {
            samples.add(new Sample(nowNs, total));
        }
        while (samples.size() > 1 && nowNs - samples.getFirst().atNs > KEEP_NS) {
            samples.removeFirst();
        }
    }

    private double rate(long nowNs, long total, long windowNs) {
        Sample from = samples.getFirst();
        for (Sample sample : samples) {
            if (nowNs - sample.atNs >= windowNs) {
                from = sample;
            }
        }
        double seconds = (nowNs - from.atNs) / 1e9;
        return seconds <= 0 ? 0 : Math.max(0, total - from.total) / seconds;
    }
}
