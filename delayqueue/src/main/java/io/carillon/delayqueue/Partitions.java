package io.carillon.delayqueue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The days of {@code dq_message}: a partition {@code d<day>} holds what may go when that day is over, and {@code pmax} what
 * is due later than days have been made for. Days are made two weeks at a time, before they are needed, for then {@code
 * pmax} is split, which copies what is due that far ahead; a day is dropped whole.
 */
final class Partitions {
    private static final int AHEAD_MIN = 16;
    private static final int AHEAD = 30;
    /** Even if clocks are apart: a day is dropped when it has been over for so many days. */
    private static final int MARGIN = 1;

    private static final int PURGE_CHUNK = 5_000;

    private Partitions() {}

    /** Today by MySQL's clock: a node whose own clock is wrong must not drop what is not over. */
    static int today(Database database) {
        return database.run(
                "read the clock",
                connection -> MessageId.dayOf(
                        Migrations.number(connection, "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)")));
    }

    /**
     * Makes and drops what is due to be.
     *
     * @param today by {@link MessageId#dayOf}
     * @return how many partitions were dropped
     */
    static int keep(Database database, int today, int retentionDays) {
        return Migrations.locked(database, "make and drop partitions", connection -> {
            List<Integer> days = days(connection);
            int last = days.isEmpty() ? today - 1 : days.getLast();
            if (last < today + retentionDays + AHEAD_MIN) {
                Migrations.execute(connection, split(Math.max(last + 1, today), today + retentionDays + AHEAD));
            }
            List<Integer> over =
                    days.stream().filter(day -> day < today - MARGIN).toList();
            for (int day : over) {
                Migrations.execute(connection, "ALTER TABLE dq_message DROP PARTITION d" + day);
            }
            return over.size();
        });
    }

    /** Deletes what belonged to dropped messages, and forgets idempotency keys, in small steps. */
    static int purge(Database database, int today, long nowMs) {
        int before = today - MARGIN;
        return database.run("purge what is too old", connection -> {
            int sum = 0;
            for (String table : List.of(
                    "dq_named WHERE pday < " + before,
                    "dq_dead WHERE pday < " + before,
                    "dq_key WHERE expire_ms < " + nowMs)) {
                int deleted;
                do {
                    try (Statement statement = connection.createStatement()) {
                        deleted = statement.executeUpdate("DELETE FROM " + table + " LIMIT " + PURGE_CHUNK);
                    }
                    sum += deleted;
                } while (deleted == PURGE_CHUNK);
            }
            return sum;
        });
    }

    private static String split(int first, int last) {
        StringBuilder sql = new StringBuilder("ALTER TABLE dq_message REORGANIZE PARTITION pmax INTO (");
        for (int day = first; day <= last; day++) {
            sql.append("PARTITION d")
                    .append(day)
                    .append(" VALUES LESS THAN (")
                    .append(day + 1)
                    .append("), ");
        }
        return sql.append("PARTITION pmax VALUES LESS THAN MAXVALUE)").toString();
    }

    /** The days that there are, in their order. */
    static List<Integer> days(Connection connection) throws SQLException {
        List<Integer> days = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT PARTITION_NAME FROM information_schema.PARTITIONS WHERE"
                        + " TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'dq_message' AND PARTITION_NAME LIKE 'd%'"
                        + " ORDER BY PARTITION_ORDINAL_POSITION")) {
            while (rows.next()) {
                days.add(Integer.parseInt(rows.getString(1).substring(1)));
            }
        }
        return days;
    }
}
