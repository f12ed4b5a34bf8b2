package io.carillon.systemtests.clients;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What became of transactions, in one order, and what is wrong with it. Any thread may write: before it tells the server
 * something, and after it was told something.
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><td>early</td><td>nothing is seen before its producer began to commit it</td></tr>
 * <tr><td>undead</td><td>what is rolled back is never seen</td></tr>
 * <tr><td>lost</td><td>an acknowledged half that its producer commits, or would if it were asked, is seen</td></tr>
 * <tr><td>forgotten</td><td>an acknowledged half that nobody decided is asked about</td></tr>
 * <tr><td>copies</td><td>it is in its topic once</td></tr>
 * <tr><td>rewritten</td><td>whoever reads a place, whenever, finds the same message there</td></tr>
 * <tr><td>invented</td><td>what is seen was sent</td></tr>
 * </table>
 */
final class TransactionHistory {
    /** Where a message stands in its topic. */
    record Place(int queue, long offset) {}

    /** What a producer will say about its transaction, at once or when it is asked. */
    enum Fate {
        COMMIT,
        ROLLBACK
    }

    private static final class Transaction {
        final Fate fate;
        boolean isAcked;
        boolean isCommitting;
        boolean isDecided;
        boolean isAsked;
        final Set<Place> places = new HashSet<>();

        Transaction(Fate fate) {
            this.fate = fate;
        }
    }

    private final Map<String, Transaction> transactions = new HashMap<>();
    private final Map<Place, String> readings = new HashMap<>();
    private final List<String> violations = new ArrayList<>();

    /** A producer is about to send the half of {@code message}. */
    synchronized void preparing(String message, Fate fate) {
        transactions.put(message, new Transaction(fate));
    }

    /** The server answered that it has the half. */
    synchronized void acked(String message) {
        transactions.get(message).isAcked = true;
    }

    /** The producer is about to say how it ends. */
    synchronized void deciding(String message) {
        Transaction transaction = transactions.get(message);
        transaction.isDecided = true;
        transaction.isCommitting |= transaction.fate == Fate.COMMIT;
    }

    /** The server asks how it ends; the answer is still to come. */
    synchronized void asked(String message) {
        if (!transactions.containsKey(message)) {
            violations.add("invented: " + message + " is asked about and was never sent");
            return;
        }
        transactions.get(message).isAsked = true;
    }

    /** Somebody read the message. */
    synchronized void seen(String message, Place place) {
        String before = readings.putIfAbsent(place, message);
        if (before != null && !before.equals(message)) {
            violations.add("rewritten: " + place + " held " + before + ", then " + message);
        }
        Transaction transaction = transactions.get(message);
        if (transaction == null) {
            violations.add("invented: " + message + " was never sent");
            return;
        }
        if (transaction.fate == Fate.ROLLBACK) {
            violations.add("undead: " + message + " at " + place + " was to be rolled back");
        } else if (!transaction.isCommitting) {
            violations.add("early: " + message + " at " + place + " before it was committed");
        }
        transaction.places.add(place);
    }

    synchronized long ackedCount() {
        return transactions.values().stream().filter(t -> t.isAcked).count();
    }

    /** How many are still to be seen, or to be asked about. */
    synchronized long openCount() {
        return transactions.values().stream()
                .filter(t -> isLost(t) || isForgotten(t))
                .count();
    }

    private static boolean isLost(Transaction transaction) {
        return transaction.isAcked && transaction.fate == Fate.COMMIT && transaction.places.isEmpty();
    }

    private static boolean isForgotten(Transaction transaction) {
        return transaction.isAcked && !transaction.isDecided && !transaction.isAsked;
    }

    /** What is wrong once everything had its time; empty when nothing is. */
    synchronized List<String> violations() {
        List<String> all = new ArrayList<>(violations);
        transactions.forEach((message, transaction) -> {
            if (isForgotten(transaction)) {
                all.add("forgotten: the half of " + message + " was acknowledged, and nobody was asked about it");
            } else if (isLost(transaction)) {
                all.add("lost: " + message + " was to be committed and was never seen");
            }
            if (transaction.places.size() > 1) {
                all.add("copies: " + message + " is at " + transaction.places);
            }
        });
        return all;
    }
}
