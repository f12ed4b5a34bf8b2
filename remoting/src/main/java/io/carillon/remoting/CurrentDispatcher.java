package io.carillon.remoting;

/**
 * The dispatcher that serves the connections of one server, or of one client, at this moment. Any thread; one volatile read
 * for each frame is what it costs that this may change.
 */
final class CurrentDispatcher {
    private volatile Dispatcher current;

    CurrentDispatcher(Dispatcher first) {
        current = first;
    }

    Dispatcher current() {
        return current;
    }

    void become(Dispatcher next) {
        current = next;
    }
}
