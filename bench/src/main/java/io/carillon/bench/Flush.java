package io.carillon.bench;

/** When a server acknowledges a send: once it is forced to disk, or before. */
enum Flush {
    SYNC,
    ASYNC
}
