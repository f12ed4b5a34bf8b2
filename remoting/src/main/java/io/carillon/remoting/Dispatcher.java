package io.carillon.remoting;

import java.util.HashMap;
import java.util.Map;

/** Request code to handler. Filled before the server listens, then only read. */
public final class Dispatcher {
    private final Map<Integer, Handler> handlers = new HashMap<>();

    /** @throws IllegalArgumentException when the code has a handler already */
    public Dispatcher on(int code, Handler handler) {
        if (handlers.putIfAbsent(code, handler) != null) {
            throw new IllegalArgumentException("request code " + code + " has two handlers");
        }
        return this;
    }
}
