package io.carillon.delayqueue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Numbers that no two nodes ever get: a node takes a block from MySQL and gives it out; what it did not give out when it
 * ends is never used. Any thread may call.
 */
final class Serials {
    private static final long BLOCK = 1 << 20;

    private final Database database;
    private long next;
    private long end;

    Serials(Database database) {
        this.database = database;
    }

    /** The first of so many numbers in a row. Waits for MySQL now and then. */
    synchronized long take(int count) {
        if (end - next < count) {
            next = take(database, "serial", BLOCK);
            end = next + BLOCK;
        }
        long first = next;
        next += count;
        return first;
    }

    /** The first of so many numbers of this name, which no other node gets. */
    static long take(Database database, String name, long count) {
        return database.inTransaction("take numbers", connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE dq_number SET value = value + ? WHERE name = ?")) {
                update.setLong(1, count);
                update.setString(2, name);
                update.executeUpdate();
            }
            return value(connection, name) - count + 1;
        });
    }

    static long value(Connection connection, String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT value FROM dq_number WHERE name = ?")) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                if (!rows.next()) {
                    throw new SQLException("dq_number has no row '" + name + "'");
                }
                return rows.getLong(1);
            }
        }
    }
}
