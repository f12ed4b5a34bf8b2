package io.carillon.delayqueue;

import io.carillon.base.CarillonException.BadConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import javax.crypto.KeyGenerator;

/**
 * Brings the tables to the version that this program wants, one file of plain SQL after another, and notes each in {@code
 * dq_schema}. Of several nodes that start at once, one does it. MySQL commits every such statement by itself: what a crash
 * broke off is done again from the start of its file, for which a table, or a key of one, that is there already is no failure.
 */
final class Migrations {
    /** In the order of their versions; a file is never changed once it was released. */
    private static final List<String> FILES = List.of("V001__first.sql", "V002__leftovers.sql", "V003__lists.sql");

    private static final int TABLE_EXISTS = 1050;
    private static final int KEY_EXISTS = 1061;
    private static final int DUPLICATE = 1062;
    private static final Set<Integer> DONE_BEFORE = Set.of(TABLE_EXISTS, KEY_EXISTS, DUPLICATE);
    private static final String LOCK = "carillon-delayqueue";

    private Migrations() {}

    /** What may be done by one node at a time only, whichever node that is. */
    static <T> T locked(Database database, String doing, Database.Work<T> work) {
        return database.run(doing, connection -> {
            Database.waitLonger(connection);
            try (PreparedStatement lock = connection.prepareStatement("SELECT GET_LOCK(?, 60)")) {
                lock.setString(1, LOCK);
                try (ResultSet got = lock.executeQuery()) {
                    if (!got.next() || got.getInt(1) != 1) {
                        throw new SQLException("another node holds the lock '" + LOCK + "' for more than a minute");
                    }
                }
                try {
                    return work.on(connection);
                } finally {
                    try (PreparedStatement unlock = connection.prepareStatement("SELECT RELEASE_LOCK(?)")) {
                        unlock.setString(1, LOCK);
                        unlock.executeQuery().close();
                    }
                }
            }
        });
    }

    static void apply(Database database) {
        locked(database, "bring the tables up to date", connection -> {
            execute(connection, "CREATE TABLE IF NOT EXISTS dq_schema (version INT NOT NULL PRIMARY KEY)");
            int version = (int) number(connection, "SELECT COALESCE(MAX(version), 0) FROM dq_schema");
            if (version > FILES.size()) {
                throw new BadConfig("the tables in MySQL are of version " + version
                        + ", made by a newer program; this one" + " knows versions up to " + FILES.size()
                        + ": start that one, or name another database");
            }
            for (int next = version + 1; next <= FILES.size(); next++) {
                migrate(connection, FILES.get(next - 1));
                execute(connection, "INSERT INTO dq_schema (version) VALUES (" + next + ")");
            }
            return version;
        });
    }

    private static void migrate(Connection connection, String file) throws SQLException {
        for (String statement : read("sql/" + file).split(";\\s*\\n", -1)) {
            String sql = statement.replaceAll("(?m)^--.*$", "").strip();
            if (!sql.isEmpty()) {
                try {
                    execute(connection, sql);
                } catch (SQLException failure) {
                    if (!DONE_BEFORE.contains(failure.getErrorCode())) {
                        throw failure;
                    }
                }
            }
        }
    }

    /** The key that seals receipts; made by the first node that asks. */
    static byte[] receiptKey(Database database) {
        return database.inTransaction("read the key of the receipts", connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT IGNORE INTO dq_secret (name, value) VALUES ('receipts', ?)")) {
                insert.setBytes(
                        1, KeyGenerator.getInstance("HmacSHA256").generateKey().getEncoded());
                insert.executeUpdate();
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
            try (PreparedStatement select =
                            connection.prepareStatement("SELECT value FROM dq_secret WHERE name = 'receipts'");
                    ResultSet rows = select.executeQuery()) {
                rows.next();
                return rows.getBytes(1);
            }
        });
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** A text file beside this class. */
    static String read(String name) {
        try (InputStream in = Migrations.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("missing from the program: " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
