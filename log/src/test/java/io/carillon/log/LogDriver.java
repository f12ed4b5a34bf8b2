package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Drives a log step by step on a made-up clock, and keeps what it was told. */
final class LogDriver implements LogListener, AutoCloseable {
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

    private final RecordEncoder encoder = new RecordEncoder();
    private final RecordScan scan = new RecordScan();

    LogDriver(LogConfig config, Storage storage) {
        this(config, storage, new ManualTicker());
    }

    LogDriver(LogConfig config, Storage storage, ManualTicker ticker) {
        this.ticker = ticker;
        this.log = MessageLog.open(config, storage, ticker, this, new Counters());
    }

    static LogConfig config(LogConfig.Flush flush, int segmentBytes) {
        return new LogConfig(
                flush,
                new ByteSize(segmentBytes),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                new ByteSize(2L * segmentBytes),
                Duration.ofDays(3),
                new ByteSize(0),
                100,
                new ByteSize(0),
                Duration.ofMinutes(10),
                1000,
                ByteSize.gib(1));
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

    void add(AppendBatch batch, String topic, int queue, String key, String body) {
        byte[] properties = MessageProperties.encode(Map.of(
                MessageProperties.UNIQ_KEY, key, MessageProperties.KEYS, "k" + key, MessageProperties.TAGS, "t"));
        RecordEncoder.Head head = new RecordEncoder.Head();
        head.queueId = queue;
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuffer content = ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8));
        int size = RecordEncoder.size(head, content.remaining(), name.length, properties.length);
        int at = batch.end();
        MemorySegment bytes = batch.room(size);
        encoder.encode(bytes, at, head, content, name, properties, properties.length);
        scan.scan(bytes, at + size - properties.length, properties.length);
        batch.add(log.queue(topic, queue), size, scan, true);
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
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] entry = ByteBuffer.allocate(8 + name.length).putLong(0).put(name).array();
        log.appendMetadata(entry, refusal -> {
            if (refusal == null) {
                acknowledged.run();
            }
        });
    }

    /** Runs every agent until none has anything to do. */
    void settle() {
        boolean isBusy = true;
        while (isBusy) {
            isBusy = false;
            for (Agent agent : log.agents()) {
                isBusy |= agent.doWork() > 0;
            }
        }
    }

    /** Runs the agents for a while of made-up time. */
    void pass(Duration time) {
        ticker.advance(time);
        settle();
    }

    /** The record at a queue offset, or null when it is gone. */
    @Nullable
    MemorySegment read(String topic, int queue, long offset) {
        QueueEntry entry = new QueueEntry();
        return log.queue(topic, queue).read(offset, entry) ? log.record(entry.logOffset) : null;
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
        state = Math.max(state, entry.getLong(entry.position()));
    }

    @Override
    public @Nullable String deletedTopic(ByteBuffer entry) {
        return entry.remaining() <= 8
                ? null
                : StandardCharsets.UTF_8
                        .decode(entry.slice(entry.position() + 8, entry.remaining() - 8))
                        .toString();
    }

    @Override
    public void restore(ByteBuffer snapshot) {
        state = snapshot.getLong(snapshot.position());
    }

    @Override
    public ByteBuffer snapshot() {
        return ByteBuffer.allocate(8).putLong(state).flip();
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
