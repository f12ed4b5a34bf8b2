package io.carillon.replication;

import java.util.List;

/** The Raft library does not start: what it says why is in the message. */
public final class LibraryRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LibraryRefusal(List<String> heard, IllegalStateException cause) {
        super(
                "the Raft library does not start: " + (heard.isEmpty() ? cause.getMessage() : String.join("; ", heard)),
                cause);
    }
}
