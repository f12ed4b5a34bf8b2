package io.carillon.server;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Response;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionException;

/** Asks a broker, over a connection and with an I/O thread that end with it. One thread at a time. */
final class BrokerClient implements AutoCloseable {
    private final HostPort broker;
    private final InetSocketAddress address;
    private final AskedAs as;
    private final long patienceMs;
    private final Threads threads = new Threads();
    private final IoGroup io = IoGroup.open(1, threads.io(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
    private final RemotingClient client;

    /** @throws NoAnswer when there is no such address */
    BrokerClient(HostPort broker, AskedAs as, long patienceMs) {
        this.broker = broker;
        this.as = as;
        this.patienceMs = patienceMs;
        address = new InetSocketAddress(broker.host(), broker.port());
        client = new RemotingClient(io, new Dispatcher(), as.tls());
        if (address.isUnresolved()) {
            close();
            throw new NoAnswer("no such host: " + broker.host(), null);
        }
    }

    /**
     * Asks one thing, over a connection of its own.
     *
     * @param content complete but for the signature
     * @throws NoAnswer when nobody answers at that address
     */
    static Response ask(HostPort broker, int code, Reply content, AskedAs as, long patienceMs) {
        try (BrokerClient client = new BrokerClient(broker, as, patienceMs)) {
            return client.ask(code, content);
        }
    }

    /**
     * @param content complete but for the signature
     * @throws NoAnswer when nobody answers
     */
    Response ask(int code, Reply content) {
        Reply request = as.credentials() == null ? content : as.credentials().sign(content);
        try {
            return client.call(address, code, request, patienceMs).join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw NoAnswer.of(broker, cause);
        }
    }

    @Override
    public void close() {
        client.close();
        io.close();
        threads.close();
    }
}
