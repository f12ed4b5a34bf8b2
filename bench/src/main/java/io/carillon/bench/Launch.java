package io.carillon.bench;

/**
 * How a server is to be started.
 *
 * @param name of the scenario, and so of the folder that holds its data and logs
 */
record Launch(ServerKind kind, Flush flush, String name, Heap heap) {
    /** Whose heap a Carillon server gets; Apache's is always the comparison's. */
    enum Heap {
        /** The same for both sides. */
        SAME,
        /** What the packed server has by default. */
        DEFAULT
    }

    /** With the same heap on both sides, flushing by itself. */
    static Launch of(ServerKind kind, String name) {
        return new Launch(kind, Flush.ASYNC, name, Heap.SAME);
    }

    Launch flushing(Flush other) {
        return new Launch(kind, other, name, heap);
    }

    Launch withDefaultHeap() {
        return new Launch(kind, flush, name, Heap.DEFAULT);
    }
}
