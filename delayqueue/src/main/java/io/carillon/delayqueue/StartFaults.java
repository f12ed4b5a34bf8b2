package io.carillon.delayqueue;

import io.carillon.base.CarillonException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/** Why a node could not start, in words that say what to do. */
final class StartFaults {
    private static final int NO_ACCESS_TO_DATABASE = 1044;
    private static final int NO_ACCESS = 1045;
    private static final int NO_DATABASE = 1049;
    private static final int NO_RIGHT = 1142;
    private static final int NO_RIGHT_OF_ALL = 1227;
    private static final int OTHER_PROOF = 1251;

    private StartFaults() {}

    static CarillonException of(StoreFailure failure, MysqlConfig mysql) {
        SQLException cause = deepest(failure);
        int code = cause == null ? 0 : cause.getErrorCode();
        if (failure.reason().contains("certificate") || failure.reason().contains("PKIX")) {
            return new CarillonException.BadConfig(
                    "MySQL shows a certificate that nobody vouches for: " + failure.reason()
                            + "; name what vouches for it at the end of mysql.url, as in ?sslMode=verify-full&serverSslCert=FILE, or"
                            + " say ?sslMode=disable where nobody else can listen");
        }
        if (failure.reason().contains("ssl not enabled")) {
            return new CarillonException.BadConfig(
                    "MySQL does not speak TLS, and an address wants it unless it says otherwise:"
                            + " say ?sslMode=disable at the end of mysql.url where nobody else can listen");
        }
        if (failure.reason().contains("RSA public key")) {
            return new CarillonException.BadConfig("MySQL wants the password sealed, which takes TLS or its key: "
                    + failure.reason()
                    + "; use TLS, or say &allowPublicKeyRetrieval=true at the end of mysql.url where nobody"
                    + " else can listen");
        }
        return switch (code) {
            case NO_ACCESS ->
                new CarillonException.BadConfig("MySQL does not let us in as '" + mysql.user() + "': "
                        + failure.reason() + "; correct mysql.user and mysql.password");
            case OTHER_PROOF -> // newer MySQL asks so who it does not know, too, lest he learn that
                new CarillonException.BadConfig(
                        "MySQL wants '" + mysql.user()
                                + "' to prove himself in a way that is not known here, or does not know him: "
                                + failure.reason()
                                + "; correct mysql.user, or make him with caching_sha2_password (MariaDB: mysql_native_password)");
            case NO_DATABASE ->
                new CarillonException.BadConfig("there is no such database: " + failure.reason()
                        + "; make it, or correct the end of mysql.url");
            case NO_ACCESS_TO_DATABASE ->
                new CarillonException.BadConfig("the user '" + mysql.user() + "' of MySQL has no such database: "
                        + failure.reason() + "; make it and grant it to the user, or correct the end of mysql.url");
            case NO_RIGHT, NO_RIGHT_OF_ALL ->
                new CarillonException.BadConfig(
                        "the user '" + mysql.user() + "' of MySQL has too few rights: " + failure.reason()
                                + "; grant it SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER and DROP on the database");
            default ->
                isConnection(cause)
                        ? new CarillonException.Unreachable(
                                "MySQL does not answer: " + failure.reason() + "; start it, or correct mysql.url",
                                failure)
                        : new CarillonException.BadConfig(
                                "the delay queue's tables cannot be read or made: " + failure.getMessage());
        };
    }

    private static boolean isConnection(@Nullable SQLException cause) {
        String state = cause == null || cause.getSQLState() == null ? "" : cause.getSQLState();
        return cause == null || cause instanceof SQLTransientConnectionException || state.startsWith("08");
    }

    private static @Nullable SQLException deepest(Throwable failure) {
        SQLException found = null;
        for (Throwable at = failure; at != null; at = at.getCause()) {
            found = at instanceof SQLException sql ? sql : found;
        }
        return found;
    }
}
