package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the log of a broker group. Everything that is stored goes through {@link #append} and {@link #appendMetadata};
 * everything that is read comes from {@link ConsumeQueue} and {@link #copy}. Any thread may call.
 */
public final class MessageLog implements AutoCloseable {
    /** A unique id stands in the log as scheduled and as delivered; more often only by a client's own doing. */
    private static final int SCHEDULED_TRIES = 16;

    private static final int GROUP_BYTES_MAX = 192 << 10;

    private static final String UNKNOWN_RUN = "unknown";

    private static final Logger LOG = System.getLogger(MessageLog.class.getName());

    /** How many messages of one hash a query looks at: they may be too old, too young, or of another key. */
    private static final int CANDIDATES_MAX = 4096;

    private volatile LogConfig config;
    private final Segments segments;
    private final Indexes indexes;
    private final Intake writer;
    private final @Nullable Replica replica;
    private final @Nullable ReplicaNotes notes;
    private final @Nullable ReplicaCopy replicaCopy;
    private final Flusher flusher;
    private final Publisher publisher;
    private final Checkpointer checkpointer;
    private final LogCopies copies;
    private final Retention retention;
    private final SpareFile spareFile;
    private final Scrub scrub;
    private final LogReader reader;

    private MessageLog(
            LogConfig config,
            Storage storage,
            Ticker ticker,
            LogListener listener,
            Counters counters,
            @Nullable String machineRun) {
        this.config = config;
        LogRestore.requireDone(storage);
        boolean isReplica = machineRun != null;
        ReplicaFile replicaFile = new ReplicaFile(storage);
        ReplicaFile.Content known = replicaFile.read();
        if (!isReplica && known != null) {
            throw new BadConfig("the data folder is one of a replica of a group, and its log is not this process' own:"
                    + " start it as a member of its group, or begin with an empty folder or a restored backup");
        }
        // What one process had for itself was settled when it was written.
        boolean isOfOne = known == null;
        Checkpoint checkpoint = new Checkpoint(storage);
        Opener.Opened opened = new Opener(config, storage, ticker, checkpoint, !isOfOne).open(listener);
        segments = opened.segments();
        indexes = opened.indexes();
        publisher = new Publisher(indexes.queues(), listener);
        flusher = new Flusher(segments, config, ticker, counters);
        reader = new LogReader(segments, publisher);
        if (machineRun != null) {
            Applier applier = new Applier(indexes, publisher, config, opened.applied(), opened.stateIndex());
            Proposer proposer = new Proposer(segments, indexes, listener, ticker, flusher, publisher, applier);
            writer = proposer;
            flusher.startAt(opened.storedOffset(), proposer, publisher);
            flusher.forceAll(opened.end().offset());
            publisher.startAt(opened.applied().offset(), opened.stateIndex());
            checkpointer = new Checkpointer(proposer, flusher, indexes, publisher, checkpoint, ticker, config);
            checkpointer.startAt(opened.storedOffset(), opened.applied());
            notes = new ReplicaNotes(
                    replicaFile, known == null ? settled(opened, replicaFile) : lastKnown(known, machineRun));
            boolean isForcing = config.flush() == LogConfig.Flush.SYNC;
            notes.opened(isForcing ? "" : machineRun);
            replica = new Replica(
                    segments,
                    flusher,
                    indexes,
                    listener,
                    applier,
                    proposer,
                    notes,
                    checkpointer::storedEnd,
                    isForcing,
                    opened.end());
        } else {
            LogWriter local = new LogWriter(segments, indexes, ticker, flusher, flusher::written, opened.end(), config);
            writer = local;
            replica = null;
            notes = null;
            flusher.startAt(opened.storedOffset(), local, publisher);
            local.writeMark();
            // What an earlier process wrote and did not force stands in the page cache at best: the mark's force is
            // for all.
            flusher.forceAll(local.appendedOffset());
            publisher.startAt(local.appendedOffset(), opened.end().nextIndex());
            checkpointer = new Checkpointer(writer, flusher, indexes, publisher, checkpoint, ticker, config);
            checkpointer.startAt(opened.storedOffset(), opened.applied());
        }
        copies = new LogCopies(
                segments, writer, flusher, storage, ticker, config, opened.end().nextIndex());
        replicaCopy = isReplica ? new ReplicaCopy(storage, copies::folders) : null;
        retention = new Retention(
                segments, indexes, writer, flusher, checkpointer, storage, ticker, config, copies, replica);
        spareFile = new SpareFile(segments, ticker, config);
        scrub = new Scrub(segments, storage, checkpointer::storedOffset, ticker, config);
        writer.onRoll(spareFile::want);
        writer.onFault(why -> LOG.log(
                Level.ERROR, "the log's writer failed, it takes nothing more until the server is started again", why));
        counters.gauge("log_bytes", segments::diskBytes);
        counters.gauge("log_index_unstored_bytes", writer::unstoredBytes);
        counters.gauge("log_copies", copies::count);
        counters.gauge("log_damages", scrub::damages);
        counters.gauge("log_offset_max", publisher::readableOffset);
        counters.gauge("log_offset_forced", flusher::forcedOffset);
    }

    /**
     * Opens the log of a data folder and recovers it: cuts the torn tail at the last whole entry, rebuilds what the
     * checkpoint does not cover, and restores and replays the listener's state.
     *
     * @throws Corrupt when an entry before the end is damaged: names file and offset; or when a restore into the folder was
     *     not finished
     * @throws StorageFault when the disk refuses
     */
    public static MessageLog open(
            LogConfig config, Storage storage, Ticker ticker, LogListener listener, Counters counters) {
        return new MessageLog(config, storage, ticker, listener, counters, null);
    }

    /**
     * Likewise, as one of several replicas: what stands behind the last checkpoint takes effect only when {@link
     * Replica#commit} says so, and what is appended is refused while this replica does not lead. A log that one process had
     * for itself becomes the one of the first replica, and all in it is settled. A copy of another replica's log that was
     * made into this folder replaces what is there.
     */
    public static MessageLog openReplica(
            LogConfig config, Storage storage, Ticker ticker, LogListener listener, Counters counters) {
        return openReplica(config, storage, ticker, listener, counters, UNKNOWN_RUN);
    }

    /**
     * Likewise.
     *
     * @param machineRun differs for every start of the machine, and stays for as long as it runs: with {@link
     *     LogConfig.Flush#ASYNC}, a replica whose process died has what it wrote if the machine went on, and else has no
     *     vote
     */
    public static MessageLog openReplica(
            LogConfig config,
            Storage storage,
            Ticker ticker,
            LogListener listener,
            Counters counters,
            String machineRun) {
        ReplicaCopy.setAsideCondemned(storage);
        ReplicaCopy.layOut(storage);
        return new MessageLog(config, storage, ticker, listener, counters, machineRun);
    }

    /** All in the log took effect; a checkpoint says so before the folder becomes one of a replica. */
    private ReplicaFile.Content settled(Opener.Opened opened, ReplicaFile file) {
        long next = opened.end().nextIndex();
        if (next > 1) {
            checkpointer.storeNow();
            if (checkpointer.storedEnd().nextIndex() != next || writer.state() == Refusal.FAULT) {
                throw new StorageFault("the checkpoint of the log could not be written", null);
            }
        }
        ReplicaFile.Content content = new ReplicaFile.Content(next, "", "", List.of());
        file.write(content);
        return content;
    }

    private static ReplicaFile.Content lastKnown(ReplicaFile.Content known, String machineRun) {
        boolean isClean =
                known.unforced().isEmpty() || (known.unforced().equals(machineRun) && !machineRun.equals(UNKNOWN_RUN));
        return isClean || !known.noVote().isEmpty()
                ? known
                : known.withNoVote(
                        "it told others that it had what was not forced to disk, and was not stopped in order");
    }

    /** The log as its consensus sees it; only of one that was opened as a replica. */
    public Replica replica() {
        return Objects.requireNonNull(replica, "the log was not opened as a replica");
    }

    /** The index of the last entry that the last checkpoint has: what is before it need never take effect again. */
    public long checkpointIndex() {
        return checkpointer.storedEnd().nextIndex() - 1;
    }

    /**
     * Keeps the log otherwise from now on, as to what may change while it is open: how much is kept and left free, when
     * it is forced and checkpointed, and what is taken to be in memory. All else stays as it was opened. Any thread.
     */
    public void reconfigure(LogConfig newConfig) {
        config = newConfig;
        segments.reconfigure(newConfig);
        flusher.reconfigure(newConfig);
        checkpointer.reconfigure(newConfig);
        retention.reconfigure(newConfig);
        scrub.reconfigure(newConfig);
    }

    /**
     * The agents that must run for as long as the log is open. The first one is the flusher, which
     * wants a thread of its own, the last one retention, which may take long. All may wait for the disk.
     */
    public List<Agent> agents() {
        return List.of(flusher, checkpointer, spareFile, scrub, retention);
    }

    /** Tells this, on an agent's thread, where the log is found to be damaged on its disk, for people; set before the agents run. */
    public void onDamage(Consumer<String> told) {
        scrub.onDamage(told);
    }

    /**
     * Appends a batch; the calling thread may write to the disk, but never waits for a force. The batch's completion is
     * run when its records are durable as the flush mode says, maybe before this method returns.
     */
    public void append(AppendBatch batch) {
        writer.append(batch);
    }

    /** Told once: null when the entry is durable and {@link LogListener#onMetadata} has returned for it. */
    @FunctionalInterface
    public interface MetadataCompletion {
        void done(@Nullable Refusal refusal);
    }

    /** Appends a change to the replicated state. The array must not be changed afterwards. */
    public void appendMetadata(byte[] entry, MetadataCompletion completion) {
        writer.append(new MetadataAppend(entry, completion));
    }

    /** Runs while no entry takes effect; must be quick. */
    public void betweenEntries(Runnable work) {
        publisher.exclusively(work);
    }

    /** The queue of this topic and number; made empty when there is none. */
    public ConsumeQueue queue(String topic, int number) {
        return indexes.queues().queue(topic, number);
    }

    /** The queue of this topic and number, or null when nothing was ever stored in it or asked of it. */
    public @Nullable ConsumeQueue existingQueue(String topic, int number) {
        return indexes.queues().existing(topic, number);
    }

    /** Has what is needed of messages taken along before they are dropped; may be called for several. Before the agents run. */
    public void rescueBy(Rescue rescue) {
        retention.rescueBy(rescue);
    }

    /** Copies of this log that somebody makes while it runs. */
    public LogCopies copies() {
        return copies;
    }

    /** A copy of another replica's log that is to replace this one; only of one that was opened as a replica. */
    public ReplicaCopy replicaCopy() {
        return Objects.requireNonNull(replicaCopy, "the log was not opened as a replica");
    }

    /** The queues of what is due later. */
    public DueQueues dueQueues() {
        return indexes.due();
    }

    /**
     * Forgets the queue of an hour of which nothing is needed any more, unless something came to it at or after the place
     * {@code end}. Only the index forgets it: it may be there again after a crash. A message that comes later to this
     * hour gets the place that {@link LogListener#dueQueueStart} names, which must be {@code end} by now.
     */
    public void forgetDueQueue(int hour, long end) {
        writer.append(new WriterTask(() -> indexes.queues().dropIfEndsAt(DueQueues.topicOf(hour), end)));
    }

    /**
     * Copies the bytes of a stored record, or of several that stand side by side, to the buffer's position.
     *
     * @return false when they are gone, because retention removed them meanwhile
     */
    public boolean copy(long logOffset, int size, ByteBuffer into) {
        return reader.copy(logOffset, size, into);
    }

    /**
     * Copies the properties of one stored record, in their stored form, without touching its body.
     *
     * @param size of the record
     * @param into takes them from its beginning on; 64 KiB are always enough
     * @return how many bytes they have; -1 when the record is gone or damaged, or {@code into} is too short
     */
    public int properties(long logOffset, int size, byte[] into) {
        return reader.properties(logOffset, size, into);
    }

    /** A copy of the record that starts at this offset, or null when no record starts there (any offset is safe). */
    public @Nullable MemorySegment record(long logOffset) {
        return reader.record(logOffset);
    }

    /** So many bytes of records may be put together in a batch with a command: more might not fit in a segment. */
    public int groupBytesMax() {
        return (int) Math.min(GROUP_BYTES_MAX, config.segmentSize().bytes() / 4);
    }

    /** Whether reading here would surely or likely wait for the disk. */
    public boolean isCold(long logOffset) {
        return writer.indexedOffset() - logOffset > config.hotBytes().bytes();
    }

    /** The smallest log offset that is still there. */
    public long offsetMin() {
        return segments.first().start();
    }

    /** The log offset after the last readable entry. */
    public long offsetMax() {
        return publisher.readableOffset();
    }

    /** The log offset up to which the disk surely holds everything. */
    public long forcedOffset() {
        return flusher.forcedOffset();
    }

    /** Why sends are refused for as long as the process lives, or null: a fault or a close. A full disk passes. */
    public @Nullable Refusal state() {
        return writer.state();
    }

    /** When the message at this queue offset was stored, in epoch ms; -1 when there is none. */
    public long storeTimestamp(ConsumeQueue queue, long queueOffset) {
        return reader.storeTimestamp(queue, queueOffset);
    }

    /** The first queue offset whose message was stored at or after this time; the queue's maximum when there is none. */
    public long offsetAtOrAfter(ConsumeQueue queue, long timestampMs) {
        return reader.firstAtOrAfter(queue, timestampMs);
    }

    /** The last queue offset whose message was stored at or before this time; the queue's minimum when there is none. */
    public long offsetAtOrBefore(ConsumeQueue queue, long timestampMs) {
        long after = timestampMs == Long.MAX_VALUE ? queue.offsetMax() : reader.firstAtOrAfter(queue, timestampMs + 1);
        return Math.max(queue.offsetMin(), after - 1);
    }

    /**
     * Copies of the messages of a topic that bear this key, newest first.
     *
     * @param isUnique whether {@code key} is a client's unique id rather than one of the message's keys
     */
    public List<MemorySegment> findByKey(
            String topic, String key, boolean isUnique, long fromMs, long toMs, int countMax) {
        return findByKey(topic, key, isUnique, fromMs, toMs, countMax, Long.MAX_VALUE);
    }

    /**
     * Likewise, and no more of them than so many bytes together: the first that goes beyond, and all older ones, are left
     * out. The newest is there whatever its size.
     */
    public List<MemorySegment> findByKey(
            String topic, String key, boolean isUnique, long fromMs, long toMs, int countMax, long bytesMax) {
        long bytesLeft = bytesMax;
        long hash = KeyHash.of(topic, key, isUnique);
        List<MemorySegment> found = new ArrayList<>();
        int seen = 0;
        for (int look = Math.max(1, countMax); ; look *= 4) {
            // Newest first, so what an earlier look brought is the beginning of what this one does.
            long[] candidates = indexes.keys().find(hash, fromMs, toMs, Math.min(look, CANDIDATES_MAX));
            for (; seen < candidates.length && found.size() < countMax; seen++) {
                MemorySegment record = reader.record(candidates[seen]);
                if (record != null && isMatch(record, topic, key, isUnique, fromMs, toMs)) {
                    bytesLeft -= record.byteSize();
                    if (bytesLeft < 0 && !found.isEmpty()) {
                        return found;
                    }
                    found.add(record);
                }
            }
            if (found.size() == countMax || candidates.length < look) {
                return found;
            }
        }
    }

    /**
     * A copy of the newest message with this unique id that was stored to be due later, or null. Its queue offset is its
     * place in the {@link DueQueues}; whether it has left that is not known here.
     */
    public @Nullable MemorySegment findScheduled(String topic, String uniqueId) {
        long hash = KeyHash.of(topic, uniqueId, true);
        for (long logOffset : indexes.keys().find(hash, 0, Long.MAX_VALUE, SCHEDULED_TRIES)) {
            MemorySegment record = reader.record(logOffset);
            if (record != null
                    && MessageRecord.due(record, 0) != 0
                    && MessageRecord.topic(record, 0).equals(topic)
                    && uniqueId.equals(MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY))) {
                return record;
            }
        }
        return null;
    }

    /**
     * Copies of the halves of transactions that bear this unique id, newest first.
     *
     * @param topic the one that halves are stored under
     */
    public List<MemorySegment> findHalves(String topic, String uniqueId) {
        List<MemorySegment> found = new ArrayList<>();
        long hash = KeyHash.of(topic, uniqueId, true);
        for (long logOffset : indexes.keys().find(hash, 0, Long.MAX_VALUE, SCHEDULED_TRIES)) {
            MemorySegment record = reader.record(logOffset);
            if (record != null
                    && MessageRecord.isHalf(record, 0)
                    && uniqueId.equals(MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY))) {
                found.add(record);
            }
        }
        return found;
    }

    private static boolean isMatch(
            MemorySegment record, String topic, String key, boolean isUnique, long fromMs, long toMs) {
        long storedMs = MessageRecord.storeTimestamp(record, 0);
        String value = MessageProperties.of(record, 0, isUnique ? MessageProperties.UNIQ_KEY : MessageProperties.KEYS);
        return value != null
                && storedMs >= fromMs
                && storedMs <= toMs
                && !MessageRecord.isHidden(record, 0)
                && MessageRecord.topic(record, 0).equals(topic)
                && (isUnique ? value.equals(key) : List.of(value.split(" ")).contains(key));
    }

    /** Whether the disk has so little room left that sends are refused. Any thread. */
    public boolean isDiskShort() {
        return replica == null ? segments.isBelowReserve() : segments.isShortOfNext();
    }

    /** Bytes that the log's files take on disk. */
    public long diskBytes() {
        return segments.diskBytes();
    }

    /**
     * Forces everything, writes a checkpoint and closes. What is appended later is refused as closed. The caller has
     * stopped running the agents.
     */
    @Override
    public void close() {
        writer.append(new WriterTask(writer::close));
        long end = replica == null ? writer.indexedOffset() : replica.appendedOffset();
        flusher.want(end);
        while (flusher.doWork() > 0) {
            // until nothing waits any more
        }
        if (writer.state() != Refusal.FAULT && flusher.force(end)) {
            checkpointer.storeNow();
            if (notes != null) {
                notes.opened("");
            }
        }
        copies.close();
        indexes.close();
        segments.close();
    }
}
