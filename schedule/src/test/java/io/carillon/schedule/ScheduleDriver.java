package io.carillon.schedule;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.LogConfig;
import io.carillon.log.LogListener;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A log with a scheduler over it, glued as the broker does, and driven step by step on a made-up clock. */
final class ScheduleDriver implements LogListener {
    /** What stands before a change in the log, so that places within it are not those of the entry. */
    private static final byte[] BEFORE_CHANGE = {'t', 'e', 's', 't'};

    final ManualTicker ticker;
    final MessageLog log;
    final ScheduleState state = new ScheduleState();
    private final WaitingMessages waiting;
    final Scheduler scheduler;

    private final Counters counters = new Counters();
    private final RecordEncoder encoder = new RecordEncoder();
    private final RecordScan scan = new RecordScan();
    private @Nullable Scheduler told;
    private long appliedIndex = -1;
    private boolean isWoken = true;
    private long restUntilNs;

    /** @param topics those that take messages; may change, and then {@link Scheduler#onTopicChange} wants to know */
    ScheduleDriver(
            LogConfig config, ScheduleConfig scheduleConfig, Storage storage, ManualTicker ticker, Set<String> topics) {
        this(config, scheduleConfig, storage, ticker, (log, record) -> {
            String topic = MessageRecord.topic(record, 0);
            return topics.contains(topic) ? log.queue(topic, MessageRecord.queueId(record, 0)) : null;
        });
    }

    interface TargetsOfLog {
        @Nullable
        ConsumeQueue of(MessageLog log, MemorySegment record);
    }

    ScheduleDriver(
            LogConfig config,
            ScheduleConfig scheduleConfig,
            Storage storage,
            ManualTicker ticker,
            TargetsOfLog targets) {
        this.ticker = ticker;
        log = MessageLog.open(config, storage, ticker, this, new Counters());
        waiting = WaitingMessages.open(storage, log, state);
        scheduler = new Scheduler(
                log,
                waiting,
                scheduleConfig,
                (bytes, _) -> targets.of(log, bytes),
                ScheduleDriver::entry,
                ticker,
                counters);
        told = scheduler;
        scheduler.agent().wakeBy(() -> isWoken = true);
    }

    static LogConfig config(LogConfig.Flush flush, int segmentBytes) {
        return config(flush, segmentBytes, Duration.ofDays(40_000));
    }

    static LogConfig config(LogConfig.Flush flush, int segmentBytes, Duration keepFor) {
        return new LogConfig(
                flush,
                new ByteSize(segmentBytes),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                new ByteSize(2L * segmentBytes),
                ByteSize.mib(32),
                keepFor,
                new ByteSize(0),
                100,
                new ByteSize(0),
                Duration.ofMinutes(10),
                1000,
                ByteSize.gib(1),
                Duration.ZERO);
    }

    // ---- the log's owner

    private static byte[] entry(byte[] change) {
        return ByteBuffer.allocate(BEFORE_CHANGE.length + change.length)
                .put(BEFORE_CHANGE)
                .put(change)
                .array();
    }

    @Override
    public void onReadable(ConsumeQueue queue, long from, long to) {
        Scheduler listening = told;
        if (queue.isDue() && listening != null) {
            listening.onScheduled(queue);
        }
    }

    @Override
    public void onMetadata(long index, ByteBuffer entry) {
        if (index > appliedIndex) {
            ByteBuffer change = entry.duplicate();
            change.position(change.position() + BEFORE_CHANGE.length);
            state.apply(change);
            appliedIndex = index;
        }
    }

    @Override
    public long dueQueueStart(int hour) {
        return state.firstPending(hour);
    }

    @Override
    public void restore(ByteBuffer snapshot) {
        appliedIndex = snapshot.getLong();
        state.restore(snapshot);
    }

    @Override
    public ByteBuffer snapshot() {
        byte[] part = state.snapshot();
        return ByteBuffer.allocate(8 + part.length)
                .putLong(appliedIndex)
                .put(part)
                .flip();
    }

    // ---- sending

    /** Appends a message that is due later. */
    void send(String topic, int queue, long due, Map<String, String> properties, Consumer<AppendBatch> done) {
        AppendBatch batch = new AppendBatch(done::accept);
        add(batch, topic, queue, due, properties);
        log.append(batch);
    }

    /** @param due a {@link DueTime}; 0 for a message that is not due later */
    void add(AppendBatch batch, String topic, int queue, long due, Map<String, String> properties) {
        RecordEncoder.Head head = new RecordEncoder.Head();
        head.queueId = queue;
        head.preparedTransactionOffset = due;
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] stored = MessageProperties.encode(properties);
        ByteBuffer body = ByteBuffer.wrap(new byte[] {1, 2, 3});
        int size = RecordEncoder.size(head, body.remaining(), name.length, stored.length);
        int at = batch.end();
        MemorySegment bytes = batch.room(size);
        encoder.encode(bytes, at, head, body, name, stored, stored.length);
        scan.scan(bytes, at + size - stored.length, stored.length);
        if (due == 0) {
            batch.add(log.queue(topic, queue), size, scan, true);
        } else {
            batch.addScheduled(scheduler.queueFor(DueTime.ms(due)), size, scan, true);
        }
    }

    // ---- running

    long count(String name) {
        return counters.snapshot().getOrDefault(name, 0L);
    }

    /** Runs the due loop as its runner would: when it was woken, or has rested for as long as it wished. */
    int runLoop() {
        Agent loop = scheduler.agent();
        if (!isWoken && ticker.nanoTime() < restUntilNs) {
            return 0;
        }
        isWoken = false;
        int done = loop.doWork();
        if (done == 0 && !isWoken) {
            long restNs = loop.restNs();
            if (restNs <= 0) {
                throw new IllegalStateException("the loop would spin: it rests for " + restNs + " ns");
            }
            restUntilNs = ticker.nanoTime() + restNs;
        } else {
            isWoken = true;
        }
        return 1;
    }

    /** Runs everything until nothing has anything to do, while time stands still. */
    void settle() {
        int turns = 0;
        boolean isBusy = true;
        while (isBusy) {
            isBusy = runLoop() > 0;
            for (Agent agent : log.agents()) {
                isBusy |= agent.doWork() > 0;
            }
            if (turns++ > 100_000) {
                throw new IllegalStateException("there is no end to the work");
            }
        }
    }

    /** Lets time pass as a running server would see it: in steps of at most so many ms. */
    void pass(long ms, long stepMs) {
        long left = ms;
        settle();
        while (left > 0) {
            long step = Math.min(left, stepMs);
            ticker.advanceMs(step);
            left -= step;
            settle();
        }
    }

    void close() {
        log.close();
        waiting.close();
    }

    /** The record at a place of a queue. */
    MemorySegment record(ConsumeQueue queue, long offset) {
        QueueEntry entry = new QueueEntry();
        MemorySegment record = queue.read(offset, entry) ? log.record(entry.logOffset) : null;
        if (record == null) {
            throw new IllegalStateException("nothing at " + offset + " of " + queue.topic());
        }
        return record;
    }

    static Map<String, String> properties(MemorySegment record) {
        return MessageProperties.decode(record, 0);
    }
}
