package io.carillon.delayqueue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code dq_dead}: what groups failed to consume. Any thread may call; all methods wait for MySQL. */
final class DeadLetterTable {
    /** A dead letter of a group. */
    record Row(long id, long deadMs, int attempts) {}

    /** So many places of the primary key are looked at by one statement: servers plan some thousands, not any number. */
    static final int LOOKED_FOR_MAX = 1_000;

    private final Database database;

    DeadLetterTable(Database database) {
        this.database = database;
    }

    /** Notes these and that their group is done with them, all in one step. */
    int bury(List<Buckets.Dying> dying, long nowMs) {
        return database.inTransaction("bury dead letters", connection -> {
            Map<Integer, List<Long>> byBit = new HashMap<>();
            int buried = 0;
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT IGNORE INTO dq_dead (topic_id, bit, id, pday, dead_ms, attempts)"
                            // One that was settled or cancelled meanwhile is no dead letter.
                            + " SELECT topic_id, ?, id, pday, ?, ? FROM dq_message WHERE id = ? AND state = 0"
                            + " AND (done & ?) = 0")) {
                for (Buckets.Dying one : dying) {
                    insert.setInt(1, one.bit());
                    insert.setLong(2, nowMs);
                    insert.setInt(3, one.tries());
                    insert.setLong(4, one.member().id());
                    insert.setLong(5, 1L << one.bit());
                    insert.addBatch();
                    byBit.computeIfAbsent(one.bit(), _ -> new ArrayList<>())
                            .add(one.member().id());
                }
                for (int rows : insert.executeBatch()) {
                    buried += rows == Statement.SUCCESS_NO_INFO ? 1 : rows;
                }
            }
            for (Map.Entry<Integer, List<Long>> entry : byBit.entrySet()) {
                MessageTable.finish(connection, entry.getValue(), entry.getKey(), MessageTable.DEAD);
            }
            return buried;
        });
    }

    /** The oldest first, those after this place. */
    List<Row> list(int topic, int bit, long afterMs, long afterId, int max) {
        return database.run("list dead letters", connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT id, dead_ms, attempts FROM dq_dead WHERE topic_id = ? AND bit = ?"
                            + " AND (dead_ms > ? OR (dead_ms = ? AND id > ?)) ORDER BY dead_ms, id LIMIT ?")) {
                select.setInt(1, topic);
                select.setInt(2, bit);
                select.setLong(3, afterMs);
                select.setLong(4, afterMs);
                select.setLong(5, afterId);
                select.setInt(6, max);
                List<Row> rows = new ArrayList<>();
                try (ResultSet found = select.executeQuery()) {
                    while (found.next()) {
                        rows.add(new Row(found.getLong(1), found.getLong(2), found.getInt(3)));
                    }
                }
                return rows;
            }
        });
    }

    long count(int topic, int bit) {
        return database.run(
                "count dead letters",
                connection -> Migrations.number(
                        connection, "SELECT COUNT(*) FROM dq_dead WHERE topic_id = " + topic + " AND bit = " + bit));
    }

    /** Of those of a topic's messages that are dead letters of these groups: by id and bit, how often it was tried. */
    Map<Long, Map<Integer, Integer>> attempts(int topic, List<Integer> bits, List<Long> ids) {
        Map<Long, Map<Integer, Integer>> attempts = new HashMap<>();
        if (bits.isEmpty() || ids.isEmpty()) {
            return attempts;
        }
        int most = Math.max(1, LOOKED_FOR_MAX / bits.size());
        return database.run("look for dead letters", connection -> {
            for (int i = 0; i < ids.size(); i += most) {
                read(connection, topic, bits, ids.subList(i, Math.min(i + most, ids.size())), attempts);
            }
            return attempts;
        });
    }

    /** With the topic and the bits, each is found by the primary key. */
    static String where(int topic, List<Integer> bits, List<Long> ids) {
        return " WHERE topic_id = " + topic + " AND bit IN (" + Numbers.list(bits) + ") AND id IN (" + Numbers.list(ids)
                + ")";
    }

    private static void read(
            Connection connection,
            int topic,
            List<Integer> bits,
            List<Long> ids,
            Map<Long, Map<Integer, Integer>> attempts)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT id, bit, attempts FROM dq_dead FORCE INDEX (PRIMARY)" + where(topic, bits, ids));
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                attempts.computeIfAbsent(rows.getLong(1), _ -> new HashMap<>()).put(rows.getInt(2), rows.getInt(3));
            }
        }
    }

    /**
     * Makes dead letters wait again; those that were some. A message that was dropped meanwhile is none.
     *
     * @param day until when they are kept at least, by {@link MessageId#dayOf}
     */
    List<Long> redrive(int topic, int bit, List<Long> ids, long nowMs, int day) {
        List<Long> sorted = ids.stream().sorted().distinct().toList();
        return database.inTransaction("redrive dead letters", connection -> {
            List<Long> redriven = new ArrayList<>();
            for (int i = 0; i < sorted.size(); i += LOOKED_FOR_MAX) {
                List<Long> some = sorted.subList(i, Math.min(i + LOOKED_FOR_MAX, sorted.size()));
                redriven.addAll(new Redrive(connection, topic, bit, nowMs, day).redrive(some));
            }
            return redriven;
        });
    }
}
