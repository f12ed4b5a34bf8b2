package io.carillon.bench;

import java.util.BitSet;

/** Checks what is read of messages that were marked 0, 1, 2 ...: each once, and in each queue in this order. */
final class Arrivals {
    private final BitSet seen = new BitSet();
    private final long[] last;
    private long outOfOrder;
    private long again;

    Arrivals(int queues) {
        last = new long[queues];
    }

    void message(int queue, long mark) {
        if (mark < last[queue]) {
            outOfOrder++;
        }
        last[queue] = mark;
        if (seen.get((int) mark)) {
            again++;
        }
        seen.set((int) mark);
    }

    /** How many came after one of their queue that was sent later. */
    long outOfOrder() {
        return outOfOrder;
    }

    /** Tells what is missing of so many, and what came more than once. */
    void errorsInto(Figures figures, int messages) {
        if (seen.cardinality() < messages) {
            figures.error("messages that never came", messages - seen.cardinality());
        }
        if (again > 0) {
            figures.error("messages that came again", again);
        }
    }
}
