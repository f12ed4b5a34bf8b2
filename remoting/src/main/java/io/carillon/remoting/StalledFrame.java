package io.carillon.remoting;

/**
 * Tells a peer that sends a frame slowly from one that only keeps a connection busy: asked a few times within the time
 * that a frame may take, it says when nothing but a trickle came for all of that time. One thread.
 */
final class StalledFrame {
    /** Into how many parts the time is cut; what begins within a part counts from its end. */
    static final int PARTS = 4;

    /** How much must come in the whole time if the frame's end does not: a slow link brings more. */
    static final int PROGRESS_BYTES = 64 << 10;

    private long bytes;
    private int parts;
    private boolean isWaiting;

    /** Some bytes came. */
    void came(int count) {
        bytes += count;
    }

    /** A frame came whole, or the peer had to wait for us: what is unfinished from here on has the whole time. */
    void beginAnew() {
        isWaiting = false;
    }

    /**
     * A part of the time is over.
     *
     * @param isUnfinished whether a part of a frame is there and we would read more
     * @return whether the whole time is over
     */
    boolean isTooLong(boolean isUnfinished) {
        if (!isUnfinished || !isWaiting || bytes >= PROGRESS_BYTES) {
            isWaiting = isUnfinished;
            bytes = 0;
            parts = 0;
            return false;
        }
        return ++parts >= PARTS;
    }
}
