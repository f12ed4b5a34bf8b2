package io.carillon.delayqueue;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code k_due}: all messages that are in a state, by due time, and of those with the same one by tail and id. Of which topic
 * one is stands in the tail, so that its row is read only if it is wanted.
 */
final class DueIndex {
    private DueIndex() {}

    /** What comes after a place, and is due within [from, to). */
    record Span(Listing.Place after, long fromMs, long toMs) {}

    /** An entry of the index, and the day of its row. */
    record Entry(Listing.Place place, int day) {
        int topic() {
            return (int) (place.tail() >>> Integer.SIZE);
        }
    }

    /** The first ones, in their order. */
    static List<Entry> entries(Connection connection, int state, Span span, int most) throws SQLException {
        Listing.Place after = span.after();
        List<Entry> entries = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id, pday, due_ms, tail FROM dq_message FORCE INDEX (k_due) WHERE state = " + state
                        + " AND due_ms >= ? AND due_ms < ?"
                        + " AND (due_ms > ? OR (due_ms = ? AND (tail > ? OR (tail = ? AND id > ?))))"
                        + " ORDER BY due_ms, tail, id LIMIT " + most)) {
            byte[] tail = ByteBuffer.allocate(Long.BYTES).putLong(after.tail()).array();
            select.setLong(1, Math.max(span.fromMs(), after.ms()));
            select.setLong(2, span.toMs());
            select.setLong(3, after.ms());
            select.setLong(4, after.ms());
            select.setBytes(5, tail);
            select.setBytes(6, tail);
            select.setLong(7, after.id());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    long itsTail = ByteBuffer.wrap(rows.getBytes(4)).getLong();
                    entries.add(
                            new Entry(new Listing.Place(rows.getLong(3), itsTail, rows.getLong(1)), rows.getInt(2)));
                }
            }
        }
        return entries;
    }

    /** The rows of these. */
    static String in(List<Entry> entries) {
        return Numbers.in(
                entries.stream().map(entry -> entry.place().id()).toList(),
                entries.stream().map(Entry::day).toList());
    }
}
