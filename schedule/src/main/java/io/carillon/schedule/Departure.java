package io.carillon.schedule;

import io.carillon.base.CarillonException;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordCopy;
import io.carillon.message.RecordScan;
import io.carillon.message.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Messages that leave together: the records for their queues, those of their next occurrences, and the note that they
 * have left, which are one entry of the log. Filled by the due loop, used again when its outcome was told.
 */
final class Departure {
    private static final Logger LOG = System.getLogger(Departure.class.getName());
    static final int COUNT_MAX = 1024;
    private static final int BYTES_MAX = 192 << 10;

    /** What becomes of a message that is due. */
    enum Fate {
        GOES,
        /** It is too late for it: it leaves, and is not delivered. */
        EXPIRED,
        /** An occurrence that was missed, and that nobody wants any more: likewise. */
        SKIPPED,
        /** Its topic takes nothing now: it stays. */
        HELD,
        /** Its bytes cannot be read: it leaves, for nothing else can be done. */
        LOST
    }

    private final MessageLog log;
    private final WaitingRecords records;
    private final Targets targets;
    private final ScheduleState state;
    private final UnaryOperator<byte[]> asEntry;
    private final Consumer<Departure> ended;
    private final AppendBatch batch = new AppendBatch(this::ended);
    private final RecordScan scan = new RecordScan();
    private final RecordCopy next = new RecordCopy();
    private final ScheduleChange change = new ScheduleChange();
    private final long[] ticket = new long[COUNT_MAX];
    private final long[] key = new long[COUNT_MAX];
    private final long[] dueMs = new long[COUNT_MAX];
    private final @Nullable String[] topic = new String[COUNT_MAX];
    private int[] keyRecord = new int[4];
    private int[] keyAt = new int[4];
    private final long[] expired = new long[COUNT_MAX];
    private int keyCount;
    private int count;
    private int expiredCount;
    private volatile @Nullable Refusal refusal;
    private @Nullable OrderDone order;

    /**
     * @param asEntry makes an entry of the log out of a change to the {@link ScheduleState}
     * @param ended told when the outcome stands, by whichever thread made it so
     */
    Departure(
            MessageLog log,
            WaitingRecords records,
            Targets targets,
            ScheduleState state,
            UnaryOperator<byte[]> asEntry,
            Consumer<Departure> ended) {
        this.log = log;
        this.records = records;
        this.targets = targets;
        this.state = state;
        this.asEntry = asEntry;
        this.ended = ended;
    }

    void clear() {
        batch.clear();
        change.clear();
        count = 0;
        expiredCount = 0;
        keyCount = 0;
        refusal = null;
        order = null;
    }

    boolean isFull(int countMax) {
        return count >= countMax || batch.end() >= BYTES_MAX;
    }

    /**
     * Adds a message that is due. One that asks for what cannot be done is held, and nothing of it is added.
     *
     * @param itsKey what the loop knows it by
     */
    Fate add(long itsTicket, long itsKey, long nowMs) {
        int records0 = batch.count();
        int changed0 = change.length();
        int keyCount0 = keyCount;
        try {
            return tryAdd(itsTicket, itsKey, nowMs);
        } catch (CarillonException e) {
            throw e;
        } catch (RuntimeException e) {
            // The loop is there for all messages: one of them must not end it.
            batch.truncate(records0);
            change.truncate(changed0);
            keyCount = keyCount0;
            LOG.log(Level.ERROR, "a message that is due cannot be delivered, and is held: ticket=" + itsTicket, e);
            return Fate.HELD;
        }
    }

    private Fate tryAdd(long itsTicket, long itsKey, long nowMs) {
        MemorySegment record = records.find(itsTicket);
        if (record == null) {
            note(itsTicket, itsKey, 0, null);
            return Fate.LOST;
        }
        ConsumeQueue target = targets.of(record, 0);
        if (target == null || state.paused().contains(target.topic())) {
            return Fate.HELD;
        }
        long due = MessageRecord.due(record, 0);
        scan.scan(record, MessageRecord.propertiesAt(record, 0), MessageRecord.propertiesLength(record, 0));
        Fate fate = Fate.GOES;
        // A retry bears the properties of what is tried again.
        if (scan.hasExtras && !TopicName.isRetry(target.topic())) {
            Recurrence recurrence = recurrence(itsTicket, record);
            boolean isSkipped = recurrence != null && recurrence.isSkipped(DueTime.ms(due), nowMs);
            fate = isSkipped ? Fate.SKIPPED : isExpired(record, DueTime.ms(due), nowMs) ? Fate.EXPIRED : Fate.GOES;
            if (recurrence != null) {
                addNext(recurrence, record, due, nowMs);
            }
        }
        if (fate == Fate.GOES) {
            copy(record, target);
        }
        if (fate == Fate.EXPIRED) {
            expired[expiredCount++] = itsTicket;
        }
        note(itsTicket, itsKey, DueTime.ms(due), fate == Fate.GOES ? target.topic() : null);
        return fate;
    }

    /** It was checked when it was stored, maybe by another version: what is not understood now comes this once. */
    private static @Nullable Recurrence recurrence(long itsTicket, MemorySegment record) {
        try {
            return Recurrence.of(record);
        } catch (IllegalArgumentException e) {
            LOG.log(Level.ERROR, "a message does not recur any more: ticket={0} why={1}", itsTicket, e.getMessage());
            return null;
        }
    }

    private void note(long itsTicket, long itsKey, long itsDueMs, @Nullable String itsTopic) {
        ticket[count] = itsTicket;
        key[count] = itsKey;
        dueMs[count] = itsDueMs;
        topic[count] = itsTopic;
        count++;
    }

    private static boolean isExpired(MemorySegment record, long itsDueMs, long nowMs) {
        long ttlMs = DeliveryExtras.ttlMs(record);
        return ttlMs > 0 && nowMs - itsDueMs > ttlMs;
    }

    private void copy(MemorySegment record, ConsumeQueue target) {
        int size = MessageRecord.totalSize(record, 0);
        int end = batch.end();
        MemorySegment into = batch.room(size);
        MemorySegment.copy(record, 0, into, end, size);
        MessageRecord.due(into, end, 0);
        MessageRecord.queueId(into, end, target.number());
        batch.add(target, size, scan, false);
    }

    /** The next occurrence goes into its hour with this one's leaving. */
    private void addNext(Recurrence recurrence, MemorySegment record, long due, long nowMs) {
        long nextMs = recurrence.nextMs(DueTime.ms(due), nowMs);
        if (nextMs == Recurrence.NEVER) {
            return;
        }
        next.read(record, 0);
        recurrence.numberNext(next.properties);
        DeliveryExtras.markDue(next, DueTime.of(nextMs, DueTime.rank(due)));
        int record0 = batch.count();
        ConsumeQueue hour = addScheduled(log, batch, next);
        String itsKey = next.properties.get(Extras.KEY);
        if (itsKey != null) {
            noteKey(record0, change.key(ScheduleState.keyOf(next.topic, itsKey), DueQueues.hourOf(hour)));
        }
    }

    /** Writes a copy that is due later into a batch. */
    static ConsumeQueue addScheduled(MessageLog log, AppendBatch to, RecordCopy copy) {
        ConsumeQueue hour = log.dueQueues().of(DueQueues.hourOf(DueTime.ms(copy.head.preparedTransactionOffset)));
        to.add(hour, copy);
        return hour;
    }

    private void noteKey(int record, int at) {
        if (keyCount == keyAt.length) {
            keyRecord = Arrays.copyOf(keyRecord, 2 * keyCount);
            keyAt = Arrays.copyOf(keyAt, 2 * keyCount);
        }
        keyRecord[keyCount] = record;
        keyAt[keyCount] = at;
        keyCount++;
    }

    /** Appends what was added; {@code ended} is told, maybe before this returns. */
    void leave() {
        // Keys of next occurrences stand first, where their places are known; what has left gives up its key after
        // that, and leaves alone the one that its next occurrence took over.
        // What expired is told first, for what has left already is not told again.
        if (expiredCount > 0) {
            change.tickets(ScheduleChange.EXPIRED, expired, expiredCount);
        }
        byte[] changed = change.tickets(ScheduleChange.LEFT, ticket, count).toBytes();
        byte[] entry = asEntry.apply(changed);
        if (batch.count() == 0) {
            log.appendMetadata(entry, outcome -> {
                refusal = outcome;
                ended.accept(this);
            });
            return;
        }
        batch.command(entry);
        for (int i = 0; i < keyCount; i++) {
            batch.placeInCommand(keyRecord[i], entry.length - changed.length + keyAt[i]);
        }
        log.append(batch);
    }

    private void ended(AppendBatch done) {
        refusal = done.refusal();
        ended.accept(this);
    }

    /** Somebody asked for this departure, and is told how it ended. */
    void order(OrderDone told) {
        order = told;
    }

    @Nullable
    OrderDone order() {
        return order;
    }

    /** Why nothing left, or null when all did. */
    @Nullable
    Refusal refusal() {
        return refusal;
    }

    int count() {
        return count;
    }

    long ticket(int i) {
        return ticket[i];
    }

    long key(int i) {
        return key[i];
    }

    long dueMs(int i) {
        return dueMs[i];
    }

    /** Where message {@code i} was delivered, or null when it was not. */
    @Nullable
    String topic(int i) {
        return topic[i];
    }
}
