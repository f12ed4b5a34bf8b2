package io.carillon.broker.pop;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.PopChange;
import io.carillon.broker.metadata.PopState;
import io.carillon.log.AppendBatch;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.log.WorkLine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings into the log what changed in queues. Whoever must know that it is durable waits: then it is written at once,
 * in one entry with all that changed meanwhile. What nobody waits for is written with that, or after 20 ms. While one
 * entry is on its way, what comes gathers for the next, so that a slow disk makes entries larger and not more.
 */
final class Journal implements Agent {
    private static final Logger LOG = System.getLogger(Journal.class.getName());
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final MessageLog log;
    private final PopState state;
    private final Ticker ticker;
    /** So that two entries are in the log in the order in which they came up, and no lock is held for that. */
    private final WorkLine<Runnable> entries = new WorkLine<>();

    private final Queue<LiveQueue> listed = new ConcurrentLinkedQueue<>();
    private final Queue<Change> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAwake = new AtomicBoolean();
    private volatile Runnable waker = () -> {};
    private volatile long notBeforeNs;

    // Within entries only.
    private final PopChange change = new PopChange();
    /** Whether an entry is on its way; whoever ends that must look whether there is more. */
    private volatile boolean isWriting;

    /** What an entry that is on its way says of a queue. */
    private static final class Written {
        private final LiveQueue queue;
        private final long[] offsets;

        Written(LiveQueue queue, long[] offsets) {
            this.queue = queue;
            this.offsets = offsets;
        }

        void failed() {
            queue.notWritten(offsets);
        }
    }

    Journal(MessageLog log, PopState state, Ticker ticker) {
        this.log = log;
        this.state = state;
        this.ticker = ticker;
        notBeforeNs = ticker.nanoTime();
    }

    /** What changed in this queue is to be written, soon. */
    void changed(LiveQueue queue) {
        if (queue.list()) {
            listed.add(queue);
        }
        if (isAwake.compareAndSet(false, true)) {
            notBeforeNs = ticker.nanoTime() + INTERVAL_NS;
            waker.run();
        }
    }

    /** What changed in these queues is to be written now, and it is to be told when that is durable, by any thread. */
    void write(List<LiveQueue> queues, Change told) {
        for (LiveQueue queue : queues) {
            if (queue.list()) {
                listed.add(queue);
            }
        }
        waiters.add(told);
        inOrder(this::writeNext);
    }

    /**
     * Appends records with the note that they settle what they are copies of.
     *
     * @param offsets of the messages that leave the queue
     * @param unappended told when nothing is appended: of what went wrong, or of null when the queue is gone. Otherwise the
     *     batch is told
     */
    void append(AppendBatch batch, LiveQueue queue, long[] offsets, Consumer<@Nullable RuntimeException> unappended) {
        inOrder(() -> {
            byte[] entry;
            try {
                entry = leaving(queue, offsets);
            } catch (RuntimeException fault) {
                unappended.accept(fault);
                return;
            }
            if (entry == null) {
                unappended.accept(null);
            } else {
                batch.command(entry);
                log.append(batch);
            }
        });
    }

    private byte @Nullable [] leaving(LiveQueue queue, long[] offsets) {
        PopChange left = new PopChange();
        return queue.writeLeft(left, offsets) ? state.entry(left) : null;
    }

    private void inOrder(Runnable entry) {
        entries.add(entry);
        entries.work(Runnable::run);
    }

    /** Within {@link #entries}. */
    private void writeNext() {
        if (isWriting || (listed.isEmpty() && waiters.isEmpty())) {
            return;
        }
        isWriting = true;
        isAwake.set(false);
        // Those first: what they wait for was listed before they came.
        List<Change> told = drain(waiters);
        List<LiveQueue> queues = drain(listed);
        List<Written> written = new ArrayList<>(queues.size());
        byte[] entry;
        try {
            entry = entry(queues, written);
        } catch (RuntimeException | Error fault) {
            LOG.log(Level.ERROR, "what changed by popping could not be written, and is tried again", fault);
            listed.addAll(queues.subList(written.size(), queues.size())); // for them they are listed as before
            ended(written, told, Refusal.FAULT);
            return;
        }
        log.appendMetadata(entry, refusal -> ended(written, told, refusal));
    }

    private byte[] entry(List<LiveQueue> queues, List<Written> written) {
        change.clear();
        for (LiveQueue queue : queues) {
            written.add(new Written(queue, queue.write(change)));
        }
        return state.entry(change);
    }

    private static <T> List<T> drain(Queue<T> queue) {
        List<T> all = new ArrayList<>();
        for (T next = queue.poll(); next != null; next = queue.poll()) {
            all.add(next);
        }
        return all;
    }

    private void ended(List<Written> written, List<Change> told, @Nullable Refusal refusal) {
        if (refusal != null) {
            for (Written one : written) {
                one.failed();
                if (one.queue.list()) {
                    listed.add(one.queue);
                }
            }
            isAwake.set(true);
            notBeforeNs = ticker.nanoTime() + RETRY_NS;
        }
        isWriting = false;
        told.forEach(one -> one.done(refusal));
        if (!waiters.isEmpty()) {
            inOrder(this::writeNext);
        } else if (!listed.isEmpty()) {
            if (isAwake.compareAndSet(false, true)) {
                notBeforeNs = ticker.nanoTime() + INTERVAL_NS;
            }
            waker.run(); // it rests as long as an entry is on its way
        }
    }

    /** Writes all that changed so far, without regard to the interval: for a stop. */
    void writeAll() {
        inOrder(this::writeNext);
    }

    @Override
    public int doWork() {
        if (listed.isEmpty()) {
            // What woke it was written meanwhile, with what somebody waited for: the next change must wake it again.
            isAwake.set(false);
            return 0;
        }
        if (isWriting || notBeforeNs - ticker.nanoTime() > 0) {
            return 0;
        }
        inOrder(this::writeNext);
        return 1;
    }

    @Override
    public long restNs() {
        return listed.isEmpty() || isWriting ? Long.MAX_VALUE : Math.max(0, notBeforeNs - ticker.nanoTime());
    }

    @Override
    public void wakeBy(Runnable wakes) {
        waker = wakes;
    }

    @Override
    public String name() {
        return "pop-journal";
    }
}
