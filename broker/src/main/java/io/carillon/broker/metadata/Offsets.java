package io.carillon.broker.metadata;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Command.Commit;
import io.carillon.log.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How far each group has consumed each queue. A commit counts at once for this broker and is written to the log at most
 * once per 100 ms, for all groups together; what somebody was told is always durable (promise P5). Any thread may call.
 *
 * <p>Only the agent writes, so a queue's offsets reach the log in the order in which they were committed. Whoever waits
 * for durability wakes it, and shares one entry with all who wait at that moment.
 */
public final class Offsets implements Agent {
    /** What {@link Answer} is told when the log refuses to make the first commit of a queue durable. */
    public static final long UNKNOWN = -2;

    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int ENTRY_BYTES_MAX = 32 * 1024;

    private final OffsetTable table = new OffsetTable();
    private final Queue<OffsetCell> dirty = new ConcurrentLinkedQueue<>();
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAwake = new AtomicBoolean();
    /** How many cells have a reset: readers look no further while there is none. */
    private final AtomicInteger resets = new AtomicInteger();

    private final Ticker ticker;
    private final Supplier<MetadataLog> log;
    private volatile Refusals refusals = new Refusals(0, Refusal.CLOSED);
    private volatile DataVersion version = DataVersion.NONE;
    private volatile Runnable waker = () -> {};
    private long writtenNs;

    /** @param refusalsBefore how many writes had been refused when the wait began: one more, and it is in doubt */
    private record Waiter(int refusalsBefore, Change change) {}

    private record Refusals(int count, Refusal last) {}

    Offsets(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
        this.writtenNs = ticker.nanoTime() - INTERVAL_NS;
    }

    /** The offset that was committed last, durable or not; -1 when there is none. For the broker's own decisions. */
    public long current(String group, String topic, int queue) {
        OffsetCell cell = table.find(group, topic, queue);
        return cell == null ? OffsetCell.NONE : cell.current();
    }

    /** Told once, any thread. */
    @FunctionalInterface
    public interface Answer {
        /**
         * @param offset -1 when nothing is committed; {@link #UNKNOWN} when something is, but the log refuses to keep
         *     it, so that it cannot be told: ask again later
         */
        void done(long offset);
    }

    /** Tells the committed offset once it is durable, so that nobody ever sees it go back. */
    public void query(String group, String topic, int queue, Answer answer) {
        OffsetCell cell = table.find(group, topic, queue);
        if (cell == null) {
            answer.done(OffsetCell.NONE);
        } else if (cell.isPending()) {
            await(refusal -> answer.done(told(cell.applied(), refusal)));
        } else {
            answer.done(cell.applied());
        }
    }

    /** After a refusal an older offset is still safe to tell; to tell that there is none would skip messages. */
    private static long told(long applied, @Nullable Refusal refusal) {
        return refusal != null && applied < 0 ? UNKNOWN : applied;
    }

    /**
     * Commits; durable soon. Any value is accepted, also a smaller one; but none while a {@link #reset} stands.
     *
     * @return whether it counts
     */
    public boolean commit(String group, String topic, int queue, long offset) {
        checkQueue(queue);
        OffsetCell cell = table.findOrMake(group, topic, queue);
        OffsetCell.Committed committed = cell.commit(offset);
        if (committed == OffsetCell.Committed.FIRST) {
            dirty.add(cell);
            if (!isAwake.get()) {
                wake();
            }
        }
        return committed != OffsetCell.Committed.IGNORED;
    }

    /**
     * Commits, and tells when it is durable; when it does not count, at once.
     *
     * @return whether it counts
     */
    public boolean commit(String group, String topic, int queue, long offset, Change change) {
        if (!commit(group, topic, queue, offset)) {
            change.done(null);
            return false;
        }
        await(change);
        return true;
    }

    /** Whether a commit of this offset would not count, since a reset stands. */
    public boolean ignores(String group, String topic, int queue, long offset) {
        OffsetCell cell = resets.get() == 0 ? null : table.find(group, topic, queue);
        return cell != null && cell.ignores(offset);
    }

    /**
     * Lets a group go on from other offsets in these queues of a topic, whatever its consumers commit until they have
     * gone on from there; also when none is connected. In force, for all queues or none, when the change is told.
     *
     * @throws IllegalArgumentException when a name or the number of a queue is not allowed
     */
    public void reset(String group, String topic, Map<Integer, Long> offsets, Change change) {
        Names.group(group);
        Names.topic(topic);
        List<Commit> wanted = new ArrayList<>();
        new TreeMap<>(offsets).forEach((queue, offset) -> {
            checkQueue(queue);
            wanted.add(new Commit(group, topic, queue, offset));
        });
        byte[] entry = CommandCodec.encode(new Command.ResetOffsets(ticker.nowMs(), wanted));
        log.get().append(entry, change::done);
    }

    /**
     * What a reader of a queue must be told before it may read. Each asker is told once; the reset is taken by whoever
     * reads from there, and also by one who was told and goes on elsewhere: it keeps its progress by itself.
     *
     * @param offset where it wants to read
     * @param asker the reader's connection, or whatever it is known by; compared by identity
     * @return the offset to go on from; -1 when no reset stands, or none that it must be told
     */
    public long resetFor(String group, String topic, int queue, long offset, Object asker) {
        if (resets.get() == 0) {
            return OffsetCell.NONE;
        }
        OffsetCell cell = table.find(group, topic, queue);
        OffsetReset told = cell == null ? null : cell.resetToTell(offset, asker);
        if (cell != null && told == null) {
            take(cell);
        }
        return told == null ? OffsetCell.NONE : told.offset;
    }

    /**
     * Takes a reset on behalf of consumers whose progress the broker itself keeps: the queue's readers go on from there.
     *
     * @return the offset to go on from; -1 when no reset stands
     */
    public long takeReset(String group, String topic, int queue) {
        OffsetCell cell = resets.get() == 0 ? null : table.find(group, topic, queue);
        return cell == null ? OffsetCell.NONE : take(cell);
    }

    /** What is committed from now on stands behind the entry in the log. Refused, the reset stands as before. */
    private long take(OffsetCell cell) {
        OffsetReset reset = cell.resetToTake();
        if (reset == null) {
            return OffsetCell.NONE;
        }
        Command.SettleReset settle =
                new Command.SettleReset(ticker.nowMs(), cell.group(), cell.topic(), cell.queue(), reset.id);
        cell.resetTaken(reset, true);
        log.get().append(CommandCodec.encode(settle), refusal -> cell.resetTaken(reset, refusal == null));
        return reset.offset;
    }

    /** How many resets stand that no consumer has taken. */
    public int resetCount() {
        return resets.get();
    }

    private static void checkQueue(int queue) {
        if (queue < 0 || queue > Names.QUEUES_MAX) {
            throw new IllegalArgumentException("no queue has the number " + queue);
        }
    }

    /** Tells when all that was committed so far is durable. */
    public void whenDurable(Change change) {
        await(change);
    }

    private void await(Change change) {
        waiters.add(new Waiter(refusals.count(), change));
        wake();
    }

    private void wake() {
        if (isAwake.compareAndSet(false, true) || !waiters.isEmpty()) {
            waker.run();
        }
    }

    /** The durable offsets of a group by topic and queue number. */
    public Map<String, Map<Integer, Long>> of(String group) {
        return table.applied(group);
    }

    /** The groups that have durable offsets in a topic. */
    public Set<String> groupsOf(String topic) {
        return table.groupsOf(topic);
    }

    /** All groups that have committed anything. */
    public Set<String> groups() {
        return table.groups();
    }

    public DataVersion version() {
        return version;
    }

    @Override
    public void wakeBy(Runnable wakes) {
        waker = wakes;
    }

    @Override
    public int doWork() {
        if (waiters.isEmpty() && (dirty.isEmpty() || untilNextWriteNs() > 0)) {
            return 0;
        }
        return write();
    }

    /** Writes everything that is committed so far, without regard to the interval; for a stop. As {@link #doWork}. */
    public int write() {
        writtenNs = ticker.nanoTime();
        isAwake.set(false);
        List<Waiter> told = drain(waiters);
        List<OffsetCell> cells = drain(dirty);
        int from = 0;
        do {
            List<OffsetCell> taken = new ArrayList<>();
            List<Commit> commits = new ArrayList<>();
            from = take(cells, from, taken, commits);
            append(commits, taken, from == cells.size() ? told : List.of());
        } while (from < cells.size());
        return cells.size() + told.size();
    }

    private static <T> List<T> drain(Queue<T> queue) {
        List<T> drained = new ArrayList<>();
        for (T next = queue.poll(); next != null; next = queue.poll()) {
            drained.add(next);
        }
        return drained;
    }

    /** Takes cells until an entry is full; returns the number of the next one. */
    private static int take(List<OffsetCell> cells, int from, List<OffsetCell> taken, List<Commit> commits) {
        int bytes = 0;
        int next = from;
        while (next < cells.size() && bytes < ENTRY_BYTES_MAX) {
            OffsetCell cell = cells.get(next++);
            Commit commit = cell.take();
            if (commit != null) {
                taken.add(cell);
                commits.add(commit);
                bytes += commit.group().length() + commit.topic().length() + 16;
            }
        }
        return next;
    }

    /** An entry without commits is written for waiters alone: when it is durable, so is all before it. */
    private void append(List<Commit> commits, List<OffsetCell> cells, List<Waiter> told) {
        if (commits.isEmpty() && told.isEmpty()) {
            return;
        }
        byte[] entry = CommandCodec.encode(new Command.PutOffsets(ticker.nowMs(), commits));
        log.get().append(entry, refusal -> settle(cells, told, refusal));
    }

    private void settle(List<OffsetCell> cells, List<Waiter> told, @Nullable Refusal refusal) {
        for (OffsetCell cell : cells) {
            if (cell.settle(refusal != null)) {
                dirty.add(cell);
            }
        }
        if (refusal != null) {
            countRefusal(refusal);
        }
        Refusals now = refusals;
        for (Waiter waiter : told) {
            boolean inDoubt = waiter.refusalsBefore() != now.count();
            waiter.change().done(refusal != null ? refusal : inDoubt ? now.last() : null);
        }
    }

    private synchronized void countRefusal(Refusal refusal) {
        refusals = new Refusals(refusals.count() + 1, refusal);
    }

    private long untilNextWriteNs() {
        return INTERVAL_NS - (ticker.nanoTime() - writtenNs);
    }

    @Override
    public long restNs() {
        if (!waiters.isEmpty()) {
            return 0;
        }
        return dirty.isEmpty() ? IDLE_NS : Math.max(0, untilNextWriteNs());
    }

    @Override
    public String name() {
        return "offsets";
    }

    /** Commits in topics that do not exist at this place of the log are nothing: the topic was deleted before. */
    void apply(Command.PutOffsets put, Topics topics) {
        for (Commit commit : put.commits()) {
            if (topics.find(commit.topic()) != null) {
                table.findOrMake(commit.group(), commit.topic(), commit.queue()).apply(commit.offset());
            }
        }
        if (!put.commits().isEmpty()) {
            version = version.next(put.timestampMs());
        }
    }

    /** In queues of topics that do not exist at this place of the log there is nothing to go on from. */
    void apply(Command.ResetOffsets reset, Topics topics) {
        for (Commit wanted : reset.offsets()) {
            if (topics.find(wanted.topic()) != null) {
                applyReset(wanted, reset.timestampMs());
            }
        }
        version = version.next(reset.timestampMs());
    }

    private void applyReset(Commit wanted, long id) {
        OffsetCell cell = table.findOrMake(wanted.group(), wanted.topic(), wanted.queue());
        if (cell.apply(new OffsetReset(id, wanted.offset()))) {
            resets.incrementAndGet();
        }
    }

    void apply(Command.SettleReset settle) {
        OffsetCell cell = table.find(settle.group(), settle.topic(), settle.queue());
        if (cell != null && cell.settleReset(settle.id())) {
            resets.decrementAndGet();
        }
    }

    /** How far a group is because of what it popped and settled; its topic is known to exist. */
    void apply(String group, String topic, int queue, long offset, long timestampMs) {
        table.findOrMake(group, topic, queue).apply(offset);
        version = version.next(timestampMs);
    }

    void removeTopic(String topic) {
        resets.addAndGet(-table.removeTopic(topic));
    }

    void removeGroup(String group) {
        resets.addAndGet(-table.removeGroup(group));
    }

    /** Count, then each: group, topic, queue, id 8, offset 8. */
    void snapshotResets(ByteWriter to) {
        List<OffsetCell> cells = table.withReset();
        to.putVar(cells.size());
        for (OffsetCell cell : cells) {
            OffsetReset reset = Objects.requireNonNull(cell.reset());
            to.putText(cell.group());
            to.putText(cell.topic());
            to.putVar(cell.queue());
            to.putLong(reset.id);
            to.putLong(reset.offset);
        }
    }

    /** After {@link #restore}. */
    void restoreResets(ByteReader from) {
        int count = from.readCount();
        for (int i = 0; i < count; i++) {
            String group = CommandCodec.readGroupName(from);
            String topic = CommandCodec.readTopicName(from);
            int queue = from.readSmall(Names.QUEUES_MAX);
            long id = from.readLong();
            applyReset(new Commit(group, topic, queue, from.readLong()), id);
        }
    }

    void snapshot(ByteWriter to) {
        version.put(to);
        table.snapshot(to);
    }

    void restore(ByteReader from) {
        version = DataVersion.read(from);
        table.restore(from);
        from.end();
    }
}
