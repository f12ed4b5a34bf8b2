package io.carillon.delayqueue;

import java.util.Collection;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Lists of numbers in statements: they are of our own making, so they need no placeholders. */
final class Numbers {
    private Numbers() {}

    static String list(Collection<? extends Number> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Messages with these ids, in their order, as all must who lock some. By day, only those partitions are opened. */
    static String in(Collection<Long> ids, boolean byDay) {
        return byDay ? in(ids, ids.stream().map(MessageId::day).toList()) : "id IN (" + list(new TreeSet<>(ids)) + ")";
    }

    /** Likewise, of messages that are kept until these days. */
    static String in(Collection<Long> ids, Collection<Integer> days) {
        return in(ids, false) + " AND pday IN (" + list(new TreeSet<>(days)) + ")";
    }
}
