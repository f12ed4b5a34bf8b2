package io.carillon.remoting;

/**
 * Stands before all handlers of a {@link Dispatcher} and says which requests they see. Runs on the connection's I/O
 * thread and must not block.
 */
public interface Guard {
    /** @return whether the handler may run; if not, the guard has answered */
    boolean admits(Request request);

    /** Whether somebody on this connection has shown who he is. Who does not in time is cut off. */
    boolean knows(Connection connection);
}
