package io.carillon.systemtests.harness;

import java.nio.file.Path;

/**
 * A running name server with one broker behind it, as processes of their own.
 *
 * <p>There are two: the packed Carillon ({@link CarillonServer}), and Apache RocketMQ ({@link ApacheServer}), against which the
 * tests themselves are proven. Ports stay the same over {@link #restart()}. Not for use by several threads at once.
 */
public interface Server extends AutoCloseable {

    /** The address that clients are given, {@code host:port}. */
    String nameServer();

    /** The broker's own address, {@code host:port}. */
    String broker();

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
        return isApache() ? ApacheServer.start(name) : CarillonServer.startByDefault(name);
    }
}
