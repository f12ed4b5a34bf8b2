package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import io.carillon.broker.access.AccessLog;
import io.carillon.broker.access.AccessState;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.LogListener;
import io.carillon.log.MessageLog;
import io.carillon.schedule.ScheduleState;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Topics, groups and offsets as one state machine over the log's METADATA entries. What they hold is a function of the
 * log alone: a change takes effect where its entry is applied, never where it is asked for.
 *
 * <p>Made before the log, since the log restores and replays it while it opens: {@code new ReplicatedState}, {@link
 * MessageLog#open} with it as the listener, {@link #attach}. Nothing can be changed before the last step.
 *
 * <p>A snapshot, numbers big-endian; the log adds a checksum:
 *
 * <pre>
 * magic 4 "CRST" | version 2 (0, 3) | index of the last applied entry 8
 * then four parts, each length 4 and bytes: topics, groups, offsets, schedule (not in version 1)
 * then parts that bear a tag (from version 3 on): count 1, then each: tag 1, length 4, bytes
 *   1 halves of transactions that are decided
 *   2 what is in flight, and how groups get messages
 *   3 users and policies
 *   6 locks of queues
 *   5 members of the broker's group, and what they sign with
 *   4 administration: resets of offsets that stand, topics that groups must not read
 * </pre>
 */
public final class ReplicatedState implements LogListener {
    private static final int MAGIC = 0x43525354;
    private static final int SNAPSHOT_VERSION = 3;
    private static final int FIRST_WITH_TAGS = 3;

    /** Told that messages {@code [from, to)} of a queue became readable, on the log's own path: must be quick. */
    @FunctionalInterface
    public interface ReadableListener {
        void onReadable(ConsumeQueue queue, long from, long to);
    }

    /** Told, when a reset of offsets is in force, for each of its queues; on the log's own path: must be quick. */
    @FunctionalInterface
    public interface ResetListener {
        void onReset(String group, String topic, int queue, long offset);
    }

    private final Topics topics;
    private final Groups groups;
    private final Offsets offsets;
    private final ForbiddenTopics forbidden;
    private final ScheduleState schedule = new ScheduleState();
    private final Halves halves = new Halves();
    private final AccessState access = new AccessState();
    private final PopState pops;
    private final RequestModes requestModes;
    private final Members members;
    private final LockTable locks;
    private final Ticker ticker;
    private volatile @Nullable MetadataLog log;
    private static final ReadableListener NO_READER = (_, _, _) -> {};
    private static final ResetListener NO_RESETS = (_, _, _, _) -> {};

    private volatile ReadableListener readable = NO_READER;
    private volatile ResetListener resets = NO_RESETS;
    /** In the order in which they stand in a snapshot. */
    private final List<TaggedPart> tagged;

    private long appliedIndex = -1;

    /** A part of the snapshot that bears a tag, so that parts can come and go without a new version. */
    private record TaggedPart(int tag, String name, Consumer<ByteReader> restore, Consumer<ByteWriter> snapshot) {}

    public ReplicatedState(Ticker ticker) {
        this.ticker = ticker;
        topics = new Topics(ticker, this::log);
        groups = new Groups(ticker, this::log);
        offsets = new Offsets(ticker, this::log);
        pops = new PopState(ticker);
        requestModes = new RequestModes(ticker, this::log);
        members = new Members(ticker, this::log);
        locks = new LockTable(ticker, this::log);
        forbidden = new ForbiddenTopics(ticker, this::log);
        tagged = List.of(
                new TaggedPart(1, "halves", halves::restore, halves::snapshot),
                new TaggedPart(2, "pop", this::restorePops, this::snapshotPops),
                new TaggedPart(3, "access", this::restoreAccess, to -> to.putRaw(access.snapshot())),
                new TaggedPart(4, "administration", this::restoreAdministration, this::snapshotAdministration),
                new TaggedPart(5, "members", this::restoreMembers, members::snapshot),
                new TaggedPart(6, "locks", this::restoreLocks, locks::snapshot));
    }

    public Topics topics() {
        return topics;
    }

    public Groups groups() {
        return groups;
    }

    public Offsets offsets() {
        return offsets;
    }

    /** Which topics groups must not read. */
    public ForbiddenTopics forbidden() {
        return forbidden;
    }

    /** Which messages that were due later have left. */
    public ScheduleState schedule() {
        return schedule;
    }

    /** Which messages are in flight. */
    public PopState pops() {
        return pops;
    }

    /** How groups get the messages of a topic. */
    public RequestModes requestModes() {
        return requestModes;
    }

    /** Where the members of this broker's group are. */
    public Members members() {
        return members;
    }

    /** Who held queues to consume them in order. */
    public LockTable locks() {
        return locks;
    }

    /** The entry of the log that makes this change to {@link #schedule}. */
    public byte[] scheduleEntry(byte[] change) {
        return CommandCodec.encode(new Command.ChangeSchedule(ticker.nowMs(), ByteBuffer.wrap(change)));
    }

    /** Which halves of transactions are decided. */
    public Halves halves() {
        return halves;
    }

    /** The entry of the log that has these halves decided, by their queue offsets. */
    public byte[] decisionEntry(List<Long> decided) {
        return CommandCodec.encode(new Command.DecideHalves(ticker.nowMs(), decided));
    }

    /** Users and policies. */
    public AccessState access() {
        return access;
    }

    /** Writes a change to {@link #access}; told when it is durable and in force. */
    public void changeAccess(byte[] change, AccessLog.Written written) {
        Command command = new Command.ChangeAccess(ticker.nowMs(), ByteBuffer.wrap(change));
        log().append(CommandCodec.encode(command), written::done);
    }

    /** Hands over the log that changes are appended to. */
    public void attach(MessageLog opened) {
        attach(MetadataLog.of(opened));
    }

    void attach(MetadataLog opened) {
        log = opened;
    }

    private MetadataLog log() {
        MetadataLog attached = log;
        if (attached == null) {
            throw new IllegalStateException("the replicated state has no log yet");
        }
        return attached;
    }

    /** Who is told from now on; one at a time. */
    public void onReadable(ReadableListener listener) {
        readable = listener;
    }

    /** Who is told of resets from now on; one at a time. */
    public void onReset(ResetListener listener) {
        resets = listener;
    }

    /** Tells nobody any more of what becomes readable, of resets, and of what is in flight. */
    public void forgetListeners() {
        readable = NO_READER;
        resets = NO_RESETS;
        pops.forgetListener();
    }

    @Override
    public void onReadable(ConsumeQueue queue, long from, long to) {
        readable.onReadable(queue, from, to);
    }

    /**
     * Applies an entry, unless the restored snapshot contains it already.
     *
     * @throws io.carillon.base.CarillonException.Corrupt when it is not wholly understood: to go on would make a state
     *     that differs from that of another replica
     */
    @Override
    public void onMetadata(long index, ByteBuffer entry) {
        if (index <= appliedIndex) {
            return;
        }
        apply(CommandCodec.decode(entry, index));
        appliedIndex = index;
    }

    @Override
    public @Nullable String deletedTopic(ByteBuffer entry) {
        return CommandCodec.deletedTopic(entry);
    }

    @Override
    public boolean hasTopic(String name) {
        return topics.find(name) != null;
    }

    @Override
    public long dueQueueStart(int hour) {
        return schedule.firstPending(hour);
    }

    private void apply(Command command) {
        switch (command) {
            case Command.PutTopics put -> topics.apply(put);
            case Command.DeleteTopic delete -> deleteTopic(delete);
            case Command.PutGroups put -> groups.apply(put);
            case Command.DeleteGroup delete -> {
                groups.apply(delete);
                forbidden.removeGroup(delete.name());
                pops.removeGroup(delete.name());
                locks.removeGroup(delete.name());
                if (delete.withOffsets()) {
                    offsets.removeGroup(delete.name());
                }
            }
            case Command.PutOffsets put -> offsets.apply(put, topics, pops::moved);
            case Command.ChangeSchedule change -> schedule.apply(change.change().duplicate());
            case Command.ChangePops change -> pops.apply(change, topics, groups, offsets);
            case Command.PutRequestMode put -> requestModes.apply(put);
            case Command.ChangeAccess change -> access.apply(change.change().duplicate());
            case Command.DecideHalves decide -> halves.apply(decide);
            case Command.ResetOffsets reset -> resetOffsets(reset);
            case Command.SettleReset settle -> offsets.apply(settle);
            case Command.PutMember put -> members.apply(put);
            case Command.PutGroupKey put -> members.apply(put);
            case Command.PutLocks put -> locks.apply(put);
            case Command.ForbidTopic forbid -> forbidden.apply(forbid, groups, topics);
        }
    }

    private void resetOffsets(Command.ResetOffsets reset) {
        offsets.apply(reset, topics);
        for (Command.Commit one : reset.offsets()) {
            pops.reset(one);
            resets.onReset(one.group(), one.topic(), one.queue(), one.offset());
        }
    }

    private void deleteTopic(Command.DeleteTopic delete) {
        if (topics.apply(delete)) {
            offsets.removeTopic(delete.name());
            forbidden.removeTopic(delete.name());
            pops.removeTopic(delete.name());
            locks.removeTopic(delete.name());
            requestModes.removeTopic(delete.name());
        }
    }

    @Override
    public void restore(ByteBuffer snapshot) {
        ByteReader from = new ByteReader(snapshot, "metadata snapshot");
        if (from.readInt() != MAGIC) {
            throw from.fault("it does not begin with CRST");
        }
        int version = from.readByte() << 8 | from.readByte();
        if (version < 1 || version > SNAPSHOT_VERSION) {
            throw from.fault("version " + version + ", this program knows 1 to " + SNAPSHOT_VERSION);
        }
        appliedIndex = from.readLong();
        topics.restore(from.part(from.readInt(), "topics"));
        groups.restore(from.part(from.readInt(), "groups"));
        offsets.restore(from.part(from.readInt(), "offsets"));
        if (version > 1) {
            schedule.restore(ByteBuffer.wrap(from.readRaw(from.readInt())));
        }
        for (int left = version >= FIRST_WITH_TAGS ? from.readByte() : 0; left > 0; left--) {
            restoreTagged(from);
        }
        from.end();
    }

    private void restoreTagged(ByteReader from) {
        int tag = from.readByte();
        for (TaggedPart part : tagged) {
            if (part.tag() == tag) {
                part.restore().accept(from.part(from.readInt(), part.name()));
                return;
            }
        }
        throw from.fault("a part has the tag " + tag + ", which this program does not know");
    }

    private void restorePops(ByteReader from) {
        pops.restore(from);
        requestModes.restore(from);
        from.end();
    }

    private void snapshotPops(ByteWriter to) {
        pops.snapshot(to);
        requestModes.snapshot(to);
    }

    private void restoreMembers(ByteReader from) {
        members.restore(from);
        from.end();
    }

    private void restoreLocks(ByteReader from) {
        locks.restore(from);
        from.end();
    }

    private void restoreAccess(ByteReader from) {
        access.restore(ByteBuffer.wrap(from.readRaw(from.remaining())));
    }

    private void restoreAdministration(ByteReader from) {
        offsets.restoreResets(from);
        forbidden.restore(from);
        from.end();
    }

    private void snapshotAdministration(ByteWriter to) {
        offsets.snapshotResets(to);
        forbidden.snapshot(to);
    }

    @Override
    public ByteBuffer snapshot() {
        ByteWriter to = new ByteWriter(4096);
        to.putInt(MAGIC);
        to.putByte(SNAPSHOT_VERSION >> 8);
        to.putByte(SNAPSHOT_VERSION);
        to.putLong(appliedIndex);
        putPart(to, topics::snapshot);
        putPart(to, groups::snapshot);
        putPart(to, offsets::snapshot);
        putPart(to, part -> part.putRaw(schedule.snapshot()));
        to.putByte(tagged.size());
        for (TaggedPart part : tagged) {
            to.putByte(part.tag());
            putPart(to, part.snapshot());
        }
        return ByteBuffer.wrap(to.copy());
    }

    private static void putPart(ByteWriter to, Consumer<ByteWriter> part) {
        ByteWriter bytes = new ByteWriter(1024);
        part.accept(bytes);
        to.putInt(bytes.length());
        to.putRaw(bytes);
    }
}
