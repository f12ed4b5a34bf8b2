package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All consume queues: where each queue's messages stand in the log. Derived from the log: what a completed {@link
 * Cut#store} has stored is there after a crash, and the log puts in again what came after the cut.
 *
 * <p>Made for many queues: all of them share the files of the folder {@code index}, an idle queue takes some 150 bytes
 * of memory and one block on disk, and a busy one 20 bytes more for each entry since the last checkpoint.
 *
 * <p>Roles, of which each is one thread at a time: the <em>writer</em> appends, the <em>publisher</em> makes readable,
 * the <em>checkpoint</em> stores, <em>retention</em> drops. Reading and {@link #queue} are for any thread.
 */
final class QueueIndex implements AutoCloseable {
    static final String FOLDER = "index";
    private static final int RECENT_TOPICS = 1024;

    private final QueueNames names;
    private final QueueTable table;
    private final IndexBlocks blocks;
    private final FreeBlocks free;
    private final IndexStore store;
    private final Map<String, TopicQueues> topics = new ConcurrentHashMap<>();

    /** Topics by the hash of their bytes; a later one takes the place of an earlier one. The writer's. */
    private final @Nullable TopicQueues[] recent = new TopicQueues[RECENT_TOPICS];

    private List<ConsumeQueue> dirty = new ArrayList<>();
    private final List<ConsumeQueue> dropped = new ArrayList<>();
    private final List<ConsumeQueue> unstored = new ArrayList<>();
    private volatile boolean isCutOpen;

    /** How many entries were put in, which is the writer's, and how many of these a checkpoint has stored. */
    private long added;

    private volatile long stored;

    QueueIndex(QueueNames names, QueueTable table, IndexBlocks blocks, FreeBlocks free, int epochNext) {
        this.names = names;
        this.table = table;
        this.blocks = blocks;
        this.free = free;
        store = new IndexStore(names, table, blocks, free, epochNext);
    }

    /**
     * Opens the index of a data folder, and makes an empty one when there is none.
     *
     * @throws Corrupt when it cannot be trusted, naming file and position: {@link #discard} it and put in the whole log
     */
    static QueueIndex open(Storage storage) {
        return open(storage, IndexLayout.DEFAULT);
    }

    static QueueIndex open(Storage storage, IndexLayout layout) {
        return QueueIndexLoader.open(storage, layout);
    }

    /** Deletes the index's files; it must not be open. */
    static void discard(Storage storage) {
        List<String> names = storage.list(FOLDER);
        names.forEach(name -> storage.delete(FOLDER + "/" + name));
        if (!names.isEmpty()) {
            storage.forceFolder(FOLDER);
        }
    }

    /**
     * Counts the checkpoints whose {@link Cut#store} ended, over the whole life of the files. The log notes it with its
     * own checkpoint: an index that opens with a smaller one has lost its files and must be built anew.
     */
    int epoch() {
        return store.epoch();
    }

    // ---- any thread

    /** The queue of this topic and number; made empty when there is none. */
    ConsumeQueue queue(String topic, int number) {
        return queue(topic, number, 0);
    }

    /** As {@link #queue(String, int)}; one that is made begins at the offset {@code start}. */
    ConsumeQueue queue(String topic, int number, long start) {
        if (number < 0) {
            throw new IllegalArgumentException("a queue's number must not be negative: " + topic + "/" + number);
        }
        while (true) {
            ConsumeQueue queue = topic(topic).findOrMake(number, start, blocks);
            if (queue != null) {
                return queue;
            }
        }
    }

    private TopicQueues topic(String topic) {
        TopicQueues known = topics.get(topic);
        return known == null || known.isDropped() ? topics.computeIfAbsent(topic, TopicQueues::new) : known;
    }

    @Nullable
    ConsumeQueue existing(String topic, int number) {
        TopicQueues known = topics.get(topic);
        return known == null ? null : known.find(number);
    }

    Collection<ConsumeQueue> all() {
        List<ConsumeQueue> all = new ArrayList<>();
        topics.values().forEach(topic -> all.addAll(topic.all()));
        return all;
    }

    // ---- the writer

    /** As {@link #queue(String, int)}, for a topic that stands in a record, most often without making a string of it. */
    ConsumeQueue queue(MemorySegment bytes, long topicAt, int topicLength, int number) {
        ConsumeQueue found = existing(bytes, topicAt, topicLength, number);
        return found == null ? queue(TopicQueues.read(bytes, topicAt, topicLength), number) : found;
    }

    /** As {@link #queue(MemorySegment, long, int, int)}, or null when there is none. */
    @Nullable
    ConsumeQueue existing(MemorySegment bytes, long topicAt, int topicLength, int number) {
        int hash = 0;
        for (int i = 0; i < topicLength; i++) {
            hash = 31 * hash + bytes.get(ValueLayout.JAVA_BYTE, topicAt + i);
        }
        int place = (hash ^ hash >>> 16) & (RECENT_TOPICS - 1);
        TopicQueues known = recent[place];
        if (known == null || known.isDropped() || !known.isNamed(bytes, topicAt, topicLength)) {
            known = topics.get(TopicQueues.read(bytes, topicAt, topicLength));
            if (known == null) {
                return null;
            }
            recent[place] = known;
        }
        return known.find(number);
    }

    /** The offset that the next message of this queue gets: those before it are appended, maybe not yet readable. */
    long nextOffset(ConsumeQueue queue) {
        return queue.next();
    }

    /**
     * Appends the entry of a message.
     *
     * <p>While the log is recovered, it may put in again what is there already: messages up to the queue's newest one
     * are passed over, a queue that is empty starts at whatever offset comes first, and a message that stands later in
     * the log but has a smaller offset starts the queue anew, for then its topic was deleted in between. One that has a
     * larger offset came too late for a topic that was deleted and made again: nobody could ever read it.
     */
    void put(ConsumeQueue queue, long queueOffset, long logOffset, int size, long tagsCode) {
        if (logOffset <= queue.logOffsetLast()) {
            return;
        }
        if (queueOffset != queue.next()) {
            if (queue.logOffsetLast() >= 0 && queueOffset > queue.next()) {
                return;
            }
            startElsewhere(queue, queueOffset);
        }
        added++;
        if (queue.append(logOffset, size, tagsCode)) {
            dirty.add(queue);
        }
    }

    /** About how many bytes of memory the entries take that no checkpoint has stored. */
    long unstoredBytes() {
        return (added - stored) * Tail.ENTRY_MEMORY;
    }

    /** Takes back the entries of a queue from this offset on, none of which was published: their write failed. */
    void truncate(ConsumeQueue queue, long fromOffset) {
        long before = queue.next();
        queue.takeBack(fromOffset);
        added -= before - queue.next();
    }

    private void startElsewhere(ConsumeQueue queue, long queueOffset) {
        if (queue.logOffsetLast() >= 0) {
            empty(queue);
        }
        queue.startAt(queueOffset);
    }

    /** Makes a queue empty; the next checkpoint forgets what was in it. Only during opening and recovery. */
    void empty(ConsumeQueue queue) {
        synchronized (dropped) {
            dropped.add(queue.moveOut());
        }
    }

    /**
     * Checks that no entry points at or beyond the log's end.
     *
     * @throws Corrupt when one does: the index is not this log's
     */
    void requireBelow(long logEnd) {
        for (ConsumeQueue queue : all()) {
            if (queue.logOffsetLast() >= logEnd) {
                throw new Corrupt("queue " + queue.topic() + "/" + queue.number() + " points at logOffset="
                        + queue.logOffsetLast() + " but the log ends at " + logEnd);
            }
        }
    }

    /**
     * Takes all entries appended so far for the next checkpoint: cheap. The checkpoint
     * before must have been stored, or have failed, in which case its entries go with this one.
     */
    Cut cut() {
        if (isCutOpen) {
            throw new IllegalStateException("the checkpoint before this one is not stored yet");
        }
        List<ConsumeQueue> sealed = new ArrayList<>(dirty.size() + unstored.size());
        unstored.forEach(queue -> seal(queue, sealed));
        for (ConsumeQueue queue : dirty) {
            // One that failed before is in already.
            if (queue.sealed() == null) {
                seal(queue, sealed);
            }
        }
        unstored.clear();
        dirty = new ArrayList<>();
        isCutOpen = true;
        return new Cut(sealed, added);
    }

    private static void seal(ConsumeQueue queue, List<ConsumeQueue> sealed) {
        if (queue.isDropped()) {
            queue.forgetTails();
            return;
        }
        queue.seal();
        if (queue.sealed() != null) {
            sealed.add(queue);
        }
    }

    /** What one checkpoint stores. */
    final class Cut {
        private final List<ConsumeQueue> queues;
        private final long addedSoFar;
        private List<ConsumeQueue> gone = List.of();

        private Cut(List<ConsumeQueue> queues, long addedSoFar) {
            this.queues = queues;
            this.addedSoFar = addedSoFar;
        }

        /**
         * Takes along the topics that were dropped by now. At the moment whose state is stored with this: a topic that
         * the state no longer has must not be found in the index, for its deletion is not replayed.
         */
        void takeDropped() {
            synchronized (dropped) {
                gone = List.copyOf(dropped);
                dropped.clear();
            }
        }

        /**
         * Makes what was cut durable; the log must be durable up to there already.
         *
         * @throws StorageFault when the disk refuses. The index goes on in memory, and the next cut takes these entries
         *     along; after a failed force no checkpoint succeeds any more
         */
        void store() {
            boolean isStored = false;
            List<ConsumeQueue> kept = new ArrayList<>(queues.size());
            for (ConsumeQueue queue : queues) {
                if (queue.isDropped()) {
                    queue.forgetTails();
                } else {
                    kept.add(queue);
                }
            }
            try {
                store.store(kept, gone);
                isStored = true;
                QueueIndex.this.stored = addedSoFar;
            } finally {
                if (!isStored) {
                    unstored.addAll(kept);
                }
                isCutOpen = false;
            }
        }

        /** Whether a force failed, now or ever before. */
        boolean hasFailed() {
            return store.hasFailed();
        }

        /** The {@link QueueIndex#epoch} after this checkpoint. */
        int epoch() {
            return store.epoch();
        }
    }

    // ---- the publisher

    /** Makes the entries below {@code offsetMax} readable. */
    void publish(ConsumeQueue queue, long offsetMax) {
        queue.publish(offsetMax);
    }

    /** As {@link #dropTopic}; null forgets nothing. */
    void forget(@Nullable String topic) {
        if (topic != null) {
            dropTopic(topic);
        }
    }

    /** Makes everything that was appended readable: recovery ended. */
    void publishAll() {
        for (ConsumeQueue queue : all()) {
            queue.publish(queue.next());
        }
    }

    /** Forgets all queues of a topic: who still holds one finds it empty. The blocks are freed by the next checkpoint. */
    void dropTopic(String topic) {
        TopicQueues known = topics.remove(topic);
        if (known != null) {
            List<ConsumeQueue> gone = known.drop();
            synchronized (dropped) {
                dropped.addAll(gone);
            }
        }
    }

    // ---- the writer, between two writes

    /**
     * Forgets the queues of a topic that has one, if that one is readable to the end and ends here. Who holds it finds it
     * empty, and the writer puts nothing into it any more.
     */
    void dropIfEndsAt(String topic, long end) {
        ConsumeQueue queue = existing(topic, 0);
        if (queue != null && queue.next() == end && queue.offsetMax() == end) {
            dropTopic(topic);
        }
    }

    // ---- retention

    /** Drops the entries of messages before this place in the log. May read from the disk. */
    void dropBefore(long logOffsetMin) {
        for (TopicQueues topic : topics.values()) {
            for (ConsumeQueue queue : topic.all()) {
                for (int block : queue.dropBefore(logOffsetMin, table)) {
                    free.free(block);
                }
            }
        }
    }

    /** Ends all reading. Stores nothing. */
    @Override
    public void close() {
        blocks.close();
        table.close();
        names.close();
    }
}
