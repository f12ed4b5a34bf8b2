package io.carillon.testkit.stores;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A Redis on loopback that writes nothing down unless it is told to. The program is what {@code -Dstores.redis} names, else that of the PATH, else
 * one out of a Maven artifact.
 */
public final class RedisServer implements AutoCloseable {
    private static final String IN_ARTIFACT = "redis-server-6.2.6-v5-linux-amd64";
    private static final int BUS_PORT_ABOVE = 10_000;
    private static final int PORT_MAX = 65_535;
    static final int DATABASES = 128;

    private final List<String> command;
    private final Path folder;
    private final Path log;
    private final int port;
    /** Another one: of clients that encrypt, or of the other nodes of a cluster. */
    private final int secondPort;

    private StoreProcess process;

    private RedisServer(Path folder, int port, int secondPort, List<String> options) {
        this.port = port;
        this.secondPort = secondPort;
        this.folder = folder;
        log = folder.resolve("redis-" + port + ".log");
        command = new ArrayList<>(List.of(program(folder), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"));
        command.addAll(List.of("--dir", folder.toString(), "--daemonize", "no"));
        command.addAll(options);
        process = StoreProcess.start(command, log);
    }

    /** Starts one that others can ask without encryption. */
    static RedisServer plain(Path folder) {
        int port = StoreProcess.freePort();
        RedisServer server =
                new RedisServer(folder, port, 0, List.of("--port", "" + port, "--databases", "" + DATABASES));
        server.awaitPong();
        return server;
    }

    /** Starts one that writes down what it does, and forces that to the disk every second. */
    public static RedisServer persistent(Path folder) {
        int port = StoreProcess.freePort();
        RedisServer server = new RedisServer(
                folder, port, 0, List.of("--port", "" + port, "--appendonly", "yes", "--appendfsync", "everysec"));
        server.awaitPong();
        return server;
    }

    /**
     * Starts one that has a second port, which speaks TLS only.
     *
     * @param certificate PEM file, as is the key
     */
    public static RedisServer encrypted(Path folder, Path certificate, Path key) {
        return encrypted(folder, certificate, key, "no");
    }

    /** As the other, but clients of the second port must show a certificate that this one vouches for. */
    public static RedisServer askingForCertificates(Path folder, Path certificate, Path key) {
        return encrypted(folder, certificate, key, "yes");
    }

    private static RedisServer encrypted(Path folder, Path certificate, Path key, String asks) {
        int port = StoreProcess.freePort();
        int tlsPort = StoreProcess.freePort();
        List<String> options = List.of(
                "--port",
                "" + port,
                "--tls-port",
                "" + tlsPort,
                "--tls-cert-file",
                certificate.toString(),
                "--tls-key-file",
                key.toString(),
                "--tls-ca-cert-file",
                certificate.toString(),
                "--tls-auth-clients",
                asks);
        RedisServer server = new RedisServer(folder, port, tlsPort, options);
        server.awaitPong();
        return server;
    }

    /** Redis before 7 takes no other port than this for its bus. */
    private static int portOfCluster() {
        while (true) {
            int port = StoreProcess.freePort();
            if (port + BUS_PORT_ABOVE <= PORT_MAX && StoreProcess.isFree(port + BUS_PORT_ABOVE)) {
                return port;
            }
        }
    }

    /** Starts one node of a cluster that there is not yet. */
    static RedisServer ofCluster(Path folder) {
        int port = portOfCluster();
        int busPort = port + BUS_PORT_ABOVE;
        List<String> options = List.of(
                "--port",
                "" + port,
                "--cluster-enabled",
                "yes",
                "--cluster-config-file",
                "nodes-" + port + ".conf",
                "--cluster-node-timeout",
                "2000");
        RedisServer server = new RedisServer(folder, port, busPort, options);
        server.awaitPong();
        return server;
    }

    private static String program(Path folder) {
        String said = System.getProperty("stores.redis", "");
        if (!said.isEmpty()) {
            return said;
        }
        return Stream.of(System.getenv("PATH").split(":", -1))
                .map(place -> Path.of(place, "redis-server"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseGet(() -> unpacked(folder));
    }

    private static String unpacked(Path folder) {
        Path program = folder.resolve("redis-server");
        if (Files.exists(program)) {
            return program.toString();
        }
        try (InputStream in = RedisServer.class.getClassLoader().getResourceAsStream(IN_ARTIFACT)) {
            Files.copy(Objects.requireNonNull(in, "embedded-redis is not on the class path"), program);
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
            return program.toString();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void awaitPong() {
        // While it reads what it wrote down, it answers otherwise.
        process.await(() -> ask("PING\r\n").startsWith("+PONG"));
    }

    /** Sends this as it is and answers what comes first. */
    public String ask(String commands) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(commands.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[65_536];
            int length = socket.getInputStream().read(answer);
            return new String(answer, 0, Math.max(0, length), StandardCharsets.ISO_8859_1);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The port of who does not encrypt. */
    public int port() {
        return port;
    }

    public int tlsPort() {
        return secondPort;
    }

    int busPort() {
        return secondPort;
    }

    /** Where it is, unencrypted. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Starts it again after {@link #kill}. */
    public void start() {
        process = StoreProcess.start(command, log);
        awaitPong();
    }

    /** Kills it: everything in it is gone, but for what it wrote down. */
    public void kill() {
        process.kill();
    }

    /** Takes away what it wrote down, between {@link #kill} and {@link #start}. */
    public void forget() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(one -> one.getFileName().toString().startsWith("appendonly"))
                    .toList()) {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Stops it where it stands: nobody gets an answer, until {@link #resume}. */
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
