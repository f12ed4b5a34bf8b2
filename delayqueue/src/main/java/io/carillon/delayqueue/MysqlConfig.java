package io.carillon.delayqueue;

import io.carillon.base.Secret;
import java.time.Duration;

/**
 * MySQL 8 or MariaDB.
 *
 * @param url {@code mysql://host:port/database} or {@code jdbc:mariadb://...} with the driver's options, such as {@code
 *     sslMode=verify-full} and {@code serverSslCert}
 * @param user who may create tables there, or at least use them
 * @param password of that user
 * @param connections how many connections at most
 * @param timeout how long to wait for one
 */
public record MysqlConfig(String url, String user, Secret password, int connections, Duration timeout) {
    public MysqlConfig {
        check(connections >= 4, "mysql.connections must be at least 4");
    }

    /** The address as the driver wants it. */
    String jdbcUrl() {
        return url.startsWith("mysql://") || url.startsWith("mariadb://")
                ? "jdbc:mariadb://" + url.substring(url.indexOf("//") + 2)
                : url;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
