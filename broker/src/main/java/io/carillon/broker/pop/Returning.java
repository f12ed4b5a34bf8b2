package io.carillon.broker.pop;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.retry.PopCopy;
import io.carillon.log.AppendBatch;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.MessageRecord;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives back what was not settled in time: a copy goes to the topic of the group's retries, or to its dead letters when
 * it was tried too often, and the same entry of the log says that the message is in flight no more. After a crash both
 * are there or neither, so it is neither lost nor doubled.
 */
final class Returning {
    private static final Logger LOG = System.getLogger(Returning.class.getName());
    private static final int BYTES_MAX = 256 << 10;
    /** RocketMQ's clients look for what they popped and did not settle in one queue. */
    private static final int RETRY_QUEUES = 1;

    private static final long PAUSE_MS = 1000;
    private static final int IDLE_MAX = 4;

    private final MessageLog log;
    private final Topics topics;
    private final Groups groups;
    private final Journal journal;
    private final Supplier<byte[]> storeHost;
    private final Ticker ticker;
    private final Executor blocking;
    private final Again again;
    private final ArrayBlockingQueue<Load> idle = new ArrayBlockingQueue<>(IDLE_MAX);
    private final LongAdder returned;
    private final LongAdder dead;

    /** Told when messages stay in flight for now, and when the queue must be looked at again. */
    @FunctionalInterface
    interface Again {
        void lookAt(LiveQueue queue, long atMs);
    }

    Returning(
            MessageLog log,
            Topics topics,
            Groups groups,
            Journal journal,
            Supplier<byte[]> storeHost,
            Ticker ticker,
            Executor blocking,
            Again again,
            Counters counters) {
        this.log = log;
        this.topics = topics;
        this.groups = groups;
        this.journal = journal;
        this.storeHost = storeHost;
        this.ticker = ticker;
        this.blocking = blocking;
        this.again = again;
        returned = counters.counter("messages_returned");
        dead = counters.counter("messages_dead");
    }

    /** Whether a consumer had what comes back. */
    enum Kind {
        TRIED,
        /** Nobody got to see it: it was tried as often as before. */
        UNTRIED
    }

    /** Brings copies of these into the log; they are {@link LiveFlight#LEAVING}. May be told before it returns. */
    void start(LiveQueue queue, long[] offsets, Kind kind) {
        try {
            blocking.execute(() -> run(queue, offsets, kind));
        } catch (RejectedExecutionException _) {
            // The process stops; what is in flight is in the log, and is given back after the next start.
        }
    }

    private void run(LiveQueue queue, long[] offsets, Kind kind) {
        try {
            bring(queue, offsets, kind);
        } catch (RuntimeException e) {
            failed(queue, offsets, e);
        }
    }

    private void failed(LiveQueue queue, long[] offsets, RuntimeException fault) {
        LOG.log(Level.ERROR, "messages were not given back, and are tried again: queue=" + queue.key(), fault);
        stay(queue, offsets);
    }

    private void stay(LiveQueue queue, long[] offsets) {
        long atMs = ticker.nowMs() + PAUSE_MS;
        queue.stay(offsets, atMs);
        again.lookAt(queue, atMs);
    }

    /** Copies that go into the log together. Used again when it was told. */
    private final class Load {
        private final PopCopy copy = new PopCopy(this::arrived);
        private @Nullable LiveQueue queue;
        private long[] offsets = new long[64];
        private int count;
        private int deadCount;

        void put(long offset, boolean isDead) {
            offsets = count == offsets.length ? Arrays.copyOf(offsets, 2 * count) : offsets;
            offsets[count++] = offset;
            deadCount += isDead ? 1 : 0;
        }

        private void arrived(AppendBatch batch) {
            LiveQueue from = Objects.requireNonNull(queue);
            long[] moved = Arrays.copyOf(offsets, count);
            if (batch.refusal() == null) {
                from.left(moved);
                returned.add(count - deadCount);
                dead.add(deadCount);
            }
            boolean isRefused = batch.refusal() != null;
            free();
            if (isRefused) {
                stay(from, moved);
            }
        }

        void free() {
            queue = null;
            count = 0;
            deadCount = 0;
            copy.clear();
            idle.offer(this);
        }
    }

    private Load load(LiveQueue queue) {
        Load idleOne = idle.poll();
        Load load = idleOne == null ? new Load() : idleOne;
        load.queue = queue;
        return load;
    }

    private void bring(LiveQueue queue, long[] offsets, Kind kind) {
        ConsumerGroup group = groups.find(queue.key().group());
        if (group == null || queue.isGone()) {
            return;
        }
        Load load = load(queue);
        for (int i = 0; i < offsets.length; i++) {
            Topic missing;
            try {
                missing = bring(load, group, queue, offsets[i], kind);
            } catch (RuntimeException e) {
                // Those before are on their way: to try them again, too, would bring them twice.
                append(load);
                failed(queue, Arrays.copyOfRange(offsets, i, offsets.length), e);
                return;
            }
            if (missing != null) {
                append(load);
                makeThenGoOn(missing, queue, Arrays.copyOfRange(offsets, i, offsets.length), kind);
                return;
            }
            if (load.copy.batch().end() >= BYTES_MAX) {
                append(load);
                load = load(queue);
            }
        }
        append(load);
    }

    /** Adds one message to the load, if it can be; returns the topic that must be made before. */
    private @Nullable Topic bring(Load load, ConsumerGroup group, LiveQueue queue, long offset, Kind kind) {
        MemorySegment record = record(queue, offset);
        if (record == null) {
            queue.lost(offset);
            journal.changed(queue);
            return null;
        }
        boolean isDead = kind == Kind.TRIED && MessageRecord.reconsumeTimes(record, 0) >= group.retryMax();
        Topic to = target(queue, isDead);
        TopicState topic = topics.find(to.name());
        if (topic == null) {
            return to;
        }
        String origin = isDead ? queue.topic() : "";
        if (!topic.config().isWritable() || !add(load, queue, offset, kind, new Copied(record, topic, origin))) {
            stay(queue, new long[] {offset});
        } else {
            load.put(offset, isDead);
        }
        return null;
    }

    private @Nullable MemorySegment record(LiveQueue queue, long offset) {
        QueueEntry entry = new QueueEntry();
        return queue.queue().read(offset, entry) ? log.record(entry.logOffset) : null;
    }

    private static Topic target(LiveQueue queue, boolean isDead) {
        String group = queue.key().group();
        if (isDead) {
            return Topic.of(TopicName.deadLetterOf(group), 1);
        }
        boolean isRetry = queue.kind() != RetryKind.NONE;
        return Topic.of(isRetry ? queue.key().topic() : TopicName.popRetryOf(queue.topic(), group), RETRY_QUEUES);
    }

    private void makeThenGoOn(Topic to, LiveQueue queue, long[] offsets, Kind kind) {
        topics.createIfAbsent(to, refusal -> {
            if (refusal == null) {
                start(queue, offsets, kind);
            } else {
                stay(queue, offsets);
            }
        });
    }

    /** What is copied, where to, and from which topic it came at first, empty when it says so itself. */
    private record Copied(MemorySegment record, TopicState topic, String origin) {}

    private boolean add(Load load, LiveQueue queue, long offset, Kind kind, Copied of) {
        try {
            switch (kind) {
                case TRIED ->
                    load.copy.add(of.record(), of.topic(), of.origin(), storeHost.get(), queue.poppedMs(offset));
                case UNTRIED -> load.copy.addUntried(of.record(), of.topic(), storeHost.get());
            }
        } catch (IllegalArgumentException e) {
            LOG.log(
                    Level.WARNING,
                    "a message cannot be given back, and stays in flight: queue=" + queue.key() + " offset=" + offset,
                    e);
            return false;
        }
        return true;
    }

    private void append(Load load) {
        LiveQueue queue = load.queue;
        if (load.count == 0 || queue == null) {
            load.free();
        } else {
            long[] moved = Arrays.copyOf(load.offsets, load.count);
            journal.append(load.copy.batch(), queue, moved, fault -> {
                load.free();
                if (fault != null) {
                    failed(queue, moved, fault);
                }
            });
        }
    }
}
