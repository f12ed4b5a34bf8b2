package io.carillon.systemtests.history;

import io.carillon.systemtests.history.Event.Key;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What consumers sent back, and the copies that came of it. Any thread.
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><td>lost</td><td>for each sending back that was acknowledged there is a copy with one more try: in the retry topic, or
 *     after the last try among the dead letters</td></tr>
 * <tr><td>copies</td><td>there are no more of them than it was sent back</td></tr>
 * <tr><td>early</td><td>none is in the retry topic before its pause is over</td></tr>
 * <tr><td>misplaced</td><td>what has tries left is in the retry topic, what has none is dead</td></tr>
 * <tr><td>damaged</td><td>its body is the one that was sent</td></tr>
 * </table>
 */
final class RetryHistory {
    /** A message that was sent back so many times before. */
    record Try(Key key, int number) {}

    private static final class Fate {
        final List<Long> attemptsMs = new ArrayList<>();
        int acked;
    }

    private record Copy(StoredMessage message, boolean isDead) {}

    private final int triesMax;
    private final long pauseMs;
    private final Map<Try, Fate> sentBack = new ConcurrentHashMap<>();
    private final Set<Key> sent = ConcurrentHashMap.newKeySet();
    private final Map<Try, List<Copy>> copies = new ConcurrentHashMap<>();

    RetryHistory(int triesMax, long pauseMs) {
        this.triesMax = triesMax;
        this.pauseMs = pauseMs;
    }

    void sent(Key key) {
        sent.add(key);
    }

    long sentCount() {
        return sent.size();
    }

    synchronized void attempted(Try one, long nowMs) {
        sentBack.computeIfAbsent(one, _ -> new Fate()).attemptsMs.add(nowMs);
    }

    synchronized void acked(Try one) {
        sentBack.get(one).acked++;
    }

    /** Forgets the copies: they are read again. */
    synchronized void auditAnew() {
        copies.clear();
    }

    synchronized void found(StoredMessage message, boolean isDead) {
        copies.computeIfAbsent(new Try(message.key(), message.tries()), _ -> new ArrayList<>())
                .add(new Copy(message, isDead));
    }

    /** Whether every message has died, and every copy that is owed is there. */
    synchronized boolean isComplete() {
        return sent.stream().allMatch(key -> copies.containsKey(new Try(key, triesMax + 1)))
                && sentBack.entrySet().stream()
                        .allMatch(one -> one.getValue().acked
                                <= copiesOf(next(one.getKey())).size());
    }

    private static Try next(Try one) {
        return new Try(one.key(), one.number() + 1);
    }

    private List<Copy> copiesOf(Try one) {
        return copies.getOrDefault(one, List.of());
    }

    /** What is wrong; empty when all is as it should be. */
    synchronized List<String> violations() {
        List<String> violations = new ArrayList<>();
        sentBack.forEach((one, fate) -> check(one, fate, violations));
        Set<String> unasked = new TreeSet<>();
        copies.keySet().stream()
                .filter(copy -> !sentBack.containsKey(new Try(copy.key(), copy.number() - 1)))
                .forEach(copy -> unasked.add("invented: " + copy + " was never sent back"));
        violations.addAll(unasked);
        return violations;
    }

    private void check(Try one, Fate fate, List<String> violations) {
        List<Copy> found = new ArrayList<>(copiesOf(next(one)));
        if (found.size() < fate.acked) {
            violations.add("lost: " + one + " was sent back " + fate.acked + " times with success, there are "
                    + found.size() + " copies");
        }
        if (found.size() > fate.attemptsMs.size()) {
            violations.add("copies: " + one + " was sent back " + fate.attemptsMs.size() + " times, there are "
                    + found.size() + " copies");
        }
        found.sort((a, b) -> Long.compare(a.message().storedMs(), b.message().storedMs()));
        Collections.sort(fate.attemptsMs);
        for (int i = 0; i < found.size(); i++) {
            check(one, found.get(i), fate.attemptsMs.get(Math.min(i, fate.attemptsMs.size() - 1)), violations);
        }
    }

    private void check(Try one, Copy copy, long attemptMs, List<String> violations) {
        boolean hasTriesLeft = one.number() < triesMax;
        if (copy.isDead() == hasTriesLeft) {
            violations.add(
                    "misplaced: a copy of " + one + " at " + copy.message().place());
        }
        long early = attemptMs + pauseMs - copy.message().storedMs();
        if (hasTriesLeft && early > 0) {
            violations.add("early: a copy of " + one + " by " + early + " ms");
        }
        if (!copy.message().intact()) {
            violations.add("damaged: a copy of " + one + " at " + copy.message().place());
        }
    }
}
