package io.carillon.broker.consume;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException;
import io.carillon.base.Ticker;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntry;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Readers that found nothing and wait for the next message of their queue, woken by the append itself. Nothing is
 * scanned: a queue leads to its polls, the wheel to those whose time is up, and this agent rests until the earliest
 * deadline.
 *
 * <p>A poll ends once, see {@link Poll#claim}. No message is overlooked: a poll is entered first and looks at the
 * queue's end after that, while the log moves the queue's end first and looks for polls after that.
 */
public final class LongPolls implements Agent {
    /** What became of a reader that wanted to wait. */
    public enum Parking {
        /** It waits, or was resumed already. */
        PARKED,
        /** Messages came meanwhile: it does not wait, read again. */
        READ_AGAIN,
        /** Too many wait, or nobody may any more: it does not. */
        FULL
    }

    /** More entries than this are not compared with a filter on the log's path: the reader looks for itself. */
    private static final int COMPARED_MAX = 256;

    private final Ticker ticker;
    private volatile int countMax;
    private volatile long waitMaxMs;
    private final AtomicInteger count = new AtomicInteger();
    /** The first poll of each queue that has any; links are changed only inside this map's atomic methods. */
    private final Map<ConsumeQueue, Poll> queues = new ConcurrentHashMap<>();

    private final DeadlineWheel wheel = new DeadlineWheel();
    /** Used on the log's path alone, where one thread runs at a time. */
    private final QueueEntry entry = new QueueEntry();

    private volatile boolean isStopped;
    private volatile Runnable waker = () -> {};

    /**
     * @param countMax how many may wait at once
     * @param waitMax how long one may wait at most
     */
    public LongPolls(Ticker ticker, int countMax, Duration waitMax) {
        this.ticker = ticker;
        this.countMax = countMax;
        this.waitMaxMs = waitMax.toMillis();
    }

    /** As the constructor says; for those that come from now on. Any thread. */
    public void limits(int newCountMax, Duration newWaitMax) {
        countMax = newCountMax;
        waitMaxMs = newWaitMax.toMillis();
    }

    /** How many wait. */
    public int count() {
        return count.get();
    }

    /** Lets a reader wait that found nothing at {@link Poll#offset}. Any thread. */
    public Parking park(Poll poll, long waitMs) {
        if (count.incrementAndGet() > countMax || isStopped) {
            count.decrementAndGet();
            return Parking.FULL;
        }
        long nowNs = ticker.nanoTime();
        long deadlineNs = nowNs + TimeUnit.MILLISECONDS.toNanos(Math.min(waitMs, waitMaxMs));
        poll.deadlineNs = deadlineNs;
        if (wheel.add(poll, deadlineNs, nowNs)) {
            waker.run();
        }
        queues.compute(poll.queue, (_, head) -> poll.isClaimed() ? head : linked(head, poll));
        // Pairs with the fence in onReadable, and with that of stop: one of the two sides sees the other.
        VarHandle.fullFence();
        if ((poll.queue.offsetMax() > poll.offset() || isStopped) && drop(poll)) {
            return Parking.READ_AGAIN;
        }
        return Parking.PARKED;
    }

    /** How many ms are left of the wait of a poll that was parked; 0 when its time is up. */
    public long leftMs(Poll poll) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(poll.deadlineNs - ticker.nanoTime()));
    }

    /** Ends a wait without resuming the reader; false when it was ended before. Any thread. */
    public boolean drop(Poll poll) {
        if (!poll.claim()) {
            return false;
        }
        unlink(poll);
        wheel.remove(poll);
        count.decrementAndGet();
        return true;
    }

    /** Messages {@code [from, to)} of this queue became readable. On the log's path, after the queue's end moved. */
    public void onReadable(ConsumeQueue queue, long from, long to) {
        VarHandle.fullFence();
        if (queues.get(queue) == null) {
            return;
        }
        WokenChain woken = new WokenChain();
        queues.computeIfPresent(queue, (_, head) -> {
            Poll rest = head;
            Poll poll = head;
            while (poll != null) {
                Poll next = poll.queueNext;
                if (isFor(poll, to)) {
                    rest = unlinked(rest, poll);
                    woken.add(poll);
                }
                poll = next;
            }
            return rest;
        });
        woken.resume(this);
    }

    /**
     * Resumes all who wait for a queue of this topic: it was deleted or changed. Looks at every queue that somebody
     * waits for.
     */
    public void onTopicChange(String topic) {
        for (ConsumeQueue queue : queues.keySet()) {
            if (queue.topic().equals(topic)) {
                resumeAll(queue);
            }
        }
    }

    /** Resumes all who wait for this queue: where one of their groups goes on has changed. */
    public void onReset(ConsumeQueue queue) {
        resumeAll(queue);
    }

    /**
     * Resumes everybody, and lets nobody wait from now on. To be called before the server closes its connections, which
     * it does when no answer is due any more.
     */
    public void stop() {
        isStopped = true;
        VarHandle.fullFence();
        queues.keySet().forEach(this::resumeAll);
    }

    private void resumeAll(ConsumeQueue queue) {
        WokenChain woken = new WokenChain();
        queues.computeIfPresent(queue, (_, head) -> {
            Poll rest = head;
            for (Poll poll = head; poll != null; poll = rest) {
                rest = unlinked(rest, poll);
                woken.add(poll);
            }
            return rest;
        });
        woken.resume(this);
    }

    /**
     * Whether one of the entries up to {@code to} is for this reader, as far as its tag says; entries that are not it
     * never looks at again. What a filter needs the record for, the reader finds out by itself: the log's path reads no
     * records and evaluates no expressions.
     */
    private boolean isFor(Poll poll, long to) {
        long offset = poll.offset();
        if (offset >= to) {
            return false;
        }
        if (poll.filter.tags().isForAll() || to - offset > COMPARED_MAX) {
            return true;
        }
        for (long at = offset; at < to; at++) {
            if (!isReadable(poll, at) || poll.filter.tags().matches(entry.tagsCode)) {
                return true;
            }
        }
        poll.advance(to);
        return false;
    }

    /** A damaged index is told to the reader when it reads, not to the log, on whose path this runs. */
    private boolean isReadable(Poll poll, long offset) {
        try {
            return poll.queue.read(offset, entry);
        } catch (CarillonException.Corrupt damaged) {
            return false;
        }
    }

    private static Poll linked(@Nullable Poll head, Poll poll) {
        poll.queueNext = head;
        if (head != null) {
            head.queuePrevious = poll;
        }
        poll.isInQueue = true;
        return poll;
    }

    private void unlink(Poll poll) {
        queues.computeIfPresent(poll.queue, (_, head) -> poll.isInQueue ? unlinked(head, poll) : head);
    }

    private static @Nullable Poll unlinked(@Nullable Poll head, Poll poll) {
        Poll previous = poll.queuePrevious;
        Poll next = poll.queueNext;
        if (previous != null) {
            previous.queueNext = next;
        }
        if (next != null) {
            next.queuePrevious = previous;
        }
        poll.queuePrevious = null;
        poll.queueNext = null;
        poll.isInQueue = false;
        return previous == null ? next : head;
    }

    /** Polls that left their queue's list, linked on by the same field, until they are resumed outside the bin's lock. */
    private static final class WokenChain {
        private @Nullable Poll first;

        void add(Poll poll) {
            poll.queueNext = first;
            first = poll;
        }

        void resume(LongPolls polls) {
            Poll poll = first;
            while (poll != null) {
                Poll next = poll.queueNext;
                poll.queueNext = null;
                if (poll.claim()) {
                    polls.wheel.remove(poll);
                    polls.count.decrementAndGet();
                    poll.resume();
                }
                poll = next;
            }
        }
    }

    /** Resumes those whose time is up. */
    @Override
    public int doWork() {
        return wheel.endDue(ticker.nanoTime(), due -> {
            Poll poll = (Poll) due;
            boolean isOurs = poll.claim();
            if (isOurs) {
                unlink(poll);
                count.decrementAndGet();
                poll.resume();
            }
            return isOurs;
        });
    }

    @Override
    public long restNs() {
        return wheel.restNs(ticker.nanoTime());
    }

    @Override
    public void wakeBy(Runnable waker) {
        this.waker = waker;
    }

    @Override
    public String name() {
        return "long-polls";
    }
}
