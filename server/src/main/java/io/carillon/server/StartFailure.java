package io.carillon.server;

/** Why a start was given up: a message for the one who started it, and the exit code of the process. */
final class StartFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    StartFailure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    StartFailure(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
