package io.carillon.log;

import io.carillon.message.DueTime;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordCopy;
import io.carillon.message.RecordScan;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way into the log. One thread fills it, {@link MessageLog#append} takes it whole, and its completion
 * tells when the outcome stands in it; then the same thread may {@link #clear} and fill it again.
 */
public final class AppendBatch extends Append {
    private static final int BYTES_FIRST = 64 << 10;
    /** A batch that grew beyond this gives its memory back when it is cleared. */
    private static final int BYTES_KEPT = 1 << 20;

    private static final int RECORDS_FIRST = 64;
    private static final long NOT_STORED = -1;
    private static final @Nullable ConsumeQueue[] NO_QUEUES = {};

    /** Told once per append, by whichever thread made the batch durable: it must only hand over. */
    @FunctionalInterface
    public interface Completion {
        void done(AppendBatch batch);
    }

    private final Completion completion;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES_FIRST);
    private MemorySegment bytes = MemorySegment.ofBuffer(buffer);
    private int end;
    private int count;
    private int keyCount;

    private int[] start = new int[RECORDS_FIRST];
    private int[] size = new int[RECORDS_FIRST];
    private ConsumeQueue[] queue = new ConsumeQueue[RECORDS_FIRST];
    private long[] tagsCode = new long[RECORDS_FIRST];
    private long[] uniqueHash = new long[RECORDS_FIRST];
    private boolean[] retryable = new boolean[RECORDS_FIRST];
    private int[] keysEnd = new int[RECORDS_FIRST];
    private long[] keyHash = new long[RECORDS_FIRST];
    private long[] logOffset = new long[RECORDS_FIRST];
    private long[] queueOffset = new long[RECORDS_FIRST];
    private int[] queueNumber = new int[RECORDS_FIRST];
    private boolean[] stored = new boolean[RECORDS_FIRST];
    private boolean[] light = new boolean[RECORDS_FIRST];
    /** The light queues that records are in; of most there are none. */
    private @Nullable Map<Integer, @Nullable ConsumeQueue[]> lightQueues;

    private int scheduled;
    private byte @Nullable [] command;
    private long commandIndex = NOT_STORED;
    private int placesInCommand;
    private int[] placeRecord = new int[4];
    private int[] placeAt = new int[4];
    private @Nullable Refusal refusal;

    public AppendBatch(Completion completion) {
        this.completion = completion;
    }

    /** Makes room for one record at {@link #end} and returns the bytes to write it into. */
    public MemorySegment room(int recordBytes) {
        if (end + recordBytes > buffer.capacity()) {
            int larger = Math.max(Math.addExact(end, recordBytes), 2 * buffer.capacity());
            ByteBuffer grown = ByteBuffer.allocateDirect(larger);
            grown.put(0, buffer, 0, end);
            buffer = grown;
            bytes = MemorySegment.ofBuffer(buffer);
        }
        return bytes;
    }

    /** Where the next record starts. */
    public int end() {
        return end;
    }

    /**
     * Takes the record that was written at {@link #end}.
     *
     * @param scan the scan of that record's properties, still valid
     * @param isRetryable whether a record with the same unique id in the same topic is this one again (promise P3)
     */
    public void add(ConsumeQueue to, int recordBytes, RecordScan scan, boolean isRetryable) {
        if (to.isDue() || MessageRecord.due(bytes, end) != 0) {
            throw misplaced(to);
        }
        put(to, recordBytes, scan, isRetryable);
    }

    /** Recovery knows a record's queue by the record alone: it would find it in another one. */
    private IllegalArgumentException misplaced(ConsumeQueue to) {
        return new IllegalArgumentException("a record with the due time " + MessageRecord.due(bytes, end)
                + " does not belong into queue " + to.topic() + "/" + to.number());
    }

    private void put(ConsumeQueue to, int recordBytes, RecordScan scan, boolean isRetryable) {
        if (count == start.length) {
            growRecords();
        }
        int i = count;
        start[i] = end;
        size[i] = recordBytes;
        queue[i] = to;
        boolean isHalf = MessageRecord.isHalf(bytes, end);
        tagsCode[i] = isHalf ? MessageRecord.preparedTransactionOffset(bytes, end) : scan.tagsCode();
        long topicAt = MessageRecord.topicAt(bytes, end);
        int topicLength = MessageRecord.topicLength(bytes, end);
        // The scan may have been of a copy of the properties: its positions count from their start.
        long shift = MessageRecord.propertiesAt(bytes, end) - scan.start;
        uniqueHash[i] = scan.uniqueLength == 0
                ? 0
                : KeyHash.of(bytes, topicAt, topicLength, scan.uniqueAt + shift, scan.uniqueLength, true);
        retryable[i] = isRetryable && scan.uniqueLength > 0;
        stored[i] = false;
        light[i] = scan.hasLightPlaces;
        if (!isHalf) { // who asks for a key must not find what may never be there
            KeyHash.ofEach(bytes, topicAt, topicLength, scan.keysAt + shift, scan.keysLength, this::addKey);
        }
        keysEnd[i] = keyCount;
        end += recordBytes;
        count++;
    }

    /**
     * Takes the record that was written at {@link #end} and is due later, as {@link MessageRecord#due} says.
     *
     * @param hour the queue of the hour in which it is due
     */
    public void addScheduled(ConsumeQueue hour, int recordBytes, RecordScan scan, boolean isRetryable) {
        int i = count;
        long due = MessageRecord.due(bytes, end);
        if (due == 0 || !hour.isDue() || DueQueues.hourOf(hour) != DueQueues.hourOf(DueTime.ms(due))) {
            throw misplaced(hour);
        }
        put(hour, recordBytes, scan, isRetryable);
        tagsCode[i] = due;
        scheduled++;
        // Who asks for a key must not find what is not there yet.
        keyCount = keysStart(i);
        keysEnd[i] = keyCount;
    }

    /**
     * Writes a copy at {@link #end} and takes it; it is nobody's retry.
     *
     * @param to the queue of its topic, or that of the hour in which it is due
     * @throws IllegalArgumentException when it is larger than a record can be
     */
    public void add(ConsumeQueue to, RecordCopy copy) {
        int recordBytes = copy.size();
        RecordScan scan = copy.write(room(recordBytes), end);
        if (to.isDue()) {
            addScheduled(to, recordBytes, scan, false);
        } else {
            add(to, recordBytes, scan, false);
        }
    }

    /**
     * Lets a change to the replicated state go with the records: after a crash all of them are there, or none. When a
     * record of the batch turns out to be stored already, neither the change nor the other records are.
     *
     * @param change kept, and changed where {@link #placeInCommand} says
     */
    public void command(byte[] change) {
        command = change;
        commandIndex = NOT_STORED;
        placesInCommand = 0;
    }

    /**
     * Has the queue offset that a record gets written into the {@link #command} before it is stored. After the record
     * and the command were given.
     *
     * @param at where in the command its low 32 bits go, big-endian
     */
    public void placeInCommand(int record, int at) {
        Objects.checkIndex(record, count);
        Objects.checkFromIndexSize(at, Integer.BYTES, Objects.requireNonNull(command).length);
        if (placesInCommand == placeRecord.length) {
            placeRecord = Arrays.copyOf(placeRecord, 2 * placesInCommand);
            placeAt = Arrays.copyOf(placeAt, 2 * placesInCommand);
        }
        placeRecord[placesInCommand] = record;
        placeAt[placesInCommand] = at;
        placesInCommand++;
    }

    private void addKey(long hash) {
        if (keyCount == keyHash.length) {
            keyHash = Arrays.copyOf(keyHash, 2 * keyCount);
        }
        keyHash[keyCount++] = hash;
    }

    private void growRecords() {
        int larger = 2 * count;
        start = Arrays.copyOf(start, larger);
        size = Arrays.copyOf(size, larger);
        queue = Arrays.copyOf(queue, larger);
        tagsCode = Arrays.copyOf(tagsCode, larger);
        uniqueHash = Arrays.copyOf(uniqueHash, larger);
        retryable = Arrays.copyOf(retryable, larger);
        keysEnd = Arrays.copyOf(keysEnd, larger);
        logOffset = Arrays.copyOf(logOffset, larger);
        queueOffset = Arrays.copyOf(queueOffset, larger);
        queueNumber = Arrays.copyOf(queueNumber, larger);
        stored = Arrays.copyOf(stored, larger);
        light = Arrays.copyOf(light, larger);
    }

    public int count() {
        return count;
    }

    /** Drops the records from this one on. Before the batch is appended. */
    public void truncate(int toCount) {
        if (toCount < count) {
            end = start[toCount];
            keyCount = keysStart(toCount);
            for (int i = toCount; i < count; i++) {
                scheduled -= isScheduled(i) ? 1 : 0;
            }
            Arrays.fill(queue, toCount, count, null);
            count = toCount;
        }
    }

    /** Empties the batch for the next use. Not before its completion was told. */
    public void clear() {
        Arrays.fill(queue, 0, count, null);
        end = 0;
        count = 0;
        keyCount = 0;
        scheduled = 0;
        command = null;
        refusal = null;
        lightQueues = null;
        if (buffer.capacity() > BYTES_KEPT) {
            buffer = ByteBuffer.allocateDirect(BYTES_FIRST);
            bytes = MemorySegment.ofBuffer(buffer);
        }
    }

    /** After completion: why nothing was stored, or null when all of it is. */
    public @Nullable Refusal refusal() {
        return refusal;
    }

    /**
     * After completion: where record {@code i} stands; for one that was stored before, where it stood then; -1 for one
     * that is not stored because another one of a batch with a {@link #command} was.
     */
    public long logOffset(int i) {
        return logOffset[i];
    }

    /** After completion: its place in its queue. */
    public long queueOffset(int i) {
        return queueOffset[i];
    }

    /** After completion: the queue number; it differs from the asked one when the record was stored before. */
    public int queueNumber(int i) {
        return queueNumber[i];
    }

    /** After completion: whether this append stored record {@code i}, rather than finding it stored already. */
    public boolean isStored(int i) {
        return stored[i];
    }

    /** After completion or before: how many bytes record {@code i} has. */
    public int size(int i) {
        return size[i];
    }

    /** Whether record {@code i} is due later. */
    public boolean isScheduled(int i) {
        return queue[i].isDue();
    }

    /** Where record {@code i} starts in {@link #bytes}. */
    public int start(int i) {
        return start[i];
    }

    /** The records that were added, from 0 to {@link #end}. */
    public MemorySegment bytes() {
        return bytes;
    }

    /** The queue that record {@code i} goes to: its topic's, or that of the hour in which it is due. */
    public ConsumeQueue queue(int i) {
        return queue[i];
    }

    // ---- the writer's side

    /** The hour's queue was forgotten since record {@code i} was added: it goes to the one that took its place. */
    void moveTo(int i, ConsumeQueue hour) {
        queue[i] = hour;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    int scheduledCount() {
        return scheduled;
    }

    byte @Nullable [] command() {
        return command;
    }

    /** Whether the command is stored: if not, a record of the batch was stored before. */
    boolean isCommandStored() {
        return command != null && commandIndex != NOT_STORED;
    }

    /** The command with the places of its records in it; they are known by now. */
    byte[] completeCommand() {
        byte[] complete = Objects.requireNonNull(command);
        for (int i = 0; i < placesInCommand; i++) {
            ByteBuffer.wrap(complete).putInt(placeAt[i], (int) queueOffset[placeRecord[i]]);
        }
        return complete;
    }

    /**
     * Pairs: the number of a record in its entry, and where in the command its queue offset goes.
     *
     * @param inEntry the number that each record of the batch has in the entry
     */
    int[] placesInCommand(int[] inEntry) {
        int[] pairs = new int[2 * placesInCommand];
        for (int i = 0; i < placesInCommand; i++) {
            pairs[2 * i] = inEntry[placeRecord[i]];
            pairs[2 * i + 1] = placeAt[i];
        }
        return pairs;
    }

    /** The index of the entry that carried the command. */
    long commandIndex() {
        return commandIndex;
    }

    void commandIndex(long index) {
        commandIndex = index;
    }

    long tagsCode(int i) {
        return tagsCode[i];
    }

    /** The hash of the unique id, or 0 when the record has none. */
    long uniqueHash(int i) {
        return uniqueHash[i];
    }

    boolean isRetryable(int i) {
        return retryable[i];
    }

    /** The light queues that record {@code i} was put into, null where the topic of one is gone. */
    void lightQueues(int i, @Nullable ConsumeQueue[] queues) {
        Map<Integer, @Nullable ConsumeQueue[]> all = lightQueues;
        if (all == null) {
            all = new HashMap<>();
            lightQueues = all;
        }
        all.put(i, queues);
    }

    @Nullable
    ConsumeQueue[] lightQueues(int i) {
        return lightQueues == null ? NO_QUEUES : lightQueues.getOrDefault(i, NO_QUEUES);
    }

    /** Whether the record may be in light queues, too: {@link io.carillon.message.LightDispatch} says in which. */
    boolean isLight(int i) {
        return light[i];
    }

    int keysStart(int i) {
        return i == 0 ? 0 : keysEnd[i - 1];
    }

    int keysEnd(int i) {
        return keysEnd[i];
    }

    long keyHash(int k) {
        return keyHash[k];
    }

    /** Nothing of the batch gets stored. It keeps its command, for it may be appended again. */
    void placeNowhere() {
        commandIndex = NOT_STORED;
        for (int i = 0; i < count; i++) {
            place(i, -1, -1, -1, false);
        }
    }

    void place(int i, long atLogOffset, long atQueueOffset, int inQueue, boolean isStored) {
        logOffset[i] = atLogOffset;
        queueOffset[i] = atQueueOffset;
        queueNumber[i] = inQueue;
        stored[i] = isStored;
    }

    @Override
    void complete(@Nullable Refusal outcome) {
        refusal = outcome;
        completion.done(this);
    }
}
