package io.carillon.server;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody may have meant: the candidate with the fewest changes of a letter. */
final class Nearest {
    private Nearest() {}

    /** The candidate nearest to the word, unless even that one is mostly different. */
    static Optional<String> to(String word, Collection<String> candidates) {
        return candidates.stream()
                .min(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(best -> distance(word, best) <= Math.max(2, word.length() / 2));
    }

    /** ", did you mean X?" or nothing, for the end of a message. */
    static String hint(String word, Collection<String> candidates) {
        return to(word, candidates)
                .map(best -> "; did you mean '" + best + "'?")
                .orElse("");
    }

    /** Levenshtein's distance, with a row at a time. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
