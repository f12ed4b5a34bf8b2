package io.carillon.delayqueue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Finishes what deleted groups and topics left in MySQL, and takes what they have out of the order in Redis. Which ones did
 * is noted in MySQL in the step that deletes them, so that one whose node died, or whose store did, is gone on with; and the
 * bit of a group is nobody else's before it is in no message any more. Any thread may call; all methods wait for the stores.
 */
final class Leftovers {
    /**
     * One more look is taken so much later: a node that does not know yet that a group is gone may still settle for it. They
     * all know after a second.
     */
    private static final long REST_MS = 10_000;

    /** So many steps of some thousand rows take about a minute. */
    private static final int AT_ONCE = 1_000;

    /** Of a deleted group its bit, of a deleted topic -1. */
    record Of(int topic, int bit) {}

    private final Life life;
    private final LeftoverTable table;
    private final Topics topics;
    private final Leases leases;
    private final DelayTimer timing;
    /** Where to go on with those that took too long. Forgotten with this node: another one begins anew. */
    private final Map<Of, Pass> passes = new ConcurrentHashMap<>();

    Leftovers(Life life, LeftoverTable table, Topics topics, Leases leases, DelayTimer timing) {
        this.life = life;
        this.table = table;
        this.topics = topics;
        this.leases = leases;
        this.timing = timing;
    }

    /** How far the messages were looked through, and whether all nodes knew of the deletion when that began. */
    private record Pass(Listing.Place at, boolean isRested) {}

    /** What became of one. */
    private enum Outcome {
        GOES_ON,
        /** All was looked through. */
        FINISHED,
        /** By a pass that was rested: nothing comes any more. */
        OVER
    }

    /** Finishes these, as far as it goes at once. */
    void finish(Of of) {
        finish(of, false);
    }

    private Outcome finish(Of of, boolean isRested) {
        life.at(Step.LEFTOVERS_BEGIN);
        Pass pass = passes.getOrDefault(of, new Pass(Listing.Place.START, isRested));
        for (int i = 0; i < AT_ONCE; i++) {
            LeftoverTable.Looked looked = table.finishSome(of, pass.at());
            life.at(Step.LEFTOVERS_SOME);
            if (looked.isLast()) {
                passes.remove(of);
                while (table.deleteSome(of) > 0) {
                    life.at(Step.LEFTOVERS_SOME);
                }
                return pass.isRested() ? Outcome.OVER : Outcome.FINISHED;
            }
            pass = new Pass(looked.end(), pass.isRested());
        }
        passes.put(of, pass);
        return Outcome.GOES_ON;
    }

    /** Goes on with all that are noted, with none so long that others wait for it; one of the nodes does, the one that looks after the first bucket. */
    long round() {
        if (leases.held().stream().anyMatch(lease -> lease.bucket() == 0)) {
            List<Of> all = table.all(0);
            Set<Of> rested = Set.copyOf(table.all(restMs()));
            Map<Outcome, List<Of>> outcomes = all.stream()
                    .collect(Collectors.groupingBy(
                            of -> finish(of, rested.contains(of)),
                            () -> new EnumMap<>(Outcome.class),
                            Collectors.toList()));
            topics.refresh();
            // Redis may have been away when they were deleted, or have been told by who did not know of it yet.
            List<Of> over = outcomes.getOrDefault(Outcome.OVER, List.of());
            outcomes.getOrDefault(Outcome.FINISHED, List.of()).forEach(topics::erase);
            over.forEach(topics::erase);
            over.forEach(table::forget);
            if (outcomes.containsKey(Outcome.GOES_ON)) {
                return 0;
            }
        }
        return timing.reconcileEvery().toNanos();
    }

    /** Longer than between two looks for what is missing: these tell an old group by its bit from a new one of its name. */
    private long restMs() {
        return REST_MS + 2 * timing.reconcileEvery().toMillis();
    }
}
