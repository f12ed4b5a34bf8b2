package io.carillon.delayqueue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Which buckets this node looks after. A bucket's lease is a key in Redis that goes when it is not kept, and holds the
 * node's name with an epoch out of MySQL that is greater than every one before, also after Redis has lost everything. The
 * scripts compare it as they work, so an owner that slept too long can do nothing any more.
 *
 * <p>Each node wants its share of the buckets, lets go what is more, and takes what is free: so they spread by themselves.
 */
final class Leases {
    static final List<Integer> ALL =
            IntStream.range(0, MessageId.BUCKETS).boxed().toList();

    /**
     * A bucket that is this node's.
     *
     * @param lease what the key holds
     */
    record Held(int bucket, String lease, long epoch) {}

    private final Life life;
    private final BucketLeases buckets;
    private final Database database;
    private final EngineClock clock;
    private final String node;
    private final DelayTimer timing;
    private final IntConsumer taken;
    private final Map<Integer, Held> held = new ConcurrentHashMap<>();
    private volatile long keptAtNs;

    /** @param taken told of a bucket that was taken, before it is moved; may wait for the stores */
    Leases(
            Life life,
            BucketLeases buckets,
            Database database,
            EngineClock clock,
            String node,
            DelayTimer timing,
            IntConsumer taken) {
        this.life = life;
        this.buckets = buckets;
        this.database = database;
        this.clock = clock;
        this.node = node;
        this.timing = timing;
        this.taken = taken;
    }

    /** What this node holds, unless it could not say so for so long that it may be another's. */
    Collection<Held> held() {
        boolean isFresh = life.ticker().nanoTime() - keptAtNs < timing.lease().toNanos();
        return isFresh ? List.copyOf(held.values()) : List.of();
    }

    /** The buckets of these. */
    List<Integer> buckets() {
        return bucketsOf(held());
    }

    static List<Integer> bucketsOf(Collection<Held> leases) {
        return leases.stream().map(Held::bucket).toList();
    }

    /** Another has it: found out by a script that did nothing. */
    void lost(Held lease) {
        held.remove(lease.bucket(), lease);
    }

    /** One round: say that we live, keep what we hold, take or let go what our share wants. */
    long round() {
        life.at(Step.LEASE_ROUND);
        long ms = timing.lease().toMillis();
        long beforeNs = life.ticker().nanoTime();
        long beforeMs = life.ticker().nowMs();
        BucketLeases.Nodes nodes = buckets.nodes(node, ms, true);
        clock.heard(nodes.nowMs(), beforeMs, life.ticker().nowMs());
        keep(ms);
        keptAtNs = beforeNs;
        int share = share(nodes.names().size());
        letGo(share, ms);
        take(share, ms);
        return ms * 1_000_000 / 3;
    }

    private int share(int nodes) {
        return timing.spread() == DelayTimer.Spread.ONE_LEADER
                ? MessageId.BUCKETS
                : (MessageId.BUCKETS + nodes - 1) / Math.max(1, nodes);
    }

    private void keep(long ms) {
        List<Held> mine = List.copyOf(held.values());
        List<Boolean> kept = buckets.keep(
                mine.stream().map(Held::bucket).toList(),
                mine.stream().map(Held::lease).toList(),
                ms);
        for (int i = 0; i < mine.size(); i++) {
            if (!kept.get(i)) {
                lost(mine.get(i));
            }
        }
    }

    private void letGo(int share, long ms) {
        List<Held> mine = new ArrayList<>(held.values());
        for (int i = share; i < mine.size(); i++) {
            Held excess = mine.get(i);
            held.remove(excess.bucket());
            life.at(Step.LEASE_LET_GO);
            buckets.lease("free", excess.bucket(), excess.lease(), ms, 0);
        }
    }

    private void take(int share, long ms) {
        if (held.size() >= share) {
            return;
        }
        long epoch = -1;
        // Nodes begin at different places, so that they do not all want the same bucket.
        int first =
                timing.spread() == DelayTimer.Spread.ONE_LEADER ? 0 : Math.floorMod(node.hashCode(), MessageId.BUCKETS);
        for (int i = 0; i < MessageId.BUCKETS && held.size() < share; i++) {
            int bucket = (first + i) % MessageId.BUCKETS;
            if (held.containsKey(bucket)) {
                continue;
            }
            if (timing.spread() == DelayTimer.Spread.ONE_LEADER && bucket > 0 && !held.containsKey(0)) {
                return;
            }
            if (epoch < 0) {
                epoch = Serials.take(database, "epoch", 1);
            }
            Held lease = new Held(bucket, node + ":" + epoch, epoch);
            if (buckets.lease("take", bucket, lease.lease(), ms, epoch)) {
                life.at(Step.LEASE_TAKEN);
                taken.accept(bucket);
                held.put(bucket, lease);
            }
        }
    }

    /** Lets all go at once, at an orderly end. */
    void freeAll() {
        for (Held lease : List.copyOf(held.values())) {
            held.remove(lease.bucket());
            buckets.lease("free", lease.bucket(), lease.lease(), 0, 0);
        }
        buckets.nodes(node, timing.lease().toMillis(), false);
    }
}
