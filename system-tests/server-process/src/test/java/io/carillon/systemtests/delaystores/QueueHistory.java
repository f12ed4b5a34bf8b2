package io.carillon.systemtests.delaystores;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What clients of a delay queue did and were told, and what was done to its nodes and stores. Times are in epoch ms by this
 * machine's clock, which is Redis's too. Any thread.
 */
final class QueueHistory {
    /** What a client got: handed out at {@code claimedMs}, its own until {@code untilMs}, here at {@code gotMs}. */
    record Delivery(long claimedMs, long untilMs, long gotMs) {}

    /**
     * Something that was done to a node or a store, and is over.
     *
     * @param losesOrder whether Redis forgot who has what
     */
    record Fault(String what, long beginMs, long endMs, boolean losesOrder) {}

    /** What became of one message. */
    static final class Fate {
        /** It cannot be due before this; when it was taken, this is when it is due. */
        long dueMs;
        /** When it was answered that it is taken; 0 when nobody said so. */
        long acceptedMs;
        /** When it was answered that it is acknowledged; 0 when nobody said so. */
        long acknowledgedMs;
        /** How many acknowledgements have no answer: each may have been taken, and then it is never delivered again. */
        int unanswered;

        final List<Delivery> deliveries = new ArrayList<>();

        Fate(long dueMs) {
            this.dueMs = dueMs;
        }
    }

    private final Map<String, Fate> fates = new LinkedHashMap<>();
    private final List<String> foreign = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private long acknowledged;

    /** It is about to be sent, and not due before this time. */
    synchronized void sending(String key, long dueMs) {
        fates.putIfAbsent(key, new Fate(dueMs));
    }

    synchronized void accepted(String key, long dueMs, long nowMs) {
        Fate fate = fates.get(key);
        fate.dueMs = dueMs;
        fate.acceptedMs = nowMs;
    }

    synchronized void delivered(String key, Delivery delivery) {
        Fate fate = fates.get(key);
        if (fate == null) {
            foreign.add(key);
        } else {
            fate.deliveries.add(delivery);
        }
    }

    /** It is about to be acknowledged. */
    synchronized void acknowledging(String key) {
        fates.get(key).unanswered++;
    }

    /** It was answered that this acknowledgement was too late. */
    synchronized void tooLate(String key) {
        fates.get(key).unanswered--;
    }

    synchronized void acknowledged(String key, long nowMs) {
        Fate fate = fates.get(key);
        fate.unanswered--;
        if (fate.acknowledgedMs == 0) {
            fate.acknowledgedMs = nowMs;
            acknowledged++;
        }
    }

    synchronized void struck(Fault fault) {
        faults.add(fault);
    }

    synchronized long acknowledgedCount() {
        return acknowledged;
    }

    /** What was taken, and is surely not acknowledged. */
    synchronized long openCount() {
        return fates.values().stream()
                .filter(fate -> fate.acceptedMs > 0 && fate.acknowledgedMs == 0 && fate.unanswered == 0)
                .count();
    }

    synchronized Map<String, Fate> fates() {
        return new TreeMap<>(fates);
    }

    synchronized Collection<String> foreign() {
        return List.copyOf(foreign);
    }

    synchronized List<Fault> faults() {
        return List.copyOf(faults);
    }
}
