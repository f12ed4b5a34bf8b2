package io.carillon.remoting;

/**
 * What serves the connections of one server, or of one client, at this moment. Any thread; one volatile read for each
 * frame is what it costs that this may change.
 */
final class Serving {
    private volatile Dispatcher dispatcher;

    Serving(Dispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    void by(Dispatcher next) {
        dispatcher = next;
    }
}
