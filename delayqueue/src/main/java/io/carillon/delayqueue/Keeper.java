package io.carillon.delayqueue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * Keeps the order in Redis as the truth in MySQL wants it, for the buckets that this node holds.
 *
 * <ul>
 *   <li>{@link #horizon}: moves the horizon on. It is published first and what lies within is looked for afterwards: a row
 *       committed before the look is seen by it; one committed later reads the horizon after its commit, hence after it was
 *       published, and is added by its sender.
 *   <li>{@link #rebuild}: builds the order of a bucket again whose store has started anew, or was emptied.
 *   <li>{@link #reconcile}: adds what should be ready and is nowhere: what a crash between the two stores left.
 * </ul>
 */
final class Keeper {
    private static final int CHUNK = 2_000;
    private static final long LOOK_BACK_MS = 15 * 60_000L;

    private final Life life;
    private final Leases leases;
    private final Buckets buckets;
    private final BucketLeases kept;
    private final Redis redis;
    private final MessageTable messages;
    private final Topics topics;
    private final EngineClock clock;
    private final Figures figures;
    private final DelayTimer timing;
    private final Mover mover;
    /** Epochs under which a bucket was found or made whole, and compared from the beginning. */
    private final Map<Integer, Long> wholeSince = new ConcurrentHashMap<>();

    private final Map<Integer, Long> comparedSince = new ConcurrentHashMap<>();
    /** For which groups that was done. Used by the thread that compares only. */
    private Set<OfGroup> comparedFor = Set.of();

    /** Topics of new groups that what is due is to be added for. */
    private final Set<Integer> toFill = ConcurrentHashMap.newKeySet();

    private final ReentrantLock filling = new ReentrantLock();

    private volatile String runId = "";

    Keeper(
            Life life,
            Leases leases,
            Buckets buckets,
            BucketLeases kept,
            Redis redis,
            MessageTable messages,
            Topics topics,
            EngineClock clock,
            Figures figures,
            DelayTimer timing,
            Mover mover) {
        this.life = life;
        this.leases = leases;
        this.buckets = buckets;
        this.kept = kept;
        this.redis = redis;
        this.messages = messages;
        this.topics = topics;
        this.clock = clock;
        this.figures = figures;
        this.timing = timing;
        this.mover = mover;
    }

    /** Until leftovers of one that was deleted are forgotten, no other has its bit. */
    private record OfGroup(int topic, int bit, String name) {}

    /** How many of the held buckets are being built again. */
    long rebuilding() {
        return leases.held().stream().filter(lease -> !isWhole(lease)).count();
    }

    private boolean isWhole(Leases.Held lease) {
        return Long.valueOf(lease.epoch()).equals(wholeSince.get(lease.bucket()));
    }

    /** Moves the horizon of all whole buckets on. */
    long horizon() {
        Map<Integer, Long> old = new HashMap<>();
        long to = -1;
        for (Leases.Held lease : leases.held()) {
            if (isWhole(lease)) {
                BucketLeases.Horizon horizon = kept.horizon(
                        lease.bucket(), lease.lease(), timing.horizon().toMillis());
                if (!horizon.isFenced()) {
                    old.put(lease.bucket(), horizon.oldMs());
                    to = Math.max(to, horizon.newMs());
                }
            }
        }
        if (!old.isEmpty()) {
            life.at(Step.HORIZON_PUBLISHED);
            long from = old.values().stream().mapToLong(Long::longValue).min().orElseThrow();
            messages.scan(new MessageTable.Span(from, to, old.keySet()), CHUNK, found -> {
                add(found.stream()
                        .filter(due ->
                                due.dueMs() > old.getOrDefault(due.member().bucket(), Long.MAX_VALUE))
                        .toList());
                life.at(Step.HORIZON_ADDED);
            });
        }
        return Math.min(60_000, Math.max(200, timing.horizon().toMillis() / 4)) * 1_000_000;
    }

    private long add(List<MessageTable.Due> dues) {
        long added = buckets.addAll(dues);
        if (added > 0) {
            dues.stream().map(due -> due.member().bucket()).distinct().forEach(mover::wake);
        }
        return added;
    }

    /** Builds the order again of those buckets that need it. */
    long rebuild() {
        if (leases.held().isEmpty()) {
            return 50_000_000L;
        }
        String now = redis.runId();
        if (!now.equals(runId)) {
            wholeSince.clear();
            runId = now;
        }
        List<Leases.Held> broken = new ArrayList<>();
        for (Leases.Held lease : leases.held()) {
            if (!isWhole(lease)) {
                if (kept.made(lease.bucket()).equals(now)) {
                    wholeSince.put(lease.bucket(), lease.epoch());
                } else {
                    broken.add(lease);
                }
            }
        }
        if (!broken.isEmpty()) {
            build(broken, now);
        }
        return 200_000_000L;
    }

    private void build(List<Leases.Held> broken, String mark) {
        long to = clock.nowMs();
        List<Leases.Held> mine = new ArrayList<>();
        for (Leases.Held lease : broken) {
            BucketLeases.Horizon horizon =
                    kept.horizon(lease.bucket(), lease.lease(), timing.horizon().toMillis());
            if (!horizon.isFenced()) {
                to = Math.max(to, horizon.newMs());
                mine.add(lease);
            }
        }
        life.at(Step.REBUILD_PUBLISHED);
        Collection<Integer> which = mine.stream().map(Leases.Held::bucket).toList();
        if (which.isEmpty()) {
            return;
        }
        // What Redis came back with may be older than what it was told.
        long version = topics.tell(which);
        messages.scan(new MessageTable.Span(-1, to, which), CHUNK, found -> {
            figures.rebuilt.add(add(found));
            life.at(Step.REBUILD_ADDED);
        });
        for (Leases.Held lease : mine) {
            // Only if it was this node's all the time: if Redis was emptied meanwhile, so is what was added.
            if (kept.setMade(lease.bucket(), mark, lease.lease())) {
                wholeSince.put(lease.bucket(), lease.epoch());
                if (topics.version() == version) {
                    comparedSince.put(lease.bucket(), lease.epoch());
                }
                figures.rebuilds.increment();
            }
            life.at(Step.REBUILD_MARKED);
        }
    }

    /**
     * Adds what should be ready by now and is nowhere. When there is a group that was not there before, all that is due of its
     * topic is looked at: who made it adds that too, see {@link #fill}, unless that node, or a store, fails just then. A group
     * counts as looked after only when the buckets knew of it before, for what they do not know of they add nothing for.
     */
    long reconcile() {
        Set<OfGroup> groups = groups(topics.keepTold(leases.buckets()));
        Set<Integer> changed = groups.stream()
                .filter(group -> !comparedFor.contains(group))
                .map(OfGroup::topic)
                .collect(Collectors.toSet());
        List<Leases.Held> whole = leases.held().stream().filter(this::isWhole).toList();
        List<Leases.Held> anew = whole.stream()
                .filter(lease -> !Long.valueOf(lease.epoch()).equals(comparedSince.get(lease.bucket())))
                .toList();
        long lagMs = Math.min(5_000, timing.reconcileEvery().toMillis());
        long to = clock.nowMs() - lagMs;
        long lookBackMs = Math.max(LOOK_BACK_MS, 2 * timing.reconcileEvery().toMillis());
        compare(new MessageTable.Span(to - lookBackMs, to, Leases.bucketsOf(whole)));
        compare(new MessageTable.Span(-1, to, Leases.bucketsOf(anew)));
        if (!changed.isEmpty()) {
            List<Leases.Held> others =
                    whole.stream().filter(lease -> !anew.contains(lease)).toList();
            compare(new MessageTable.Span(-1, to, Leases.bucketsOf(others), changed));
        }
        anew.forEach(lease -> comparedSince.put(lease.bucket(), lease.epoch()));
        comparedFor = groups;
        return timing.reconcileEvery().toNanos();
    }

    private static Set<OfGroup> groups(TopicTable.All known) {
        Set<OfGroup> all = new HashSet<>();
        for (TopicTable.Topic topic : known.topics().values()) {
            topic.groups().values().forEach(group -> all.add(new OfGroup(topic.id(), group.bit(), group.name())));
        }
        return all;
    }

    /** Begins to add what is due of a topic, and not finished, for those of its groups that do not have it. */
    void fill(int topic) {
        toFill.add(topic);
        life.start("delayqueue-fill", this::fillWanted);
    }

    /** One look at a time, and each for all topics that came while the one before went on. */
    private void fillWanted() {
        filling.lock();
        try {
            Set<Integer> these = Set.copyOf(toFill);
            toFill.removeAll(these);
            if (!these.isEmpty()) {
                life.at(Step.FILL_BEGIN);
                messages.scan(new MessageTable.Span(-1, clock.nowMs(), Leases.ALL, these), CHUNK, found -> {
                    add(withDone(found));
                    life.at(Step.FILL_ADDED);
                });
            }
        } finally {
            filling.unlock();
        }
    }

    /** What a group is done with is missing in the order with good reason, as long as others want the message. */
    private List<MessageTable.Due> withDone(List<MessageTable.Due> dues) {
        List<Long> shared = dues.stream()
                .map(MessageTable.Due::member)
                .filter(member -> topics.topic(member.topic())
                        .filter(topic -> topic.groups().size() > 1)
                        .isPresent())
                .map(Member::id)
                .toList();
        if (shared.isEmpty()) {
            return dues;
        }
        Map<Long, Long> done = messages.done(shared);
        return dues.stream()
                .map(due -> new MessageTable.Due(
                        due.member(),
                        due.dueMs(),
                        done.getOrDefault(due.member().id(), 0L)))
                .toList();
    }

    private void compare(MessageTable.Span span) {
        if (!span.buckets().isEmpty()) {
            messages.scan(span, CHUNK, found -> {
                life.at(Step.RECONCILE_FOUND);
                figures.reconciled.add(add(withDone(found)));
            });
        }
    }
}
