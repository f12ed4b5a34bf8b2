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
final class ScheduleClient {
    /** Who asks about everything that waits may have all of its index read. */
    private static final long PATIENCE_MS = 60_000;

    private ScheduleClient() {}

    /** @throws NoAnswer when nobody answers at that address */
    static Response ask(ScheduleCall call) {
        InetSocketAddress address =
                new InetSocketAddress(call.broker().host(), call.broker().port());
        if (address.isUnresolved()) {
            throw new NoAnswer("no such host: " + call.broker().host(), null);
        }
        Reply content = Reply.ok();
        call.fields().forEach(content::ext);
        try (Threads threads = new Threads();
                IoGroup io = IoGroup.open(1, threads.io(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
                RemotingClient client = new RemotingClient(io, new Dispatcher())) {
            return client.call(address, call.command().code(), content, PATIENCE_MS)
                    .join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new NoAnswer("no broker answers at " + call.broker() + ": " + text(cause), cause);
        }
    }

    private static String text(Throwable cause) {
        return cause.getMessage() == null ? "the connection was closed" : cause.getMessage();
    }
}
