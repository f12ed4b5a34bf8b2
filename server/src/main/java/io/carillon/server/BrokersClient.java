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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Asks several brokers at a time, over connections and with an I/O thread that end with it. One thread at a time. */
final class BrokersClient implements BrokerCalls {
    private final AskedAs as;
    private final long patienceMs;
    private final Threads threads = new Threads();
    private final IoGroup io = IoGroup.open(1, threads.io(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
    private final RemotingClient client;

    BrokersClient(AskedAs as, long patienceMs) {
        this.as = as;
        this.patienceMs = patienceMs;
        client = new RemotingClient(io, new Dispatcher(), as.tls());
    }

    @Override
    public CompletableFuture<Response> ask(HostPort broker, int code, Reply content) {
        InetSocketAddress address = new InetSocketAddress(broker.host(), broker.port());
        if (address.isUnresolved()) {
            return CompletableFuture.failedFuture(new NoAnswer("no such host: " + broker.host(), null));
        }
        Reply request = as.credentials() == null ? content : as.credentials().sign(content);
        return client.call(address, code, request, patienceMs).exceptionallyCompose(fault -> {
            Throwable cause =
                    fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
            return CompletableFuture.failedFuture(NoAnswer.of(broker, cause));
        });
    }

    @Override
    public void close() {
        client.close();
        io.close();
        threads.close();
    }
}
