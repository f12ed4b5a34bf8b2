package io.carillon.systemtests.history;

import io.carillon.systemtests.history.Event.Key;
import io.carillon.systemtests.history.Event.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What clients did with messages that are due later, and what became of these. Any thread. */
final class DelayHistory {
    /** What happened to one message; times in epoch ms by this machine's clock, which is the server's too. */
    static final class Fate {
        final long dueMs;
        /** When it was first acknowledged; 0 when it never was. */
        long ackedMs;
        /** A recall was sent, and its answer may not have come. */
        boolean isRecalled;
        /** A recall was answered with success. */
        boolean isCancelled;
        /** A recall was answered: it was delivered already. */
        boolean isToldDelivered;

        final List<Delivery> deliveries = new ArrayList<>();

        Fate(long dueMs) {
            this.dueMs = dueMs;
        }
    }

    record Delivery(Place place, long storedMs, boolean intact) {}

    private final Map<Key, Fate> fates = new LinkedHashMap<>();
    private final List<Key> foreign = new ArrayList<>();

    synchronized void sent(Key key, long dueMs) {
        fates.putIfAbsent(key, new Fate(dueMs));
    }

    synchronized void acked(Key key, long nowMs) {
        Fate fate = fates.get(key);
        fate.ackedMs = fate.ackedMs == 0 ? nowMs : fate.ackedMs;
    }

    synchronized void recalled(Key key) {
        fates.get(key).isRecalled = true;
    }

    synchronized void cancelled(Key key) {
        fates.get(key).isCancelled = true;
    }

    synchronized void toldDelivered(Key key) {
        fates.get(key).isToldDelivered = true;
    }

    synchronized void delivered(Key key, Place place, long storedMs, boolean intact) {
        Fate fate = fates.get(key);
        if (fate == null) {
            foreign.add(key);
        } else {
            fate.deliveries.add(new Delivery(place, storedMs, intact));
        }
    }

    /** Forgets the deliveries: they are read again. */
    synchronized void auditAnew() {
        fates.values().forEach(fate -> fate.deliveries.clear());
        foreign.clear();
    }

    synchronized Map<Key, Fate> fates() {
        return new LinkedHashMap<>(fates);
    }

    synchronized List<Key> foreign() {
        return List.copyOf(foreign);
    }

    synchronized long ackedCount() {
        return fates.values().stream().filter(fate -> fate.ackedMs > 0).count();
    }
}
