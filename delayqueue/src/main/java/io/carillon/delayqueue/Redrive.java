package io.carillon.delayqueue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Lets dead letters of a group wait again: a few statements for all of them, within the caller's transaction. The letters are
 * locked first and the messages after that, as a burial does it.
 *
 * @param day until when they are kept at least, by {@link MessageId#dayOf}
 */
record Redrive(Connection connection, int topic, int bit, long nowMs, int day) {
    /** A message, and where it is found. */
    private record Found(long id, int day, String key) {}

    /** Those that were dead letters, and whose messages were not dropped meanwhile. */
    List<Long> redrive(List<Long> ids) throws SQLException {
        List<Long> letters = letters(ids);
        if (letters.isEmpty()) {
            return List.of();
        }
        List<Found> messages = messages(letters);
        update("DELETE FROM dq_dead" + DeadLetterTable.where(topic, List.of(bit), letters));
        if (messages.isEmpty()) {
            return List.of();
        }
        wait(messages);
        List<Found> moved = messages.stream().filter(one -> one.day() < day).toList();
        if (!moved.isEmpty()) {
            keepLonger(moved);
        }
        return messages.stream().map(Found::id).sorted().toList();
    }

    private List<Long> letters(List<Long> ids) throws SQLException {
        List<Long> letters = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM dq_dead FORCE INDEX (PRIMARY)"
                        + DeadLetterTable.where(topic, List.of(bit), ids) + " ORDER BY id FOR UPDATE");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                letters.add(rows.getLong(1));
            }
        }
        return letters;
    }

    /** Most are where their id says; one that was moved to a later day is looked for in all of them. */
    private List<Found> messages(List<Long> ids) throws SQLException {
        Map<Long, Found> found = new HashMap<>();
        find(ids, true, found);
        List<Long> elsewhere = ids.stream().filter(id -> !found.containsKey(id)).toList();
        if (!elsewhere.isEmpty()) {
            find(elsewhere, false, found);
        }
        return List.copyOf(found.values());
    }

    private void find(List<Long> ids, boolean byDay, Map<Long, Found> to) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT id, pday, props FROM dq_message FORCE INDEX (PRIMARY) WHERE " + Numbers.in(ids, byDay)
                                + " AND state IN (0, 2, 4, 5) FOR UPDATE");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                long id = rows.getLong(1);
                to.put(
                        id,
                        new Found(
                                id,
                                rows.getInt(2),
                                Props.decode(rows.getBytes(3)).key()));
            }
        }
    }

    /**
     * Due now, so that whoever compares the stores looks there; its time to live begins anew. Where it expired for others
     * meanwhile they do not get it: they are done with it. What was to be dropped soon is not to be before it can be consumed.
     */
    private void wait(List<Found> messages) throws SQLException {
        String rows = Numbers.in(
                messages.stream().map(Found::id).toList(),
                messages.stream().map(Found::day).toList());
        try (PreparedStatement update = connection.prepareStatement("UPDATE dq_message FORCE INDEX (PRIMARY) SET"
                + " expire_ms = IF(expire_ms = " + Long.MAX_VALUE + ", expire_ms, expire_ms - due_ms + ?),"
                + " due_ms = ?,"
                + " done = IF(state = 5, done | (SELECT BIT_OR(g.mask) FROM dq_group g WHERE g.topic_id = ?), done)"
                + " & ~?,"
                + " state = 0, pday = GREATEST(pday, ?) WHERE "
                + rows)) {
            update.setLong(1, nowMs);
            update.setLong(2, nowMs);
            update.setInt(3, topic);
            update.setLong(4, 1L << bit);
            update.setInt(5, day);
            update.executeUpdate();
        }
    }

    /** What else is dropped with them by their day: their keys, and what they are to other groups. */
    private void keepLonger(List<Found> moved) throws SQLException {
        Named.keepLonger(connection, topic, moved.stream().collect(Collectors.toMap(Found::id, Found::key)), day);
        List<Integer> others = bits().stream().filter(one -> one != bit).toList();
        int most = Math.max(1, DeadLetterTable.LOOKED_FOR_MAX / Math.max(1, others.size()));
        List<Long> ids = moved.stream().map(Found::id).toList();
        for (int i = 0; i < ids.size() && !others.isEmpty(); i += most) {
            update("UPDATE dq_dead FORCE INDEX (PRIMARY) SET pday = GREATEST(pday, " + day + ")"
                    + DeadLetterTable.where(topic, others, ids.subList(i, Math.min(i + most, ids.size()))));
        }
    }

    private List<Integer> bits() throws SQLException {
        List<Integer> bits = new ArrayList<>();
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT bit FROM dq_group WHERE topic_id = " + topic);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                bits.add(rows.getInt(1));
            }
        }
        return bits;
    }

    private void update(String sql) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.executeUpdate();
        }
    }
}
