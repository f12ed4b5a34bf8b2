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

/** Asks a broker one thing, over a connection and with an I/O thread that end with it. */
final class BrokerClient {
    private BrokerClient() {}

    /**
     * @param content complete but for the signature
     * @throws NoAnswer when nobody answers at that address
     */
    static Response ask(HostPort broker, int code, Reply content, AskedAs as, long patienceMs) {
        InetSocketAddress address = new InetSocketAddress(broker.host(), broker.port());
        if (address.isUnresolved()) {
            throw new NoAnswer("no such host: " + broker.host(), null);
        }
        Reply request = as.credentials() == null ? content : as.credentials().sign(content);
        try (Threads threads = new Threads();
                IoGroup io = IoGroup.open(1, threads.io(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
                RemotingClient client = new RemotingClient(io, new Dispatcher(), as.tls())) {
            return client.call(address, code, request, patienceMs).join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new NoAnswer("no broker answers at " + broker + ": " + text(cause), cause);
        }
    }

    private static String text(Throwable cause) {
        return cause.getMessage() == null ? "the connection was closed" : cause.getMessage();
    }
}
