package io.carillon.server;

/** How a process ends, for scripts that start it; {@code carillon --help} lists them. */
final class ExitCode {
    /** Done, or stopped in order after SIGTERM. */
    static final int OK = 0;

    /** A fault: the message says which. */
    static final int FAULT = 1;

    /** A wrong command line or configuration. */
    static final int USAGE = 2;

    /** Another process holds the data folder. */
    static final int DATA_IN_USE = 3;

    /** The address cannot be listened on, mostly because another process does. */
    static final int PORT_IN_USE = 4;

    /** A broker answered, and did not do it: the message says why. */
    static final int REFUSED = 5;

    /** No broker answers at the address. */
    static final int NO_BROKER = 6;

    private ExitCode() {}
}
