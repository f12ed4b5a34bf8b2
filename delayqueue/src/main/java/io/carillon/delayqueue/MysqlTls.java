package io.carillon.delayqueue;

import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.HostAddress;
import org.mariadb.jdbc.export.ExceptionFactory;
import org.mariadb.jdbc.plugin.TlsSocketPlugin;
import org.mariadb.jdbc.plugin.tls.main.DefaultTlsSocketPlugin;

/**
 * How the driver of MySQL shows our certificate. It would read a key store of Java from a file, with the password in the
 * address; we have PEM files, as everywhere else. The driver finds this class by its name in {@code META-INF/services}, makes it
 * itself, and knows of the certificate only by a name in the options of a connection.
 */
public final class MysqlTls implements TlsSocketPlugin {
    private static final String TYPE = "carillon";
    private static final String OPTION = "carillonCertificate";
    /** In memory only. */
    private static final char[] PASSWORD = "in memory only".toCharArray();

    private static final AtomicLong NAMES = new AtomicLong();
    private static final Map<String, KeyManager[]> SHOWN = new ConcurrentHashMap<>();

    private final TlsSocketPlugin byDriver = new DefaultTlsSocketPlugin();

    /**
     * The options of connections that show this, until they are {@link #forget forgotten}.
     *
     * @throws io.carillon.base.CarillonException.BadConfig when it is no certificate with its key
     */
    static Properties options(@Nullable ClientCertificate shown) {
        Properties options = new Properties();
        if (shown != null) {
            String name = Long.toString(NAMES.incrementAndGet());
            SHOWN.put(name, keyManagers(shown));
            options.setProperty("tlsSocketType", TYPE);
            options.setProperty(OPTION, name);
        }
        return options;
    }

    static void forget(Properties options) {
        String name = options.getProperty(OPTION);
        if (name != null) {
            SHOWN.remove(name);
        }
    }

    private static KeyManager[] keyManagers(ClientCertificate shown) {
        try {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(shown.keyStore(StoreFailure.Store.MYSQL, PASSWORD), PASSWORD);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public TrustManager[] getTrustManager(Configuration options, ExceptionFactory faults, HostAddress at)
            throws SQLException {
        return byDriver.getTrustManager(options, faults, at);
    }

    @Override
    public KeyManager[] getKeyManager(Configuration options, ExceptionFactory faults) {
        String name = options.nonMappedOptions().getProperty(OPTION, "");
        return Objects.requireNonNull(SHOWN.get(name), "the connection's certificate was forgotten");
    }
}
