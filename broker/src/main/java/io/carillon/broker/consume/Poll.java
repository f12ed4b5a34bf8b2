package io.carillon.broker.consume;

import io.carillon.broker.filter.MessageFilter;
import io.carillon.log.ConsumeQueue;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A reader that waits in {@link LongPolls} for the next message of a queue. A front extends it by what it needs to
 * answer. It is used once.
 *
 * <p>Whoever ends the wait (a message, the deadline, its owner) must first win {@link #claim}; so each poll is ended
 * once, however these race.
 */
public abstract class Poll extends Timed {
    private static final VarHandle ENDED = ended();

    final ConsumeQueue queue;
    final MessageFilter filter;

    /** The next message that may match; rises when entries pass that do not. Written by the log's path. */
    private volatile long offset;

    private volatile boolean isEnded;

    // The list of a queue's polls; guarded by that queue's bin of LongPolls' map.
    @Nullable
    Poll queueNext;

    @Nullable
    Poll queuePrevious;

    boolean isInQueue;

    /** Set when it is parked. */
    long deadlineNs;

    protected Poll(ConsumeQueue queue, long offset, MessageFilter filter) {
        this.queue = queue;
        this.offset = offset;
        this.filter = filter;
    }

    /**
     * Called once when it is time to look again: messages came, or the deadline passed. Runs on the log's path or the
     * agent's thread, so it must only hand over.
     */
    protected abstract void resume();

    /**
     * Where to look from when the wait is over, with the filter that it waited with: messages before it that were not
     * there at first do not match that.
     */
    public final long offset() {
        return offset;
    }

    final void advance(long to) {
        offset = to;
    }

    final boolean claim() {
        return ENDED.compareAndSet(this, false, true);
    }

    final boolean isClaimed() {
        return isEnded;
    }

    private static VarHandle ended() {
        try {
            return MethodHandles.lookup().findVarHandle(Poll.class, "isEnded", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
