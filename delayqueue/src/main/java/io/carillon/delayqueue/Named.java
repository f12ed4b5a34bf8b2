package io.carillon.delayqueue;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;

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

    /**
     * Messages that move to a later day are found by their keys until then.
     *
     * @param keys by id; an empty one for none
     */
    static void keepLonger(Connection connection, int topic, Map<Long, String> keys, int day) throws SQLException {
        List<Map.Entry<Long, String>> all = keys.entrySet().stream()
                .filter(one -> !one.getValue().isEmpty())
                .toList();
        if (all.isEmpty()) {
            return;
        }
        // Each is found by the primary key.
        String places = String.join(" OR ", Collections.nCopies(all.size(), "(msg_key = ? AND id = ?)"));
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE dq_named FORCE INDEX (PRIMARY) SET pday = GREATEST(pday, ?) WHERE topic_id = ? AND (" + places
                        + ")")) {
            int at = 1;
            update.setInt(at++, day);
            update.setInt(at++, topic);
            for (Map.Entry<Long, String> one : all) {
                update.setBytes(at++, one.getValue().getBytes(StandardCharsets.UTF_8));
                update.setLong(at++, one.getKey());
            }
            update.executeUpdate();
        }
    }
}
