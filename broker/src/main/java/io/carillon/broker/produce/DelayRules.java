package io.carillon.broker.produce;

import io.carillon.base.Ticker;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.DelayLevels;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.message.RecordScan;
import io.carillon.schedule.Recurrence;
import io.carillon.schedule.Scheduler;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.random.RandomGenerator;

/** When a message is due by what its properties say: a classic level, a timer, or more. Any thread. */
public final class DelayRules {
    private static final int PRIORITY_MAX = 9;
    /** So many decimal digits always fit in a long. */
    private static final int DIGITS_MAX = 18;

    private static final int PRIORITY_DEFAULT = PRIORITY_MAX - DueTime.RANK_DEFAULT;

    private final Scheduler scheduler;
    private final Ticker ticker;
    private final RandomGenerator random;

    public DelayRules(Scheduler scheduler, Ticker ticker, RandomGenerator random) {
        this.scheduler = scheduler;
        this.ticker = ticker;
        this.random = random;
    }

    /**
     * Reads when and how a message is to be delivered. A level goes before a timer, seconds before milliseconds, and both
     * before a time.
     *
     * @param scan of the message's properties, still valid
     * @param isRetry whether it goes to a retry topic: what it asked for beyond a delay it asked for the first time
     * @throws IllegalArgumentException when that makes no sense, or is too far away: says what is wrong
     */
    void read(RecordScan scan, boolean isRetry, Delivery into) {
        into.clear();
        long nowMs = ticker.nowMs();
        long dueMs = scan.isDelayed() ? dueMs(scan, nowMs) : 0;
        int rank = DueTime.RANK_DEFAULT;
        if (scan.hasExtras && !isRetry) {
            Map<String, String> properties = MessageProperties.decode(scan.bytes, scan.start, scan.length);
            rank = PRIORITY_MAX - (int) number(properties, Extras.PRIORITY, PRIORITY_DEFAULT, 0, PRIORITY_MAX);
            number(properties, Extras.TTL_MS, 1, 1, Long.MAX_VALUE);
            dueMs = recurring(properties, dueMs, nowMs, into);
            dueMs += dueMs == 0 ? 0 : jitterMs(properties);
            readKey(properties, into);
        }
        if (dueMs > nowMs) {
            requireWithinLimit(dueMs - nowMs);
            into.due = DueTime.of(dueMs, rank);
        }
    }

    private static long dueMs(RecordScan scan, long nowMs) {
        long value = value(scan);
        return switch (scan.timer) {
            case LEVEL -> value <= 0 ? 0 : nowMs + DelayLevels.delayMs((int) Math.min(DelayLevels.COUNT, value));
            case DELAY_SEC -> plus(nowMs, value, 1000);
            case DELAY_MS -> plus(nowMs, value, 1);
            case DELIVER_MS -> value;
            case NONE -> 0;
        };
    }

    /** The number that the timer property holds; read where it stands, for most messages that are due later have one. */
    private static long value(RecordScan scan) {
        long value = 0;
        for (int i = 0; i < scan.timerLength; i++) {
            int digit = scan.bytes.get(ValueLayout.JAVA_BYTE, scan.timerAt + i) - '0';
            if (digit < 0 || digit > 9 || i == DIGITS_MAX) {
                // Signed, or too long, or no number at all.
                String text = MessageProperties.text(scan.bytes, scan.timerAt, scan.timerLength);
                return number(scan.timer.property(), text);
            }
            value = 10 * value + digit;
        }
        return value;
    }

    private static long plus(long nowMs, long delay, long unitMs) {
        return delay > Long.MAX_VALUE / 2000 ? Long.MAX_VALUE : nowMs + Math.max(0, delay) * unitMs;
    }

    private void requireWithinLimit(long delayMs) {
        if (delayMs > scheduler.delayMaxMs()) {
            throw new IllegalArgumentException("timer message illegal, the delay time should not be bigger than the max"
                    + " delay " + scheduler.delayMaxMs() + "ms; asked for " + delayMs + "ms");
        }
    }

    private static long number(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "timer message illegal, property " + name + " should be a number, not '" + text + "'", e);
        }
    }

    private static long number(Map<String, String> properties, String name, long otherwise, long min, long max) {
        String text = properties.get(name);
        if (text == null) {
            return otherwise;
        }
        long value = number(name, text);
        if (value < min || value > max) {
            throw new IllegalArgumentException("timer message illegal, property " + name + " should be at least " + min
                    + (max == Long.MAX_VALUE ? "" : " and at most " + max) + ", not " + value);
        }
        return value;
    }

    private long jitterMs(Map<String, String> properties) {
        long jitterMs = number(properties, Extras.JITTER_MS, 0, 0, scheduler.delayMaxMs());
        return jitterMs == 0 ? 0 : random.nextLong(jitterMs + 1);
    }

    /** When the first occurrence is due; a delay beside that says how long to wait before it. */
    private static long recurring(Map<String, String> properties, long dueMs, long nowMs, Delivery into) {
        Recurrence recurrence = Recurrence.of(properties);
        if (recurrence == null) {
            return dueMs;
        }
        long firstMs = recurrence.firstMs(Math.max(nowMs, dueMs - 1));
        if (firstMs == Recurrence.NEVER) {
            throw new IllegalArgumentException("timer message illegal, '" + properties.get(Extras.CRON)
                    + "' has no occurrence between now and " + Extras.END_MS);
        }
        into.key = properties.get(MessageProperties.UNIQ_KEY);
        return firstMs;
    }

    private static void readKey(Map<String, String> properties, Delivery into) {
        String key = properties.get(Extras.KEY);
        if (key == null) {
            return;
        }
        into.key = key;
        String policy = properties.getOrDefault(Extras.KEY_POLICY, "replace");
        if (!policy.equals("replace") && !policy.equals("refuse")) {
            throw new IllegalArgumentException("timer message illegal, property " + Extras.KEY_POLICY
                    + " should be replace or refuse, not '" + policy + "'");
        }
        into.mayReplace = policy.equals("replace");
    }

    /** The queue in which what is due then waits. */
    ConsumeQueue queueFor(long due) {
        return scheduler.queueFor(DueTime.ms(due));
    }
}
