package io.carillon.delayqueue;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Secret;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.export.SslMode;

/**
 * MySQL 8 or MariaDB.
 *
 * @param url {@code mysql://host:port/database} or {@code jdbc:mariadb://...} with the driver's options, such as {@code
 *     sslMode=verify-full} and {@code serverSslCert}
 * @param user who may create tables there, or at least use them
 * @param password of that user
 * @param connections how many connections at most
 * @param timeout how long to wait for one
 * @param answerTimeout how long to wait for an answer, until the connection is given up: a server that hangs must not hold
 *     who asks for ever
 * @param certificate PEM file of the certificate that is shown to a MySQL that asks who we are, and of those that lead from
 *     it to one that MySQL trusts; empty for none
 * @param key PEM file of its private key, as PKCS#8 without a password
 */
public record MysqlConfig(
        String url,
        String user,
        Secret password,
        int connections,
        Duration timeout,
        Duration answerTimeout,
        Path certificate,
        Path key) {
    private static final String EXAMPLE = "mysql://127.0.0.1:3306/carillon";
    private static final Pattern AUTHORITY_WITH_USER = Pattern.compile("jdbc:mariadb:[a-z:]*//[^/?]*@");

    public MysqlConfig {
        check(connections >= 4, "mysql.connections must be at least 4");
        check(
                answerTimeout.toMillis() >= 100 && answerTimeout.toMillis() <= Integer.MAX_VALUE,
                "mysql.answer-timeout must be at least 100ms");
    }

    /**
     * The address as the driver wants it.
     *
     * @throws BadConfig when it is none
     */
    String jdbcUrl() {
        String jdbc = url.startsWith("mysql://") || url.startsWith("mariadb://")
                ? "jdbc:mariadb://" + url.substring(url.indexOf("//") + 2)
                : url;
        if (AUTHORITY_WITH_USER.matcher(jdbc).lookingAt()) {
            throw new BadConfig(
                    "mysql.url names a user before the host: set mysql.user and mysql.password, from a file or the"
                            + " environment, and leave them out of the address");
        }
        if (databaseOf(jdbc).isEmpty()) {
            throw new BadConfig("mysql.url names no database: write it after the host, as in " + EXAMPLE);
        }
        checkPair("mysql", certificate, key);
        if (!certificate.toString().isEmpty() && isUnencrypted(jdbc)) {
            throw new BadConfig("mysql.certificate is shown by TLS only: leave sslMode=disable out of mysql.url");
        }
        return jdbc;
    }

    private static boolean isUnencrypted(String jdbc) {
        try {
            return Configuration.parse(jdbc).sslMode() == SslMode.DISABLE;
        } catch (SQLException impossible) {
            throw new IllegalStateException(impossible); // it was read just now
        }
    }

    static void checkPair(String store, Path certificate, Path key) {
        if (certificate.toString().isEmpty() != key.toString().isEmpty()) {
            throw new BadConfig(store + ".certificate and " + store + ".key belong together: set both, or none");
        }
    }

    private String databaseOf(String jdbc) {
        try {
            Configuration read = Configuration.acceptsUrl(jdbc) ? Configuration.parse(jdbc) : null;
            if (read == null) {
                throw new BadConfig("mysql.url is no address of MySQL: '" + url + "'; write for example " + EXAMPLE);
            }
            return Objects.requireNonNullElse(read.database(), "");
        } catch (SQLException fault) {
            throw new BadConfig("mysql.url cannot be read: " + fault.getMessage() + "; write for example " + EXAMPLE
                    + ", and the driver's options after a question mark");
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
