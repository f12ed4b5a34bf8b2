package io.carillon.server;

import io.carillon.remoting.Reply;
import io.carillon.remoting.Response;
import java.util.concurrent.CompletableFuture;

/** PORT: asks several brokers, each at its address. */
interface BrokerCalls extends AutoCloseable {
    /**
     * @param content complete but for the signature
     * @return fails with {@link NoAnswer}
     */
    CompletableFuture<Response> ask(HostPort broker, int code, Reply content);

    @Override
    void close();
}
