package io.carillon.remoting;

/**
 * Serves requests of one or more codes. Runs on the connection's I/O thread and must not block; what has to wait keeps
 * {@link Request#replyTo} and answers later, from any thread.
 */
@FunctionalInterface
public interface Handler {
    /** @param request valid only during the call: copy what is needed later */
    void handle(Request request);
}
