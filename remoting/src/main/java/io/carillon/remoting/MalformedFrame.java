package io.carillon.remoting;

/** Bytes that are no frame of the protocol; what closes the connection, and only that. */
final class MalformedFrame extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedFrame(String fault) {
        super(fault, null, false, false);
    }
}
