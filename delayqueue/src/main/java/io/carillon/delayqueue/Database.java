package io.carillon.delayqueue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.carillon.base.CarillonException.BadConfig;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Properties;
import org.mariadb.jdbc.Driver;

/**
 * The connections to MySQL or MariaDB. Work that met a deadlock or a lost connection is done again, so each piece of work
 * must be such that it may be done twice. Any thread may call; all methods wait for the store.
 */
final class Database implements AutoCloseable {
    /** A piece of work on one connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private static final int TRIES = 4;
    /** Long enough to split a partition, or to give a table of hundreds of millions of rows an index. */
    private static final int LONG_WORK_MS = 4 * 3_600_000;

    private static final int DEADLOCK = 1213;
    private static final int LOCK_WAIT = 1205;

    private final StoreTimes times;
    private final HikariDataSource pool;

    /** @param options of the driver, beside those in the address */
    Database(MysqlConfig config, Properties options, StoreTimes times) {
        this.times = times;
        HikariConfig pooled = new HikariConfig();
        pooled.setDriverClassName(Driver.class.getName());
        pooled.setJdbcUrl(config.jdbcUrl());
        if (!config.user().isEmpty()) {
            pooled.setUsername(config.user());
            pooled.setPassword(config.password().reveal());
        }
        timeouts(config).forEach((name, value) -> pooled.addDataSourceProperty((String) name, value));
        options.forEach((name, value) -> pooled.addDataSourceProperty((String) name, value));
        pooled.setPoolName("delayqueue-mysql");
        pooled.setMaximumPoolSize(config.connections());
        pooled.setMinimumIdle(1);
        pooled.setConnectionTimeout(Math.max(250, config.timeout().toMillis()));
        pooled.setValidationTimeout(Math.max(250, config.timeout().toMillis() / 2));
        // What is asked for again and again must see what was committed meanwhile, and must not lock gaps.
        pooled.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        pooled.setInitializationFailTimeout(-1);
        pool = new HikariDataSource(pooled);
    }

    /** So that a server that takes connections and does not answer holds nobody for ever; what the address says comes first. */
    private static Properties timeouts(MysqlConfig config) {
        Properties settings = new Properties();
        settings.setProperty("connectTimeout", Long.toString(config.timeout().toMillis()));
        settings.setProperty(
                "socketTimeout", Long.toString(config.answerTimeout().toMillis()));
        return settings;
    }

    /**
     * Connects once, at a start. The pool would go on trying until the time is over, and then not know why it failed.
     *
     * @throws StoreFailure why MySQL does not answer, or does not let us in
     * @throws BadConfig when it is too old
     */
    static void greet(MysqlConfig config, Properties options, StoreTimes times) {
        Properties settings = timeouts(config);
        settings.putAll(options);
        if (!config.user().isEmpty()) {
            settings.setProperty("user", config.user());
            settings.setProperty("password", config.password().reveal());
        }
        try (Connection connection = new Driver().connect(config.jdbcUrl(), settings)) {
            DatabaseMetaData server = connection.getMetaData();
            String fault = faultOfVersion(
                    isMariaDb(connection), server.getDatabaseMajorVersion(), server.getDatabaseMinorVersion());
            if (!fault.isEmpty()) {
                throw new BadConfig(fault);
            }
        } catch (SQLException failure) {
            throw times.failed(new StoreFailure(StoreFailure.Store.MYSQL, "connect", failure, true));
        }
    }

    /** Why this version will not do; empty when it does. */
    static String faultOfVersion(boolean isMariaDb, int major, int minor) {
        boolean isNew = isMariaDb ? major > 10 || (major == 10 && minor >= 11) : major >= 8;
        return isNew
                ? ""
                : "the database is " + (isMariaDb ? "MariaDB " : "MySQL ") + major + "." + minor
                        + ", which is too old: MySQL 8.0 or MariaDB 10.11 is the least";
    }

    /** Statements that each commit by themselves. */
    <T> T run(String doing, Work<T> work) {
        return tries(doing, work);
    }

    /** All or nothing. */
    <T> T inTransaction(String doing, Work<T> work) {
        return tries(doing, connection -> {
            connection.setAutoCommit(false);
            try {
                T result = work.on(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException failure) {
                rollBack(connection, failure);
                throw failure;
            } finally {
                if (!connection.isClosed()) {
                    connection.setAutoCommit(true);
                }
            }
        });
    }

    private static void rollBack(Connection connection, Exception failure) {
        try {
            connection.rollback();
        } catch (SQLException lost) {
            // The connection is gone, and the transaction with it.
            failure.addSuppressed(lost);
        }
    }

    /** What is timed is all of it: waiting for a connection, and doing it again. */
    private <T> T tries(String doing, Work<T> work) {
        return times.timed(doing, () -> triesUntimed(doing, work));
    }

    private <T> T triesUntimed(String doing, Work<T> work) {
        boolean isUntouched = true;
        for (int left = TRIES - 1; ; left--) {
            try (Connection connection = connect(doing, isUntouched)) {
                isUntouched = false;
                return work.on(connection);
            } catch (SQLException failure) {
                if (left == 0 || !mayPass(failure)) {
                    throw times.failed(new StoreFailure(StoreFailure.Store.MYSQL, doing, failure));
                }
            }
        }
    }

    private Connection connect(String doing, boolean isUntouched) {
        try {
            return pool.getConnection();
        } catch (SQLException failure) {
            throw times.failed(new StoreFailure(StoreFailure.Store.MYSQL, doing, failure, isUntouched));
        }
    }

    private static boolean mayPass(SQLException failure) {
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        return failure.getErrorCode() == DEADLOCK
                || failure.getErrorCode() == LOCK_WAIT
                // The connection broke under the work.
                || state.startsWith("08");
    }

    /** Lets what is asked from now on take its time, as changing a table does; until the connection is given back. */
    static void waitLonger(Connection connection) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, LONG_WORK_MS);
    }

    /** Whether this is MariaDB, and not MySQL; known since it was connected. */
    static boolean isMariaDb(Connection connection) throws SQLException {
        return "MariaDB".equals(connection.getMetaData().getDatabaseProductName());
    }

    int inUse() {
        return pool.getHikariPoolMXBean() == null
                ? 0
                : pool.getHikariPoolMXBean().getActiveConnections();
    }

    @Override
    public void close() {
        pool.close();
    }
}
