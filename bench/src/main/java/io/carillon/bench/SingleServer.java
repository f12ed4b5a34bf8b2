package io.carillon.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * One broker.
 *
 * @param main the process whose CPU and memory count
 * @param nameServer its name server, when that is a process of its own
 */
record SingleServer(
        ServerKind kind,
        Child main,
        Optional<Child> nameServer,
        InetSocketAddress address,
        String nameServerAddress,
        double readyAfterSeconds)
        implements Server {

    @Override
    public void pause() throws IOException, InterruptedException {
        main.pause();
        if (nameServer.isPresent()) {
            nameServer.get().pause();
        }
    }

    @Override
    public void resume() throws IOException, InterruptedException {
        if (nameServer.isPresent()) {
            nameServer.get().resume();
        }
        main.resume();
    }

    @Override
    public ProcessUsage usage() throws IOException {
        return main.usage();
    }

    @Override
    public void close() {
        main.close();
        nameServer.ifPresent(Child::close);
    }
}
