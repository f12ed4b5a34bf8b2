package io.carillon.log;

import io.carillon.base.HotPath;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where work stands in line for a worker that has no thread of its own: whoever finds nobody working works for all until
 * the line is empty. So one piece is done after the other, in the order in which they came; batches form by themselves while
 * somebody is at it; and who comes alone pays for no hand-over. This is known as flat combining.
 *
 * <p>What goes wrong with one piece keeps nobody else waiting: the others are done all the same, and whoever works is thrown
 * it at the end.
 *
 * <p>{@link #work} does all of it. Where a call by way of an interface would be felt, or there is something to do when the
 * line is empty, the loop is written out:
 *
 * <pre>
 * line.add(piece);
 * if (line.begins()) {
 *     do {
 *         ... each {@link #next} there is; what goes wrong with one is {@link #failed}
 *     } while (!line.ends());
 * }
 * </pre>
 */
@HotPath
public final class WorkLine<T> {
    private final Queue<T> line = new ConcurrentLinkedQueue<>();
    /** How many came that whoever works has not heard of for certain; 0 while nobody works. */
    private final AtomicInteger calls = new AtomicInteger();

    // Of whoever works, and written now and then only: everybody else reads what stands beside them.
    /** Of how many calls it knew when it began to empty the line. */
    private int known = 1;

    private @Nullable Throwable fault;

    /** Puts a piece at the end; any thread. Nobody does it before somebody calls {@link #begins} or {@link #work}. */
    public void add(T piece) {
        line.add(piece);
    }

    /** Whether the caller is to work, until {@link #ends}: nobody else does. Any thread. */
    public boolean begins() {
        return calls.getAndIncrement() == 0;
    }

    /** Takes the first piece out of the line; null when it is empty. Whoever works. */
    public @Nullable T next() {
        return line.poll();
    }

    /** Notes what went wrong with a piece, which is not thrown before the line is empty. Whoever works. */
    public void failed(Throwable why) {
        if (fault == null) {
            fault = why;
        } else if (!fault.equals(why)) {
            fault.addSuppressed(why);
        }
    }

    /**
     * Whether whoever works may go; else somebody came meanwhile, and the line is to be emptied once more. What went wrong is
     * thrown when it may go.
     */
    public boolean ends() {
        Throwable thrown = fault;
        int heard = known;
        if (thrown != null || heard != 1) { // before another one works
            fault = null;
            known = 1;
        }
        int left = calls.addAndGet(-heard);
        if (left != 0) {
            fault = thrown;
            known = left;
            return false;
        }
        if (thrown != null) {
            rethrow(thrown);
        }
        return true;
    }

    private static void rethrow(Throwable fault) {
        switch (fault) {
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new IllegalStateException(fault);
        }
    }

    /**
     * Works for all if nobody else does; else returns at once, and what the caller added may not be done yet. Any thread.
     */
    public void work(Consumer<? super T> worker) {
        if (!begins()) {
            return;
        }
        do {
            for (T piece = next(); piece != null; piece = next()) {
                try {
                    worker.accept(piece);
                } catch (RuntimeException | Error e) {
                    failed(e);
                }
            }
        } while (!ends());
    }
}
