package io.carillon.systemtests.history;

import io.carillon.systemtests.history.Event.Acked;
import io.carillon.systemtests.history.Event.Audited;
import io.carillon.systemtests.history.Event.Committed;
import io.carillon.systemtests.history.Event.CommittedRead;
import io.carillon.systemtests.history.Event.Fault;
import io.carillon.systemtests.history.Event.Key;
import io.carillon.systemtests.history.Event.Logged;
import io.carillon.systemtests.history.Event.Place;
import io.carillon.systemtests.history.Event.Received;
import io.carillon.systemtests.history.Event.Sent;
import io.carillon.systemtests.history.Event.Unknown;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges a finished {@link History}: each rule is a linear scan, because every message has a number of its own.
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><td>lost</td><td>what was acknowledged is in the log and was received by every group</td></tr>
 * <tr><td>rewritten</td><td>whoever reads a place, whenever, finds the message that was acknowledged there</td></tr>
 * <tr><td>invented, damaged</td><td>what is read was sent, and its checksum holds</td></tr>
 * <tr><td>gap</td><td>a stream that sends n+1 after the acknowledgement of n is first seen in the log as 1, 2, 3...</td></tr>
 * <tr><td>copies</td><td>at most as many as attempts; exactly one, and one answer, where the server is idempotent</td></tr>
 * <tr><td>hole</td><td>the offsets of a queue have none</td></tr>
 * <tr><td>skipped</td><td>the first deliveries of a queue to a group go up by one</td></tr>
 * <tr><td>fallen</td><td>a group's offset is never told lower than it was told or confirmed before, nor beyond the end</td></tr>
 * </table>
 */
final class HistoryChecker {
    private final Set<String> groups;
    private final Set<String> orderedStreams;
    private final boolean isIdempotent;

    private final List<String> violations = new ArrayList<>();
    private final Map<Key, Integer> attempts = new HashMap<>();
    private final Map<Key, Set<Place>> acked = new HashMap<>();
    private final Map<Place, Key> readings = new HashMap<>();
    private final Map<Place, Key> logged = new HashMap<>();
    private final Map<String, Set<Key>> received = new HashMap<>();
    private final Map<String, Long> nextDelivery = new HashMap<>();
    private final Map<String, Long> committed = new HashMap<>();
    private final Map<Integer, List<Long>> audit = new HashMap<>();
    private final Map<Integer, Long> offsetMax = new HashMap<>();

    /**
     * @param groups every one of them must have received everything
     * @param orderedStreams those that send a message only after the acknowledgement of the one before
     * @param isIdempotent whether a retry under the same unique id must be answered with the first place
     */
    HistoryChecker(Set<String> groups, Set<String> orderedStreams, boolean isIdempotent) {
        this.groups = groups;
        this.orderedStreams = orderedStreams;
        this.isIdempotent = isIdempotent;
    }

    /** What is wrong with the history; empty when it is sound. For one use. */
    List<String> violations(History history) {
        history.events().forEach(this::take);
        acked.forEach(this::checkAcked);
        checkCopies();
        checkOrder();
        checkCommittedWithinQueue();
        return violations;
    }

    private void take(Event event) {
        switch (event) {
            case Sent(Key key) -> attempts.merge(key, 1, Integer::sum);
            case Acked(Key key, Place place) -> takeAck(key, place);
            case Unknown unknown -> {}
            case Received(String group, Key key, Place place, boolean intact) -> {
                read("received by " + group, key, place, intact);
                received.computeIfAbsent(group, g -> new HashSet<>()).add(key);
                deliver(group, place);
            }
            case Logged(Key key, Place place, boolean intact) -> {
                read("logged", key, place, intact);
                logged.put(place, key);
                audit.computeIfAbsent(place.queue(), q -> new ArrayList<>()).add(place.offset());
            }
            case Audited(int queue, long min, long max) -> endAudit(queue, min, max);
            case Committed(String group, int queue, long offset) ->
                committed.merge(group + "@" + queue, offset, Math::max);
            case CommittedRead(String group, int queue, long offset) -> readCommitted(group + "@" + queue, offset);
            case Fault fault -> {}
        }
    }

    private void takeAck(Key key, Place place) {
        acked.computeIfAbsent(key, k -> new HashSet<>()).add(place);
        agree("acknowledged", key, place);
    }

    private void read(String how, Key key, Place place, boolean intact) {
        if (!attempts.containsKey(key)) {
            violations.add("invented: " + key + " " + how + " at " + place + " was never sent");
        }
        if (!intact) {
            violations.add("damaged: " + key + " " + how + " at " + place);
        }
        agree(how, key, place);
    }

    private void agree(String how, Key key, Place place) {
        Key before = readings.putIfAbsent(place, key);
        if (before != null && !before.equals(key)) {
            violations.add("rewritten: " + place + " held " + before + ", then " + key + " was " + how);
        }
    }

    private void deliver(String group, Place place) {
        String queue = group + "@" + place.queue();
        long next = nextDelivery.getOrDefault(queue, 0L);
        if (place.offset() > next) {
            violations.add("skipped: " + queue + " got offset " + place.offset() + " when " + next + " was next");
        }
        nextDelivery.put(queue, Math.max(next, place.offset() + 1));
    }

    private void endAudit(int queue, long min, long max) {
        long next = min;
        for (long offset : audit.getOrDefault(queue, List.of())) {
            if (offset != next) {
                violations.add("hole: queue " + queue + " has offset " + offset + " when " + next + " was next");
            }
            next = offset + 1;
        }
        if (next != max) {
            violations.add("hole: queue " + queue + " was read up to " + next + " and says it ends at " + max);
        }
        if (max < offsetMax.getOrDefault(queue, 0L)) {
            violations.add("fallen: queue " + queue + " ended at " + offsetMax.get(queue) + " and now at " + max);
        }
        offsetMax.put(queue, max);
        audit.remove(queue);
    }

    private void readCommitted(String queue, long offset) {
        long before = committed.getOrDefault(queue, 0L);
        if (offset < before) {
            violations.add("fallen: " + queue + " was at " + before + " and is told to be at " + offset);
        }
        committed.put(queue, Math.max(before, offset));
    }

    private void checkAcked(Key key, Set<Place> places) {
        for (Place place : places) {
            if (!key.equals(logged.get(place))) {
                violations.add("lost: " + key + " was acknowledged at " + place + " where " + logged.get(place)
                        + " is in the log");
            }
        }
        if (isIdempotent && places.size() > 1) {
            violations.add("copies: " + key + " was acknowledged at several places " + places);
        }
        for (String group : groups) {
            if (!received.getOrDefault(group, Set.of()).contains(key)) {
                violations.add("lost: " + key + " was acknowledged at " + places + " and never received by " + group);
            }
        }
    }

    private void checkCopies() {
        Map<Key, Integer> copies = new HashMap<>();
        logged.values().forEach(key -> copies.merge(key, 1, Integer::sum));
        copies.forEach((key, count) -> {
            int allowed = isIdempotent ? 1 : attempts.getOrDefault(key, 0);
            if (count > allowed) {
                violations.add("copies: " + key + " is " + count + " times in the log, " + allowed + " allowed");
            }
        });
    }

    private void checkOrder() {
        Map<Integer, TreeMap<Long, Key>> queues = new TreeMap<>();
        logged.forEach((place, key) ->
                queues.computeIfAbsent(place.queue(), q -> new TreeMap<>()).put(place.offset(), key));
        Map<String, Integer> homes = new HashMap<>();
        queues.forEach((queue, keys) -> checkOrder(queue, keys, homes));
    }

    private void checkOrder(int queue, TreeMap<Long, Key> keys, Map<String, Integer> homes) {
        Map<String, Long> last = new HashMap<>();
        keys.forEach((offset, key) -> {
            if (!orderedStreams.contains(key.stream())) {
                return;
            }
            if (homes.computeIfAbsent(key.stream(), s -> queue) != queue) {
                violations.add("gap: stream " + key.stream() + " is in queue " + queue + " as well");
            }
            long before = last.getOrDefault(key.stream(), 0L);
            if (key.n() > before + 1) {
                violations.add("gap: " + key + " at offset " + offset + " of queue " + queue + " follows " + before);
            }
            last.put(key.stream(), Math.max(before, key.n()));
        });
    }

    private void checkCommittedWithinQueue() {
        committed.forEach((queue, offset) -> {
            long max = offsetMax.getOrDefault(Integer.parseInt(queue.substring(queue.lastIndexOf('@') + 1)), 0L);
            if (offset > max) {
                violations.add("fallen: " + queue + " is at " + offset + ", beyond the end at " + max);
            }
        });
    }
}
