package io.carillon.rocketmq;

import io.carillon.remoting.Reply;
import io.carillon.remoting.Response;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** PORT: requests to remote name servers; the remoting client, or a test. */
@FunctionalInterface
public interface NameServerCalls {
    /** Completes with the answer, or exceptionally when there is none in time. Must not block. */
    CompletableFuture<Response> call(InetSocketAddress nameServer, int code, Reply content, long timeoutMs);
}
