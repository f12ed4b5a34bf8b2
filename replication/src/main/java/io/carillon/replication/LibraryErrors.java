package io.carillon.replication;

import java.util.List;

/**
 * PORT: hears what the Raft library tells its log to be wrong, from when this is made until it is closed. Where it refuses to start, that
 * alone says why.
 */
public interface LibraryErrors extends AutoCloseable {
    /** Hears nothing: for whoever lets the library's log stand where people see it. */
    LibraryErrors NONE = new LibraryErrors() {
        @Override
        public List<String> heard() {
            return List.of();
        }

        @Override
        public void close() {}
    };

    /** What it was until now, each error once, for people. */
    List<String> heard();

    @Override
    void close();
}
