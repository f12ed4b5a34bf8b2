package io.carillon.server;

import org.jspecify.annotations.Nullable;

/** Nobody answered a request to another process. */
final class NoAnswer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoAnswer(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Says at which address nobody answered, and why. */
    static NoAnswer of(HostPort broker, Throwable cause) {
        String why = cause.getMessage() == null ? "the connection was closed" : cause.getMessage();
        return new NoAnswer("no broker answers at " + broker + ": " + why, cause);
    }
}
