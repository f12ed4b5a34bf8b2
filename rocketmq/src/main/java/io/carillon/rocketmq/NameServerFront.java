package io.carillon.rocketmq;

import io.carillon.nameserver.NameServer;
import io.carillon.remoting.Dispatcher;
import java.util.concurrent.Executor;

/** FACE: the request codes that a name server serves over the remoting protocol. */
public final class NameServerFront {
    private final NameServer names;
    private final Executor workers;

    /** @param workers for what takes longer than an I/O thread may */
    public NameServerFront(NameServer names, Executor workers) {
        this.names = names;
        this.workers = workers;
    }

    /** Registers the handlers of all codes; before the server listens. */
    public void register(Dispatcher dispatcher) {
        new RouteHandler(names, workers).register(dispatcher);
        // Tools look for a controller where the name server is.
        new RefusedHandler().register(dispatcher);
    }
}
