package io.carillon.delayqueue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code dq_leftover}, and what the deleted groups and topics that it names left in the other tables. All methods wait for
 * MySQL.
 */
final class LeftoverTable {
    /** So many entries of the index are looked at in one step; most may be of other topics. */
    private static final int LOOKED_AT = 5_000;

    private static final int CHUNK = 1_000;
    private static final int DELETED_CHUNK = 5_000;
    private static final String NOW_MS = "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

    private final Database database;

    LeftoverTable(Database database) {
        this.database = database;
    }

    /** That it is deleted, within the step that does so. */
    static void note(Connection connection, Leftovers.Of of) throws SQLException {
        TopicTable.update(
                connection,
                "INSERT INTO dq_leftover (topic_id, bit, since_ms) VALUES (?, ?, " + NOW_MS
                        + ") ON DUPLICATE KEY UPDATE since_ms = " + NOW_MS,
                of.topic(),
                of.bit());
    }

    /** Those that left something, so many ms ago or longer. */
    List<Leftovers.Of> all(long ageMs) {
        return database.run("look for leftovers", connection -> {
            List<Leftovers.Of> all = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT topic_id, bit FROM dq_leftover WHERE since_ms <= " + NOW_MS + " - ?")) {
                select.setLong(1, ageMs);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        all.add(new Leftovers.Of(rows.getInt(1), rows.getInt(2)));
                    }
                }
            }
            return all;
        });
    }

    void forget(Leftovers.Of of) {
        database.run(
                "forget leftovers",
                connection -> TopicTable.update(
                        connection, "DELETE FROM dq_leftover WHERE topic_id = ? AND bit = ?", of.topic(), of.bit()));
    }

    /**
     * How far messages were looked through.
     *
     * @param isLast whether no more wait after that
     */
    record Looked(Listing.Place end, boolean isLast) {}

    /**
     * Finishes what nobody wants any more of the messages that wait, as far as one step goes. Once from the first to the last:
     * to begin again with each step would be to pass over all that the steps before did.
     */
    Looked finishSome(Leftovers.Of of, Listing.Place after) {
        return database.run("finish what nobody wants", connection -> {
            List<DueIndex.Entry> entries = DueIndex.entries(
                    connection,
                    MessageTable.WAITING,
                    new DueIndex.Span(after, Long.MIN_VALUE, Long.MAX_VALUE),
                    LOOKED_AT);
            List<DueIndex.Entry> mine = entries.stream()
                    .filter(entry -> entry.topic() == of.topic())
                    .toList();
            for (int i = 0; i < mine.size(); i += CHUNK) {
                List<DueIndex.Entry> some = mine.subList(i, Math.min(i + CHUNK, mine.size()));
                finish(connection, of, " WHERE " + DueIndex.in(some) + " AND state = 0");
            }
            return new Looked(entries.isEmpty() ? after : entries.getLast().place(), entries.size() < LOOKED_AT);
        });
    }

    private static void finish(Connection connection, Leftovers.Of of, String where) throws SQLException {
        if (of.bit() < 0) {
            TopicTable.update(connection, "UPDATE dq_message FORCE INDEX (PRIMARY) SET state = 6" + where);
            return;
        }
        // What only this group still wanted; and its bit is taken out of the others, for another group may get it.
        TopicTable.update(
                connection,
                "UPDATE dq_message FORCE INDEX (PRIMARY) SET state = 2" + where + " AND done <> 0 AND NOT EXISTS"
                        + " (SELECT 1 FROM dq_group g WHERE g.topic_id = dq_message.topic_id AND g.from_ms <="
                        + " dq_message.due_ms AND (g.mask & dq_message.done) = 0)");
        long mask = 1L << of.bit();
        TopicTable.update(
                connection,
                "UPDATE dq_message FORCE INDEX (PRIMARY) SET done = done & ~?" + where + " AND (done & ?) <> 0",
                mask,
                mask);
    }

    /** Deletes dead letters and idempotency keys, so many at a time; how many that were. */
    int deleteSome(Leftovers.Of of) {
        return database.run("delete what nobody wants", connection -> {
            if (of.bit() >= 0) {
                return TopicTable.update(
                        connection,
                        "DELETE FROM dq_dead WHERE topic_id = ? AND bit = ? LIMIT ?",
                        of.topic(),
                        of.bit(),
                        DELETED_CHUNK);
            }
            return TopicTable.update(
                            connection, "DELETE FROM dq_dead WHERE topic_id = ? LIMIT ?", of.topic(), DELETED_CHUNK)
                    + TopicTable.update(
                            connection, "DELETE FROM dq_key WHERE topic_id = ? LIMIT ?", of.topic(), DELETED_CHUNK);
        });
    }
}
