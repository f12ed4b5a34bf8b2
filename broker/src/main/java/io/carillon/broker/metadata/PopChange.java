package io.carillon.broker.metadata;

import org.jspecify.annotations.Nullable;

/**
 * A change to what is in flight, as it stands in the log behind a command's head. It says how things are, not what was
 * done, so that many steps of one message are one, and to apply it again changes nothing. Reused; one thread.
 *
 * <pre>
 * for each queue, to the end, numbers as in {@link ByteWriter#putVar}:
 *   same 1 (bit 0 the group, bit 1 the topic of the queue before), group?, topic?, queue
 *   epoch, next, flags 1 (bit 0 in order, bit 1 attempt follows, bit 2 only what is gone counts), attempt?
 *   count of runs that are in flight no more, each: first offset, length
 *   count of runs that are in flight, each: first offset, length, popped 8, visible 8, tries, acknowledged 1
 * </pre>
 */
public final class PopChange {
    private final ByteWriter to = new ByteWriter(512);
    private final ByteWriter gone = new ByteWriter(64);
    private final ByteWriter there = new ByteWriter(256);
    private String group = "";
    private String topic = "";
    private int goneRuns;
    private int thereRuns;
    private long goneFirst;
    private long goneLength;
    private long first;
    private long length;
    private long poppedMs;
    private long visibleMs;
    private int tries;
    private boolean acked;

    /** Forgets all that was said, also of a queue that was begun and not ended. */
    public void clear() {
        to.clear();
        gone.clear();
        there.clear();
        goneRuns = 0;
        thereRuns = 0;
        goneLength = 0;
        length = 0;
        group = "";
        topic = "";
    }

    public boolean isEmpty() {
        return to.length() == 0;
    }

    public int length() {
        return to.length();
    }

    /** Begins what is said of one queue; what {@link #gone} and {@link #there} say follows, then {@link #end}. */
    public void begin(PopQueue.Key key, long epoch, long next, boolean isOrdered, @Nullable String attemptId) {
        int flags = (isOrdered ? PopState.ORDERED : 0) | (attemptId == null ? 0 : PopState.ATTEMPT);
        begin(key, epoch, next, flags, attemptId);
    }

    /** Likewise, where nothing but {@link #gone} follows, and nothing else of the queue is to change. */
    public void beginGone(PopQueue.Key key, long epoch) {
        begin(key, epoch, 0, PopState.ONLY_GONE, null);
    }

    private void begin(PopQueue.Key key, long epoch, long next, int flags, @Nullable String attemptId) {
        boolean isSameGroup = key.group().equals(group);
        boolean isSameTopic = key.topic().equals(topic);
        to.putByte((isSameGroup ? PopState.SAME_GROUP : 0) | (isSameTopic ? PopState.SAME_TOPIC : 0));
        if (!isSameGroup) {
            group = key.group();
            to.putText(group);
        }
        if (!isSameTopic) {
            topic = key.topic();
            to.putText(topic);
        }
        to.putVar(key.queue());
        to.putVar(epoch);
        to.putVar(next);
        to.putByte(flags);
        if (attemptId != null) {
            to.putText(attemptId);
        }
    }

    /** This message is in flight no more. In the order of offsets. */
    public void gone(long offset) {
        if (goneLength > 0 && goneFirst + goneLength == offset) {
            goneLength++;
            return;
        }
        endGone();
        goneFirst = offset;
        goneLength = 1;
    }

    /** The message at this place is in flight. In the order of offsets. */
    public void there(InFlight table, int i) {
        boolean goesOn = length > 0
                && first + length == table.offset(i)
                && poppedMs == table.poppedMs(i)
                && visibleMs == table.visibleMs(i)
                && tries == table.tries(i)
                && acked == table.isAcked(i);
        if (goesOn) {
            length++;
            return;
        }
        endThere();
        first = table.offset(i);
        length = 1;
        poppedMs = table.poppedMs(i);
        visibleMs = table.visibleMs(i);
        tries = table.tries(i);
        acked = table.isAcked(i);
    }

    private void endGone() {
        if (goneLength > 0) {
            gone.putVar(goneFirst);
            gone.putVar(goneLength);
            goneRuns++;
            goneLength = 0;
        }
    }

    private void endThere() {
        if (length > 0) {
            there.putVar(first);
            there.putVar(length);
            there.putLong(poppedMs);
            there.putLong(visibleMs);
            there.putVar(tries);
            there.putBoolean(acked);
            thereRuns++;
            length = 0;
        }
    }

    /** Ends what is said of one queue. */
    public void end() {
        endGone();
        endThere();
        to.putVar(goneRuns);
        to.putRaw(gone);
        to.putVar(thereRuns);
        to.putRaw(there);
        gone.clear();
        there.clear();
        goneRuns = 0;
        thereRuns = 0;
    }

    /** Says of a queue all that there is. */
    void whole(PopQueue queue) {
        begin(queue.key(), queue.epoch, queue.next, queue.isOrdered, queue.attemptId);
        for (int i = 0; i < queue.inFlight.count(); i++) {
            there(queue.inFlight, i);
        }
        end();
    }

    byte[] bytes() {
        return to.copy();
    }
}
