package io.carillon.broker.metadata;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Command.Commit;
import io.carillon.log.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How far each group has consumed each queue. A commit counts at once for this broker and is written to the log soon, for
 * all groups together; what somebody was told is always durable (promise P5). Any thread may call.
 *
 * <p>Only the agent writes, so a queue's offsets reach the log in the order in which they were committed. Whoever waits
 * for durability wakes it, and shares one entry with all who wait at that moment.
 */
public final class Offsets implements Agent {
    /** What {@link Answer} is told when the log refuses to make the first commit of a queue durable. */
    public static final long UNKNOWN = -2;

    private final OffsetTable table = new OffsetTable();
    /** How many cells have a reset: readers look no further while there is none. */
    private final AtomicInteger resets = new AtomicInteger();

    private final Ticker ticker;
    private final Supplier<MetadataLog> log;
    private final OffsetWriter writer;
    private volatile DataVersion version = DataVersion.NONE;

    Offsets(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
        writer = new OffsetWriter(ticker, log);
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
            writer.await(refusal -> answer.done(told(cell.applied(), refusal)));
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
            writer.add(cell);
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
        writer.await(change);
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

    /**
     * Notes up to where consumers of a group were given the messages of a queue. Known to this broker alone, and
     * forgotten when it stops: it says what is on its way to be consumed, and nothing is decided by it.
     */
    public void handedOut(String group, String topic, int queue, long next) {
        table.findOrMake(group, topic, queue).handedOut(next);
    }

    /** Up to where consumers of a group were given the messages of a queue; -1 when this broker does not know. */
    public long handedOut(String group, String topic, int queue) {
        OffsetCell cell = table.find(group, topic, queue);
        return cell == null ? OffsetCell.NONE : cell.handedOut();
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
        writer.await(change);
    }

    /** As the other, for what one group committed; at once when all of that is durable already. */
    public void whenDurable(String group, Change change) {
        if (table.isPending(group)) {
            writer.await(change);
        } else {
            change.done(null);
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
        writer.wakeBy(wakes);
    }

    @Override
    public int doWork() {
        return writer.writeIfDue();
    }

    /** Writes everything that is committed so far, without regard to the interval; for a stop. As {@link #doWork}. */
    public int write() {
        return writer.write();
    }

    /**
     * Goes back to what the log holds: whoever committed more hears from another broker now. The agent has stopped; whoever
     * waits is told that it was refused.
     */
    public void forgetUnwritten() {
        writer.forget(Refusal.NOT_LEADER);
        table.forgetUnwritten();
    }

    @Override
    public long restNs() {
        return writer.restNs();
    }

    @Override
    public String name() {
        return "offsets";
    }

    /**
     * Commits in topics that do not exist at this place of the log are nothing: the topic was deleted before.
     *
     * @param moved told of those that count
     */
    void apply(Command.PutOffsets put, Topics topics, Consumer<Commit> moved) {
        for (Commit commit : put.commits()) {
            if (topics.find(commit.topic()) != null
                    && table.findOrMake(commit.group(), commit.topic(), commit.queue())
                            .apply(commit.offset())) {
                moved.accept(commit);
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
