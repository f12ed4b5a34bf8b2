package io.carillon.log;

import java.util.ArrayList;
import java.util.List;

/** What one write to a segment carried: it becomes durable, readable and answered together, in log order. */
final class WriteGroup {
    private final List<Append> parts = new ArrayList<>();
    private long end;

    void add(Append part) {
        parts.add(part);
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    List<Append> parts() {
        return parts;
    }

    void end(long logOffset) {
        end = logOffset;
    }

    /** The log offset after the group's last entry. */
    long end() {
        return end;
    }
}
