package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.message.DueTime;
import io.carillon.message.LightDispatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Drives a log step by step on a made-up clock, and keeps what it was told. */
final class LogDriver implements LogListener, AutoCloseable {
    /** What the entry begins with that makes a topic again. */
    private static final long MADE = -2;

    static final LogConfig SMALL = config(LogConfig.Flush.SYNC, 8 << 10);

    /** What a sender was told of one message. */
    record Acked(String topic, int queue, String key, String body, long logOffset, long queueOffset) {}

    final ManualTicker ticker;
    final List<Acked> acked = new ArrayList<>();
    final List<Refusal> refused = new ArrayList<>();
    final MessageLog log;
    /** The replicated state of these tests: the greatest number that a metadata entry held. */
    long state;
    /** The greatest number whose entry was acknowledged. */
    long ackedState;
    /** What was scheduled and acknowledged, in the order of the acknowledgements. */
    final List<Waiting> waiting = new ArrayList<>();
    /** The rest of the replicated state: made by the commands of batches. */
    final ScheduleNotes notes = new ScheduleNotes();

    /** The topics that were deleted and not made again: all others are there. */
    final Set<String> missing = new TreeSet<>();

    /** To which light queues the messages of a topic go as well. */
    final Map<String, List<String>> lightQueues = new HashMap<>();

    private final RecordEncoder encoder = new RecordEncoder();
    private final RecordScan scan = new RecordScan();

    LogDriver(LogConfig config, Storage storage) {
        this(config, storage, new ManualTicker());
    }

    LogDriver(LogConfig config, Storage storage, ManualTicker ticker) {
        this(config, storage, ticker, false);
    }

    LogDriver(LogConfig config, Storage storage, ManualTicker ticker, boolean isReplica) {
        this.ticker = ticker;
        this.log = isReplica
                ? MessageLog.openReplica(config, storage, ticker, this, new Counters())
                : MessageLog.open(config, storage, ticker, this, new Counters());
    }

    static LogConfig reserving(LogConfig config, long diskReserve) {
        return new LogConfig(
                config.flush(),
                config.segmentSize(),
                config.flushInterval(),
                config.checkpointInterval(),
                config.checkpointBytes(),
                config.indexMemory(),
                config.keepFor(),
                config.keepAtMost(),
                config.diskUseMax(),
                new ByteSize(diskReserve),
                config.dedupWindow(),
                config.dedupCount(),
                config.hotBytes(),
                config.scrubInterval());
    }

    static LogConfig withIndexMemory(LogConfig config, long bytes) {
        return new LogConfig(
                config.flush(),
                config.segmentSize(),
                config.flushInterval(),
                config.checkpointInterval(),
                config.checkpointBytes(),
                new ByteSize(bytes),
                config.keepFor(),
                config.keepAtMost(),
                config.diskUseMax(),
                config.diskReserve(),
                config.dedupWindow(),
                config.dedupCount(),
                config.hotBytes(),
                config.scrubInterval());
    }

    static LogConfig config(LogConfig.Flush flush, int segmentBytes) {
        return new LogConfig(
                flush,
                new ByteSize(segmentBytes),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                new ByteSize(2L * segmentBytes),
                ByteSize.mib(32),
                Duration.ofDays(3),
                new ByteSize(0),
                100,
                new ByteSize(0),
                Duration.ofMinutes(10),
                1000,
                ByteSize.gib(1),
                Duration.ZERO);
    }

    /** Appends one message; it is in {@link #acked} when its outcome was told. */
    void send(String topic, int queue, String key, String body) {
        sendAll(List.of(new Sent(topic, queue, key, body)));
    }

    /** What is to be sent. */
    record Sent(String topic, int queue, String key, String body) {}

    /** Appends messages as one batch; each is in {@link #acked} when the outcome was told. */
    void sendAll(List<Sent> all) {
        AppendBatch batch = new AppendBatch(done -> {
            for (int i = 0; i < all.size(); i++) {
                told(done, i, all.get(i));
            }
        });
        all.forEach(sent -> add(batch, sent.topic(), sent.queue(), sent.key(), sent.body()));
        log.append(batch);
    }

    /** What a sender was told of one message that is due later. */
    record Waiting(String topic, int queue, String key, String body, long due, long logOffset, long queueOffset) {}

    /** Schedules one message; it is in {@link #waiting} when its outcome was told. */
    void schedule(String topic, int queue, String key, String body, long due) {
        AppendBatch batch = new AppendBatch(done -> {
            if (done.refusal() == null) {
                waiting.add(new Waiting(
                        topic, done.queueNumber(0), key, body, due, done.logOffset(0), done.queueOffset(0)));
            } else {
                refused.add(done.refusal());
            }
        });
        addScheduled(batch, topic, queue, key, body, due);
        log.append(batch);
    }

    /** Lets messages go to their queues, and notes that they have, with one batch. */
    void fire(List<Waiting> all) {
        AppendBatch batch = new AppendBatch(done -> {
            if (done.refusal() != null) {
                refused.add(done.refusal());
            }
        });
        all.forEach(one -> addFired(batch, one));
        ScheduleNotes.command(batch, all.stream().map(Waiting::key).toList(), Map.of());
        log.append(batch);
    }

    /** Adds the copy of a message that waits, as it goes to its queue. */
    void addFired(AppendBatch batch, Waiting one) {
        MemorySegment record = Objects.requireNonNull(log.record(one.logOffset()), () -> one + " is gone");
        int size = MessageRecord.totalSize(record, 0);
        int at = batch.end();
        MemorySegment into = batch.room(size);
        MemorySegment.copy(record, 0, into, at, size);
        MessageRecord.due(into, at, 0);
        MessageRecord.queueId(into, at, one.queue());
        scan.scan(into, MessageRecord.propertiesAt(into, at), MessageRecord.propertiesLength(into, at));
        batch.add(log.queue(one.topic(), one.queue()), size, scan, false);
    }

    void addScheduled(AppendBatch batch, String topic, int queue, String key, String body, long due) {
        int size = encode(batch, topic, queue, key, body, due);
        batch.addScheduled(log.dueQueues().of(DueQueues.hourOf(DueTime.ms(due))), size, scan, true);
    }

    void add(AppendBatch batch, String topic, int queue, String key, String body) {
        int size = encode(batch, topic, queue, key, body, 0);
        batch.add(log.queue(topic, queue), size, scan, true);
    }

    /** The scan of the record that was encoded last. */
    RecordScan scanned() {
        return scan;
    }

    /** Writes a record behind the batch's last one, scans it, and returns its size. */
    int encode(AppendBatch batch, String topic, int queue, String key, String body, long due) {
        byte[] properties = MessageProperties.encode(properties(key, lightQueues.getOrDefault(topic, List.of())));
        RecordEncoder.Head head = new RecordEncoder.Head();
        head.queueId = queue;
        head.preparedTransactionOffset = due;
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuffer content = ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8));
        int size = RecordEncoder.size(head, content.remaining(), name.length, properties.length);
        int at = batch.end();
        MemorySegment bytes = batch.room(size);
        encoder.encode(bytes, at, head, content, name, properties, properties.length);
        scan.scan(bytes, at + size - properties.length, properties.length);
        return size;
    }

    private static Map<String, String> properties(String key, List<String> light) {
        Map<String, String> all = new LinkedHashMap<>(Map.of(
                MessageProperties.UNIQ_KEY, key, MessageProperties.KEYS, "k" + key, MessageProperties.TAGS, "t"));
        if (!light.isEmpty()) {
            byte[] places = LightDispatch.places(light.size());
            all.put(LightDispatch.NAMES, String.join(",", light));
            all.putAll(MessageProperties.decode(MemorySegment.ofArray(places), 0, places.length));
        }
        return all;
    }

    private void told(AppendBatch batch, int i, Sent sent) {
        Refusal refusal = batch.refusal();
        if (refusal != null) {
            refused.add(refusal);
            return;
        }
        acked.add(new Acked(
                sent.topic(), batch.queueNumber(i), sent.key(), sent.body(), batch.logOffset(i), batch.queueOffset(i)));
    }

    /** Appends a metadata entry that raises the state to this number. */
    void raiseState(long number) {
        log.appendMetadata(ByteBuffer.allocate(8).putLong(number).array(), refusal -> {
            if (refusal == null) {
                ackedState = Math.max(ackedState, number);
            }
        });
    }

    /** Appends a metadata entry that deletes a topic. */
    void deleteTopic(String topic) {
        deleteTopic(topic, () -> {});
    }

    /** @param acknowledged run when the deletion is durable */
    void deleteTopic(String topic, Runnable acknowledged) {
        log.appendMetadata(deletionOf(topic), refusal -> {
            if (refusal == null) {
                acknowledged.run();
            }
        });
    }

    /** Appends a metadata entry that makes a topic again. */
    void makeTopic(String topic) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        log.appendMetadata(
                ByteBuffer.allocate(8 + name.length).putLong(MADE).put(name).array(), _ -> {});
    }

    static byte[] deletionOf(String topic) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + name.length).putLong(0).put(name).array();
    }

    /** Lets nothing be dropped from this log offset on. */
    void keepFrom(LongSupplier needed) {
        log.rescueBy(new Rescue() {
            @Override
            public void before(long logOffset) {
                if (needed.getAsLong() < logOffset) {
                    throw new StorageFault("it is still needed", null, false);
                }
            }

            @Override
            public void tidy() {}
        });
    }

    /** Runs every agent until none has anything to do, also after what the last ones asked of the first. */
    void settle() {
        int idleRounds = 0;
        while (idleRounds < 2) {
            boolean isBusy = false;
            for (Agent agent : log.agents()) {
                isBusy |= agent.doWork() > 0;
            }
            idleRounds = isBusy ? 0 : idleRounds + 1;
        }
    }

    /** Runs the agents for a while of made-up time. */
    void pass(Duration time) {
        ticker.advance(time);
        settle();
    }

    /** The record at a place in the queue of the hour of a due time, or null when it is gone. */
    @Nullable
    MemorySegment readDue(long due, long offset) {
        QueueEntry entry = new QueueEntry();
        ConsumeQueue hour = log.dueQueues().of(DueQueues.hourOf(DueTime.ms(due)));
        return hour.read(offset, entry) && entry.tagsCode == due ? log.record(entry.logOffset) : null;
    }

    /** The record at a queue offset, or null when it is gone. */
    @Nullable
    MemorySegment read(String topic, int queue, long offset) {
        QueueEntry entry = new QueueEntry();
        return log.queue(topic, queue).read(offset, entry) ? log.record(entry.logOffset) : null;
    }

    /** The bodies of the messages that bear a key, newest first. */
    List<String> bodiesByKey(String topic, String key, boolean isUnique) {
        return log.findByKey(topic, key, isUnique, 0, Long.MAX_VALUE, 10).stream()
                .map(LogDriver::bodyOf)
                .toList();
    }

    static String bodyOf(MemorySegment record) {
        byte[] body = new byte[MessageRecord.bodyLength(record, 0)];
        MemorySegment.copy(
                record, java.lang.foreign.ValueLayout.JAVA_BYTE, MessageRecord.bodyAt(record, 0), body, 0, body.length);
        return new String(body, StandardCharsets.UTF_8);
    }

    @Override
    public void onReadable(ConsumeQueue queue, long from, long to) {
        if (from >= to || to > queue.offsetMax()) {
            throw new IllegalStateException("told of " + from + " to " + to + ", max is " + queue.offsetMax());
        }
    }

    @Override
    public void onMetadata(long index, ByteBuffer entry) {
        long number = entry.getLong(entry.position());
        if (number == ScheduleNotes.CHANGE) {
            notes.apply(index, entry);
        } else if (number == MADE) {
            missing.remove(topicOf(entry));
        } else {
            if (deletedTopic(entry) instanceof String topic) {
                missing.add(topic);
            }
            state = Math.max(state, number);
        }
    }

    @Override
    public @Nullable String deletedTopic(ByteBuffer entry) {
        return entry.remaining() <= 8 || entry.getLong(entry.position()) != 0 ? null : topicOf(entry);
    }

    private static String topicOf(ByteBuffer entry) {
        return StandardCharsets.UTF_8
                .decode(entry.slice(entry.position() + 8, entry.remaining() - 8))
                .toString();
    }

    @Override
    public boolean hasTopic(String name) {
        return !missing.contains(name);
    }

    @Override
    public void restore(ByteBuffer snapshot) {
        state = snapshot.getLong();
        byte[] names = new byte[snapshot.getInt()];
        snapshot.get(names);
        new String(names, StandardCharsets.UTF_8).lines().forEach(missing::add);
        notes.restore(snapshot);
    }

    @Override
    public ByteBuffer snapshot() {
        byte[] more = notes.snapshot();
        byte[] names = String.join("\n", missing).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(12 + names.length + more.length)
                .putLong(state)
                .putInt(names.length)
                .put(names)
                .put(more)
                .flip();
    }

    @Override
    public void close() {
        try {
            log.close();
        } catch (StorageFault _) {
            // the disk of a test may be broken for good
        }
    }
}
