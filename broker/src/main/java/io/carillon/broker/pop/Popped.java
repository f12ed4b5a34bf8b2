package io.carillon.broker.pop;

import java.util.ArrayList;
import java.util.List;

/** Messages that a consumer was handed, by queue. */
public final class Popped {
    private final List<PoppedPart> parts = new ArrayList<>();
    private final long poppedMs;
    private final long invisibleMs;
    private final boolean isOrdered;
    private int messages;
    private int bytes;
    private long rest;
    private boolean isFull;

    Popped(long poppedMs, long invisibleMs, boolean isOrdered) {
        this.poppedMs = poppedMs;
        this.invisibleMs = invisibleMs;
        this.isOrdered = isOrdered;
    }

    /** When they were handed out, in epoch ms: it belongs to the receipt. */
    public long poppedMs() {
        return poppedMs;
    }

    public long invisibleMs() {
        return invisibleMs;
    }

    public boolean isOrdered() {
        return isOrdered;
    }

    /** One for each queue that gave something. */
    public List<PoppedPart> parts() {
        return parts;
    }

    /** How many more there are for the group in the queues that were looked at. */
    public long rest() {
        return rest;
    }

    /** How many bytes the messages have together, as they are stored. */
    public int bytes() {
        return bytes;
    }

    int messages() {
        return messages;
    }

    boolean isFull() {
        return isFull;
    }

    void full() {
        isFull = true;
    }

    void addRest(long more) {
        rest += Math.max(0, more);
    }

    void add(PoppedPart part) {
        parts.add(part);
        messages += part.count();
        bytes += part.bytes();
    }
}
