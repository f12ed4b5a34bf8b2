package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the log of a broker group. Everything that is stored goes through {@link #append} and {@link #appendMetadata};
 * everything that is read comes from {@link ConsumeQueue} and {@link #copy}. Any thread may call.
 */
public final class MessageLog implements AutoCloseable {
    private static final int GROUP_BYTES_MAX = 192 << 10;

    private static final Logger LOG = System.getLogger(MessageLog.class.getName());

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
    private final KeySearch search;

    private MessageLog(LogConfig config, LogAssembly.Parts parts) {
        this.config = config;
        segments = parts.segments();
        indexes = parts.indexes();
        writer = parts.writer();
        replica = parts.replica();
        notes = parts.notes();
        replicaCopy = parts.replicaCopy();
        flusher = parts.flusher();
        publisher = parts.publisher();
        checkpointer = parts.checkpointer();
        copies = parts.copies();
        retention = parts.retention();
        spareFile = parts.spareFile();
        scrub = parts.scrub();
        reader = parts.reader();
        search = new KeySearch(indexes.keys(), reader);
        writer.onRoll(spareFile::want);
        writer.onFault(why -> LOG.log(
                Level.ERROR, "the log's writer failed, it takes nothing more until the server is started again", why));
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
        return new MessageLog(config, LogAssembly.ofOne(config, storage, ticker, listener, counters));
    }

    /**
     * Likewise, as one of several replicas: what stands behind the last checkpoint takes effect only when {@link
     * Replica#commit} says so, and what is appended is refused while this replica does not lead. A log that one process had
     * for itself becomes the one of the first replica, and all in it is settled. A copy of another replica's log that was
     * made into this folder replaces what is there.
     */
    public static MessageLog openReplica(
            LogConfig config, Storage storage, Ticker ticker, LogListener listener, Counters counters) {
        return openReplica(config, storage, ticker, listener, counters, ReplicaFile.UNKNOWN_RUN);
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
        return new MessageLog(config, LogAssembly.ofReplica(config, storage, ticker, listener, counters, machineRun));
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

    /** The first queue offset whose message stands at this place of the log or behind it; the queue's maximum when none does. */
    public long offsetFrom(ConsumeQueue queue, long logOffset) {
        return reader.firstFrom(queue, logOffset);
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
        return search.byKey(topic, key, isUnique, fromMs, toMs, countMax, bytesMax);
    }

    /**
     * A copy of the newest message with this unique id that was stored to be due later, or null. Its queue offset is its
     * place in the {@link DueQueues}; whether it has left that is not known here.
     */
    public @Nullable MemorySegment findScheduled(String topic, String uniqueId) {
        return search.scheduled(topic, uniqueId);
    }

    /**
     * Copies of the halves of transactions that bear this unique id, newest first.
     *
     * @param topic the one that halves are stored under
     */
    public List<MemorySegment> findHalves(String topic, String uniqueId) {
        return search.halves(topic, uniqueId);
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
        flusher.close();
        copies.close();
        indexes.close();
        segments.close();
    }
}
