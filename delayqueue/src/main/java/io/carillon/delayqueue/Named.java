package io.carillon.delayqueue;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** {@code dq_named}: messages that have a key, to be found by it. */
final class Named {
    record Row(Member member, String key) {}

    private Named() {}

    static void insert(Connection connection, List<Row> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT IGNORE INTO dq_named (topic_id, msg_key, id, pday) VALUES (?, ?, ?, ?)")) {
            for (Row row : rows) {
                insert.setInt(1, row.member().topic());
                insert.setBytes(2, row.key().getBytes(StandardCharsets.UTF_8));
                insert.setLong(3, row.member().id());
                insert.setInt(4, MessageId.day(row.member().id()));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** A message that moves to a later day is found by its key, if it has one, until then. */
    static void keepLonger(Connection connection, int topic, String key, long id, int day) throws SQLException {
        if (key.isEmpty()) {
            return;
        }
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE dq_named SET pday = GREATEST(pday, ?) WHERE topic_id = ? AND msg_key = ? AND id = ?")) {
            update.setInt(1, day);
            update.setInt(2, topic);
            update.setBytes(3, key.getBytes(StandardCharsets.UTF_8));
            update.setLong(4, id);
            update.executeUpdate();
        }
    }
}
