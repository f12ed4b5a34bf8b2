package io.carillon.systemtests.clients;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What poppers of one group saw, and what is wrong with it. Any thread may write; all times are ms of this machine's clock,
 * which the server shares.
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><td>owners</td><td>while a message is invisible nobody else gets it, whatever became of the server meanwhile: by when it
 *     came, since a pop bears the time at which it began to look</td></tr>
 * <tr><td>undead</td><td>what was acknowledged in time never comes again, unless the server was killed before it answered
 *     any pop that was asked for later: a pop is written together with every acknowledgement before it</td></tr>
 * <tr><td>lost</td><td>what was stored is handed out, and again for as long as nobody tried to acknowledge it</td></tr>
 * <tr><td>clock</td><td>the time in a receipt lies between the request for it and its arrival</td></tr>
 * <tr><td>invented</td><td>what is handed out was sent</td></tr>
 * </table>
 */
final class PopHistory {
    /** One handing out: who got what, between which times, and what the receipt says of it. */
    record Popped(String message, long askedMs, long gotMs, long popMs, long invisibleMs) {
        long visibleMs() {
            return popMs + invisibleMs;
        }
    }

    /** The server may have died at any moment between the two. */
    private record Kill(long beganMs, long endedMs) {}

    private record Acked(long askedMs, long answeredMs) {}

    private final Set<String> sent = new HashSet<>();
    private final Set<String> stored = new HashSet<>();
    private final Map<String, TreeMap<Long, List<Popped>>> pops = new HashMap<>();
    private final Set<Popped> tried = new HashSet<>();
    private final Map<Popped, Acked> acked = new HashMap<>();
    private final List<Kill> kills = new ArrayList<>();

    /** Somebody is about to send it. */
    synchronized void sending(String message) {
        sent.add(message);
    }

    /** The server answered that it is stored. */
    synchronized void stored(String message) {
        stored.add(message);
    }

    synchronized void popped(Popped popped) {
        pops.computeIfAbsent(popped.message(), m -> new TreeMap<>())
                .computeIfAbsent(popped.popMs(), at -> new ArrayList<>())
                .add(popped);
    }

    /** Somebody is about to acknowledge it: from now on it may be settled. */
    synchronized void acking(Popped popped) {
        tried.add(popped);
    }

    /** The server answered the acknowledgement with success. */
    synchronized void acked(Popped popped, long askedMs, long answeredMs) {
        acked.put(popped, new Acked(askedMs, answeredMs));
    }

    /** The server was killed: it ran before the one time, and not any more at the other. Kills come in their order. */
    synchronized void killed(long beganMs, long endedMs) {
        kills.add(new Kill(beganMs, endedMs));
    }

    /** How many are stored and were tried to be acknowledged by none of those who got them. */
    synchronized long openCount() {
        Set<String> open = new HashSet<>(stored);
        tried.forEach(popped -> open.remove(popped.message()));
        return open.size();
    }

    synchronized int handedOutCount() {
        return pops.values().stream()
                .mapToInt(all -> all.values().stream().mapToInt(List::size).sum())
                .sum();
    }

    /**
     * What is wrong; empty when nothing is.
     *
     * @param endMs until when poppers were still at it: what became visible before must have come again
     */
    synchronized List<String> violations(long endMs) {
        List<String> violations = new ArrayList<>();
        pops.forEach((message, byTime) ->
                check(message, byTime.values().stream().flatMap(List::stream).toList(), endMs, violations));
        stored.stream()
                .filter(message -> !pops.containsKey(message))
                .forEach(message -> violations.add("lost: " + message + " was stored and never handed out"));
        return violations;
    }

    private void check(String message, List<Popped> all, long endMs, List<String> violations) {
        if (!sent.contains(message)) {
            violations.add("invented: " + message + " was never sent");
        }
        for (Popped popped : all) {
            if (popped.popMs() < popped.askedMs() || popped.popMs() > popped.gotMs()) {
                violations.add("clock: the receipt of " + popped + " is of another time");
            }
        }
        checkOwners(all, violations);
        checkAcked(all, violations);
        Popped last = all.getLast();
        if (stored.contains(message) && all.stream().noneMatch(tried::contains) && last.visibleMs() < endMs) {
            violations.add("lost: nobody acknowledged " + last + ", and until " + endMs + " it did not come again");
        }
    }

    private static void checkOwners(List<Popped> all, List<String> violations) {
        for (int i = 1; i < all.size(); i++) {
            Popped before = all.get(i - 1);
            if (all.get(i).gotMs() < before.visibleMs()) {
                violations.add("owners: " + all.get(i) + " was handed out while it belonged to " + before);
            }
        }
    }

    private void checkAcked(List<Popped> all, List<String> violations) {
        for (Popped popped : all) {
            Acked told = acked.get(popped);
            if (told == null || told.answeredMs() >= popped.visibleMs()) {
                continue;
            }
            Popped last = all.getLast();
            if (last.popMs() > told.answeredMs() && isSettled(told)) {
                violations.add("undead: " + last + " was acknowledged: " + told + "; kills: " + kills);
            }
        }
    }

    private boolean isSettled(Acked told) {
        return kills.stream()
                .filter(kill -> kill.endedMs() >= told.askedMs())
                .findFirst()
                .map(kill -> isPoppedBetween(told.answeredMs(), kill.beganMs()))
                .orElse(true);
    }

    private boolean isPoppedBetween(long fromMs, long toMs) {
        return pops.values().stream()
                .flatMap(byTime -> byTime.values().stream())
                .flatMap(List::stream)
                .anyMatch(popped -> popped.askedMs() > fromMs && popped.gotMs() < toMs);
    }
}
