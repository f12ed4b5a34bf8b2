package io.carillon.systemtests.harness;

import java.nio.file.Path;

/**
 * A running name server with one broker behind it, as processes of their own.
 *
 * <p>There are three: the packed Carillon ({@link CarillonServer}), a group of such brokers ({@link GroupServer}), and Apache
 * RocketMQ ({@link ApacheServer}), against which the tests themselves are proven. Ports stay the same over {@link #restart()}. Not for use by several threads at once.
 */
public interface Server extends AutoCloseable {

    /** The address that clients are given, {@code host:port}. */
    String nameServer();

    /** The broker's own address, {@code host:port}. */
    String broker();

    /** Where what is sent is stored, as records say it: another address than {@link #broker} when that one passes on. */
    default String storeHost() {
        return broker();
    }

    /** The port of HTTP and gRPC of that broker, where it was started with {@code --http-port}. */
    int httpPort();

    /** The name under which the broker is found in routes. */
    String brokerName();

    /** The cluster that the broker says it is in. */
    String clusterName();

    /** The folder that holds everything this server keeps. */
    Path data();

    /** Asks for a graceful stop (SIGTERM) and waits until the process is gone. */
    void stop();

    /** Kills with SIGKILL and waits until the process is gone. */
    void kill();

    /** Starts again on the same ports and data after {@link #stop()} or {@link #kill()}; returns when it serves. */
    void restart();

    /** The process that holds the log. */
    OsProcess brokerProcess();

    /** Ends the processes by force. The data stays for a look at it. */
    @Override
    void close();

    /** What the tests were told to run against: {@code -Dcarillon.tests.against=apache}, or else Carillon. */
    static boolean isApache() {
        return "apache".equals(System.getProperty("carillon.tests.against", "carillon"));
    }

    /** Starts the server that the tests were told to run against, with default settings, in a fresh folder. */
    static Server start(String name) {
        if (isApache()) {
            return ApacheServer.start(name);
        }
        return GroupServer.isWanted() ? GroupServer.start(name) : CarillonServer.startByDefault(name);
    }

    /** Starts Carillon with these arguments, whatever the tests were told: one server, or a group where they were told so. */
    static Server startCarillon(String name, String... arguments) {
        return GroupServer.isWanted() ? GroupServer.start(name, arguments) : CarillonServer.start(name, arguments);
    }
}
