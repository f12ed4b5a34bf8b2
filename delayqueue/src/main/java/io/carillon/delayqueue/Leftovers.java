package io.carillon.delayqueue;

import java.util.List;

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
    private final TopicTable table;
    private final Topics topics;
    private final Leases leases;
    private final DelayTimer timing;

    Leftovers(Life life, TopicTable table, Topics topics, Leases leases, DelayTimer timing) {
        this.life = life;
        this.table = table;
        this.topics = topics;
        this.leases = leases;
        this.timing = timing;
    }

    /** Finishes these, as far as it goes at once; whether nothing is left. */
    boolean finish(Of of) {
        life.at(Step.LEFTOVERS_BEGIN);
        for (int i = 0; i < AT_ONCE; i++) {
            if (table.finishSome(of) == 0) {
                return true;
            }
            life.at(Step.LEFTOVERS_SOME);
        }
        return false;
    }

    /** Goes on with all that are noted, with none so long that others wait for it; one of the nodes does, the one that looks after the first bucket. */
    long round() {
        if (leases.held().stream().anyMatch(lease -> lease.bucket() == 0)) {
            List<Of> all = table.leftovers(0);
            List<Of> rested = table.leftovers(restMs());
            List<Of> finished = all.stream().filter(this::finish).toList();
            topics.refresh();
            // Redis may have been away when they were deleted, or have been told by who did not know of it yet.
            finished.forEach(topics::erase);
            rested.stream().filter(finished::contains).forEach(table::forgetLeftover);
            if (finished.size() < all.size()) {
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
