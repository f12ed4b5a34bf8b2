package io.carillon.broker.tally;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts how often something happened, to how many messages and bytes, and knows what the totals were some while ago.
 * Any thread may count, which takes no lock and no memory, and ask; one samples.
 *
 * <p>A window begins at a sample, so it may be longer than its {@link Span} by one spacing of the samples, and it ends
 * now. What was counted before the process began is not known.
 */
public final class Tally {
    private static final int AT = 0;
    private static final int TIMES = 1;
    private static final int MESSAGES = 2;
    private static final int BYTES = 3;
    private static final int FIELDS = 4;

    private final LongAdder times = new LongAdder();
    private final LongAdder messages = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final Map<Span, Samples> samples = new EnumMap<>(Span.class);

    Tally(long nowNs) {
        for (Span span : Span.values()) {
            samples.put(span, new Samples(span, nowNs));
        }
    }

    /** Counts one time. */
    void add(int messageCount, long byteCount) {
        times.increment();
        messages.add(messageCount);
        bytes.add(byteCount);
    }

    /** How many messages there were since the process began. */
    public long messages() {
        return messages.sum();
    }

    public Window messages(Span span, long nowNs) {
        return window(span, MESSAGES, messages.sum(), nowNs);
    }

    public Window bytes(Span span, long nowNs) {
        return window(span, BYTES, bytes.sum(), nowNs);
    }

    private synchronized Window window(Span span, int field, long total, long nowNs) {
        Samples of = of(span);
        long sum = total - of.oldest(field);
        long timesWithin = times.sum() - of.oldest(TIMES);
        // Nothing was before the first sample: a rate over less than the span would say more than there was.
        double seconds = Math.max(span.lengthNs(), nowNs - of.oldest(AT)) / 1e9;
        return new Window(sum, sum / seconds, timesWithin == 0 ? 0 : (double) sum / timesWithin);
    }

    private Samples of(Span span) {
        return Objects.requireNonNull(samples.get(span));
    }

    /** Notes the totals; to be called once every {@link Span#spacingNs}. */
    synchronized void sample(Span span, long nowNs) {
        of(span).replaceOldest(nowNs, times.sum(), messages.sum(), bytes.sum());
    }

    /** One behind the other in a ring. Under the tally's monitor. */
    private static final class Samples {
        private final long[] all;
        private int oldest;

        Samples(Span span, long nowNs) {
            all = new long[(span.steps + 1) * FIELDS];
            for (int at = AT; at < all.length; at += FIELDS) {
                all[at] = nowNs;
            }
        }

        long oldest(int field) {
            return all[oldest + field];
        }

        void replaceOldest(long nowNs, long times, long messages, long bytes) {
            all[oldest + AT] = nowNs;
            all[oldest + TIMES] = times;
            all[oldest + MESSAGES] = messages;
            all[oldest + BYTES] = bytes;
            oldest = (oldest + FIELDS) % all.length;
        }
    }
}
