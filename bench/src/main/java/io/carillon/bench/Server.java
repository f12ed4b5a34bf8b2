package io.carillon.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * A server under test that accepts messages.
 *
 * @param main the process whose CPU and memory count
 * @param nameServer its name server, when that is a process of its own
 * @param readyAfterSeconds from the start of {@code main} until it had accepted its first message
 */
record Server(
        ServerKind kind,
        Child main,
        Optional<Child> nameServer,
        InetSocketAddress address,
        String nameServerAddress,
        double readyAfterSeconds)
        implements AutoCloseable {

    void pause() throws IOException, InterruptedException {
        main.pause();
        if (nameServer.isPresent()) {
            nameServer.get().pause();
        }
    }

    void resume() throws IOException, InterruptedException {
        if (nameServer.isPresent()) {
            nameServer.get().resume();
        }
        main.resume();
    }

    ProcessUsage usage() throws IOException {
        return main.usage();
    }

    /** Kills the server without ceremony; its data stays. */
    @Override
    public void close() {
        main.close();
        nameServer.ifPresent(Child::close);
    }
}
