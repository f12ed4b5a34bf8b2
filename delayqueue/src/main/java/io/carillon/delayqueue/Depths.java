package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Depth;
import io.carillon.base.delayqueue.Metric;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How much is ready and how much is handed out, for each topic and group, in the buckets that this node looks after: over
 * all nodes it adds up. Counted as often as the leases are kept, as long as somebody asks for it, for it costs Redis time.
 * {@link #round} is called by one thread, the rest by any.
 */
final class Depths {
    private static final long ASKED_NS = 300_000_000_000L;
    /** Counting takes at most this part of a node's time, however many topics there are. */
    private static final int SHARE = 50;

    private static final int CHUNK = 500;

    /** What is counted: a group of a topic. */
    record Of(int topic, int bit) {}

    private record Counted(Map<Of, BucketCounts.Count> counts, long untilNs) {}

    private final Life life;
    private final long everyNs;
    private final Leases leases;
    private final Topics topics;
    private final BucketCounts buckets;
    private volatile @Nullable Counted counted;
    private volatile @Nullable Thread thread;
    private volatile boolean isAsked;
    private volatile long askedAtNs;

    Depths(Life life, Leases leases, Topics topics, BucketCounts buckets, DelayTimer timing) {
        this.life = life;
        this.everyNs = timing.lease().toNanos() / 3;
        this.leases = leases;
        this.topics = topics;
        this.buckets = buckets;
    }

    /** Counts, if anybody asked lately. */
    long round() {
        thread = Thread.currentThread();
        if (!isAsked || life.ticker().nanoTime() - askedAtNs > ASKED_NS) {
            isAsked = false;
            counted = null;
            return ASKED_NS;
        }
        long beganNs = life.ticker().nanoTime();
        Map<Of, BucketCounts.Count> counts = count();
        long nowNs = life.ticker().nanoTime();
        long restNs = Math.max(everyNs, SHARE * (nowNs - beganNs));
        counted = new Counted(counts, nowNs + 2 * restNs);
        return restNs;
    }

    private Map<Of, BucketCounts.Count> count() {
        List<Integer> held = leases.held().stream().map(Leases.Held::bucket).toList();
        Map<Of, BucketCounts.Count> counts = new HashMap<>();
        List<Of> all = all();
        for (int i = 0; i < all.size(); i += CHUNK) {
            buckets.addReady(held, all.subList(i, Math.min(all.size(), i + CHUNK)), counts);
        }
        buckets.addInFlight(held, counts);
        return counts;
    }

    private List<Of> all() {
        List<Of> all = new ArrayList<>();
        for (TopicTable.Topic topic : topics.list()) {
            Collection<TopicTable.Group> groups = topic.groups().values();
            groups.forEach(group -> all.add(new Of(topic.id(), group.bit())));
            if (groups.isEmpty()) {
                // What is due waits there for the first group.
                all.add(new Of(topic.id(), 0));
            }
        }
        return all;
    }

    /** Two gauges, empty where they are not known now; from then on they are counted. */
    List<Metric> metrics() {
        ask();
        return Depth.gauges(known());
    }

    private void ask() {
        askedAtNs = life.ticker().nanoTime();
        if (!isAsked) {
            isAsked = true;
            LockSupport.unpark(thread);
        }
    }

    private List<Depth> known() {
        Counted last = counted;
        if (last == null
                || life.ticker().nanoTime() - last.untilNs() > 0
                || leases.held().isEmpty()) {
            return List.of();
        }
        List<Depth> all = new ArrayList<>();
        last.counts()
                .forEach((of, count) -> topics.topic(of.topic())
                        .ifPresent(topic -> all.add(
                                new Depth(topic.name(), groupOf(topic, of.bit()), count.ready(), count.inFlight()))));
        return all;
    }

    private static String groupOf(TopicTable.Topic topic, int bit) {
        return topic.groups().values().stream()
                .filter(group -> group.bit() == bit)
                .map(TopicTable.Group::name)
                .findAny()
                .orElse("");
    }
}
