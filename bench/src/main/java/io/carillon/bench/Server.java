package io.carillon.bench;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A server under test that accepts messages: one broker, or a group of them. */
sealed interface Server extends AutoCloseable permits SingleServer, Group {
    ServerKind kind();

    /** The process that takes the messages: of a group, whoever leads. */
    Child main();

    /** Where the messages are sent to: of a group, where whoever leads listens. */
    InetSocketAddress address();

    String nameServerAddress();

    /** From the start of the process, of a group of the first one, until it had accepted its first message. */
    double readyAfterSeconds();

    /** Takes all its processes off the processor until {@link #resume}: the other side is being measured. */
    void pause() throws IOException, InterruptedException;

    /** Returns when it serves again. */
    void resume() throws IOException, InterruptedException;

    /** What counts for it: see the kinds of server. */
    ProcessUsage usage() throws IOException;

    /** Kills the server without ceremony; its data stays. */
    @Override
    void close();
}
