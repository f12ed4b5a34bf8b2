package io.carillon.testkit.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real MariaDB and a real Redis for tests, on free ports of loopback with their data in a temporary folder. One of each
 * serves all tests of the JVM, each test in a database of its own; both end with it.
 */
public final class Stores {
    public static final int REDIS_DATABASES = RedisServer.DATABASES;

    private static @Nullable Stores shared;

    private final PemFiles pem = PemFiles.make(folder("tls"), "stores");
    private final RedisServer redis = RedisServer.plain(folder("redis"));
    private final MysqlServer mysql = MysqlServer.start(
            folder("mysql"),
            "--ssl-cert=" + pem.certificate(),
            "--ssl-key=" + pem.key(),
            "--ssl-ca=" + pem.certificate());
    private @Nullable RedisCluster cluster;

    /** The stores that all tests of this JVM share; started on first use. */
    public static synchronized Stores shared() {
        if (shared == null) {
            shared = new Stores();
        }
        return shared;
    }

    /** A folder for the files of a store; it goes with this JVM. */
    public static Path folder(String what) {
        try {
            Path folder = Files.createTempDirectory("carillon-" + what + "-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A store that still writes makes files anew: what is left then is left. */
    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException failure) {
            System.err.println("left behind: " + folder + ": " + failure);
        }
    }

    /** The address of a database that nobody has used, and that holds nothing. */
    public String freshMysql() {
        return mysql.jdbc(mysql.freshDatabase());
    }

    public String redisUrl() {
        return redis.url();
    }

    /** Asks Redis as {@link RedisServer#ask} does. */
    public String ask(String commands) {
        return redis.ask(commands);
    }

    /** What MariaDB shows to who encrypts, and what vouches for it. */
    public PemFiles pem() {
        return pem;
    }

    /** A cluster, started on first use. */
    public synchronized RedisCluster cluster() {
        if (cluster == null) {
            cluster = RedisCluster.start(folder("cluster"));
        }
        return cluster;
    }

    public MysqlServer mysql() {
        return mysql;
    }

    public void startRedis() {
        redis.start();
    }

    /** Kills it: everything in it is gone, for it writes nothing down. */
    public void killRedis() {
        redis.kill();
    }

    public void startMysql() {
        mysql.start();
    }

    public void killMysql() {
        mysql.kill();
    }
}
