package io.carillon.server;

import org.jspecify.annotations.Nullable;

/** Nobody answered a request to another process. */
final class NoAnswer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoAnswer(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
