package io.carillon.delayqueue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Moves what is due to the ready sets, in the buckets that this node holds. By looking every tick; or by sleeping until the
 * first due time that the last move answered, woken by whoever adds something earlier, with a look every second, for what
 * wakes can be lost.
 *
 * <p>{@link #round} is called by one thread; the rest by any.
 */
final class Mover {
    /** Told of what became ready, at this node and through the news of others. */
    interface Listener {
        void isReady(int topic, int bit, int bucket);
    }

    static final int LIMIT = 500;

    private static final long SAFETY_NS = 1_000_000_000L;
    /** Under load, sleeping until each next millisecond costs more than it brings. */
    private static final long PACE_NS = 4_000_000L;

    private final Life life;
    private final Leases leases;
    private final Buckets buckets;
    private final Redis redis;
    private final Figures figures;
    private final DelayTimer timing;
    private final String node;
    private final boolean audits;
    private final Listener listener;
    private final java.util.function.IntConsumer dying;
    private final AtomicIntegerArray isWoken = new AtomicIntegerArray(MessageId.BUCKETS);
    private final long[] lookAtNs = new long[MessageId.BUCKETS];
    private volatile @Nullable Thread thread;

    /** @param dying told of a bucket that has messages that were tried as often as may be */
    Mover(
            Life life,
            Leases leases,
            Buckets buckets,
            Redis redis,
            Figures figures,
            DelayTimer timing,
            String node,
            boolean audits,
            Listener listener,
            java.util.function.IntConsumer dying) {
        this.life = life;
        this.leases = leases;
        this.buckets = buckets;
        this.redis = redis;
        this.figures = figures;
        this.timing = timing;
        this.node = node;
        this.audits = audits;
        this.listener = listener;
        this.dying = dying;
    }

    /** Something in this bucket is due earlier than was known. */
    void wake(int bucket) {
        if (isWoken.getAndSet(bucket, 1) == 0) {
            Thread sleeper = thread;
            if (sleeper != null) {
                LockSupport.unpark(sleeper);
            }
        }
    }

    private boolean isNotify() {
        return timing.style() == DelayTimer.Style.NOTIFY;
    }

    long round() {
        thread = Thread.currentThread();
        Collection<Leases.Held> held = leases.held();
        long nowNs = life.ticker().nanoTime();
        List<Leases.Held> toLook = isNotify()
                ? held.stream().filter(lease -> mustLook(lease.bucket(), nowNs)).toList()
                : List.copyOf(held);
        boolean isFull = false;
        if (!toLook.isEmpty()) {
            isFull = move(toLook, nowNs);
        }
        if (isFull) {
            return 0;
        }
        return isNotify() ? untilNext(held, nowNs) : timing.tick().toNanos();
    }

    private boolean mustLook(int bucket, long nowNs) {
        return isWoken.getAndSet(bucket, 0) == 1 || lookAtNs[bucket] == 0 || nowNs - lookAtNs[bucket] >= 0;
    }

    private long untilNext(Collection<Leases.Held> held, long beganNs) {
        long nowNs = life.ticker().nanoTime();
        long nextNs = nowNs + (held.isEmpty() ? 100_000_000L : SAFETY_NS);
        for (Leases.Held lease : held) {
            nextNs = Math.min(nextNs, lookAtNs[lease.bucket()]);
        }
        return Math.max(nextNs, beganNs + PACE_NS) - nowNs;
    }

    /** Whether there was more than was moved. */
    private boolean move(List<Leases.Held> toLook, long nowNs) {
        life.at(Step.MOVE_BEGIN);
        List<Buckets.Moved> all = buckets.move(
                toLook.stream().map(Leases.Held::bucket).toList(),
                toLook.stream().map(Leases.Held::lease).toList(),
                LIMIT,
                isNotify(),
                audits);
        life.at(Step.MOVE_DONE);
        boolean isFull = false;
        List<String> news = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Leases.Held lease = toLook.get(i);
            Buckets.Moved moved = all.get(i);
            if (moved.isFenced()) {
                figures.fenced.increment();
                leases.lost(lease);
                continue;
            }
            long restMs = Math.min(moved.nextMs() - moved.nowMs(), SAFETY_NS / 1_000_000);
            boolean isThisFull = moved.isFull(LIMIT);
            isFull |= isThisFull;
            lookAtNs[lease.bucket()] = nowNs + (isThisFull ? 0 : restMs * 1_000_000);
            count(moved);
            tell(lease.bucket(), moved, news);
        }
        if (!news.isEmpty()) {
            redis.publish("dq:ready", node + " " + String.join(" ", news));
        }
        return isFull;
    }

    private void count(Buckets.Moved moved) {
        figures.moved.add(moved.due());
        figures.returned.add(moved.returned());
        figures.late(moved.lateClasses(), moved.lateSumMs());
    }

    private void tell(int bucket, Buckets.Moved moved, List<String> news) {
        for (Buckets.Ready ready : moved.ready()) {
            listener.isReady(ready.topic(), ready.bit(), bucket);
            news.add(ready.topic() + "," + ready.bit() + "," + bucket);
        }
        if (moved.dead() > 0) {
            dying.accept(bucket);
        }
    }

    /** News of another node's mover; its own are known. */
    void heard(String news) {
        String[] words = news.split(" ", -1);
        if (words[0].equals(node)) {
            return;
        }
        Arrays.stream(words).skip(1).forEach(word -> {
            String[] numbers = word.split(",", -1);
            listener.isReady(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2]));
        });
    }
}
