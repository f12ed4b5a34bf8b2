package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.nameserver.NameServer;
import io.carillon.remoting.Dispatcher;
import java.util.concurrent.Executor;

/** FACE: the request codes that a name server serves over the remoting protocol. */
public final class NameServerFront {
    private final NameServer names;
    private final Executor workers;
    private final Counters counters;
    private LiveSettings liveSettings = LiveSettings.NONE;

    /** @param workers for what takes longer than an I/O thread may */
    public NameServerFront(NameServer names, Executor workers, Counters counters) {
        this.names = names;
        this.workers = workers;
        this.counters = counters;
    }

    /** Lets these settings be changed; without it they are fixed. Before {@link #register}. */
    public NameServerFront settings(LiveSettings settings) {
        liveSettings = settings;
        return this;
    }

    /** Registers the handlers of all codes; before the server listens. */
    public void register(Dispatcher dispatcher) {
        new RouteHandler(names, workers).register(dispatcher);
        Aside aside = new Aside(workers, Room.ofAdmin(counters));
        new NameSettingsHandler(names, liveSettings, aside).register(dispatcher);
        // Tools look for a controller where the name server is.
        new RefusedHandler().register(dispatcher);
    }
}
