package io.carillon.broker.tally;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Counts something in all and by topic and group, of so many pairs of them and no more: some kilobytes each. Any thread
 * may call.
 */
public final class Tallies {
    public static final int PAIRS_MAX = 20_000;

    private final Ticker ticker;
    private final int pairsMax;
    private final Tally all;
    /** By group, and then by topic: two looks cost less than a name made of both. */
    private final Map<String, Map<String, Tally>> byGroup = new ConcurrentHashMap<>();

    private final AtomicInteger pairs = new AtomicInteger();

    public Tallies(Ticker ticker) {
        this(ticker, PAIRS_MAX);
    }

    Tallies(Ticker ticker, int pairsMax) {
        this.ticker = ticker;
        this.pairsMax = pairsMax;
        all = new Tally(ticker.nanoTime());
    }

    /**
     * Counts one time. Takes memory for the first one of a pair only.
     *
     * @param topic one that exists, as the group does
     */
    public void add(String topic, String group, int messages, long bytes) {
        all.add(messages, bytes);
        Map<String, Tally> topics = byGroup.get(group);
        Tally tally = topics == null ? null : topics.get(topic);
        Tally counted = tally == null ? made(topic, group) : tally;
        if (counted != null) {
            counted.add(messages, bytes);
        }
    }

    private @Nullable Tally made(String topic, String group) {
        if (pairs.get() >= pairsMax) {
            return null;
        }
        return byGroup.computeIfAbsent(group, _ -> new ConcurrentHashMap<>()).computeIfAbsent(topic, _ -> {
            pairs.incrementAndGet();
            return new Tally(ticker.nanoTime());
        });
    }

    /** All of it together. */
    public Tally all() {
        return all;
    }

    /** What was counted of a topic and a group; null when nothing was, or when there was no room for it. */
    public @Nullable Tally find(String topic, String group) {
        return byGroup.getOrDefault(group, Map.of()).get(topic);
    }

    /** Whether there is room to count another pair. */
    public boolean hasRoom() {
        return pairs.get() < pairsMax;
    }

    /** @param exist whether a topic and a group are still there; what is not is forgotten */
    public void sample(Span span, BiPredicate<String, String> exist) {
        long nowNs = ticker.nanoTime();
        all.sample(span, nowNs);
        byGroup.forEach((group, topics) -> topics.forEach((topic, tally) -> {
            if (exist.test(topic, group)) {
                tally.sample(span, nowNs);
            } else if (topics.remove(topic, tally)) {
                pairs.decrementAndGet();
            }
        }));
    }
}
