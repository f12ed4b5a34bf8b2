package io.carillon.rocketmq;

import io.carillon.remoting.Dispatcher;

/** A family of request codes; each implementation takes only the services that it needs. */
interface Handlers {
    /** Registers the codes of this family. */
    void register(Dispatcher dispatcher);
}
