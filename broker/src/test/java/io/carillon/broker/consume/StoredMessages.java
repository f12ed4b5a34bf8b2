package io.carillon.broker.consume;

import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.LogConfig;
import io.carillon.log.LogListener;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A topic of its own in a real log on a made-up disk, with messages whose tags a test chooses. All share one log. */
final class StoredMessages implements AutoCloseable, QueueReader.Records {
    /** The machine's clock, for tests in which threads race. */
    static final Ticker STEADY = Ticker.system();

    /** Told what became readable. */
    interface Readable {
        void onReadable(ConsumeQueue queue, long from, long to);
    }

    private static final LogConfig CONFIG = new LogConfig(
            LogConfig.Flush.ASYNC,
            ByteSize.mib(1),
            Duration.ofMillis(500),
            Duration.ofSeconds(5),
            ByteSize.mib(256),
            ByteSize.mib(32),
            Duration.ofDays(3),
            new ByteSize(0),
            85,
            ByteSize.kib(1),
            Duration.ofMinutes(10),
            1000,
            ByteSize.gib(1),
            Duration.ZERO);

    private static final Map<String, Readable> LISTENERS = new ConcurrentHashMap<>();
    private static final AtomicInteger TOPICS = new AtomicInteger();
    private static final MessageLog LOG =
            MessageLog.open(CONFIG, new LossyStorage(), STEADY, new Listener(), new Counters());

    private final String topic = "T" + TOPICS.incrementAndGet();
    private final byte[] topicBytes = topic.getBytes(StandardCharsets.UTF_8);
    private final Set<Long> vanished = new HashSet<>();
    private int propertiesRead;
    private final RecordEncoder encoder = new RecordEncoder();
    private final RecordEncoder.Head head = new RecordEncoder.Head();
    private final RecordScan scan = new RecordScan();
    private final AppendBatch batch = new AppendBatch(_ -> {});

    private static final class Listener implements LogListener {
        @Override
        public void onReadable(ConsumeQueue queue, long from, long to) {
            Readable listener = LISTENERS.get(queue.topic());
            if (listener != null) {
                listener.onReadable(queue, from, to);
            }
        }

        @Override
        public void onMetadata(long index, ByteBuffer entry) {}

        @Override
        public void restore(ByteBuffer snapshot) {}

        @Override
        public ByteBuffer snapshot() {
            return ByteBuffer.allocate(0);
        }
    }

    void onReadable(Readable listener) {
        LISTENERS.put(topic, listener);
    }

    ConsumeQueue queue() {
        return queue(0);
    }

    ConsumeQueue queue(int number) {
        return LOG.queue(topic, number);
    }

    /** Stores one message for each tag in queue 0, together. */
    void append(String... tags) {
        appendTo(0, tags);
    }

    void appendTo(int queue, String... tags) {
        batch.clear();
        for (String tag : tags) {
            byte[] properties = MessageProperties.encode(Map.of(MessageProperties.TAGS, tag));
            ByteBuffer body = ByteBuffer.wrap("body".getBytes(StandardCharsets.UTF_8));
            head.queueId = queue;
            int size = RecordEncoder.size(head, body.remaining(), topicBytes.length, properties.length);
            MemorySegment room = batch.room(size);
            encoder.encode(room, batch.end(), head, body, topicBytes, properties, properties.length);
            scan.scan(
                    room,
                    MessageRecord.propertiesAt(room, batch.end()),
                    MessageRecord.propertiesLength(room, batch.end()));
            batch.add(queue(queue), size, scan, false);
        }
        LOG.append(batch);
        if (batch.refusal() != null) {
            throw new IllegalStateException("the log refused: " + batch.refusal());
        }
    }

    /** Makes the record at this offset of queue 0 one that retention removed, though the queue still names it. */
    void vanish(long offset) {
        vanished.add(entry(offset).logOffset);
    }

    int size(long offset) {
        return entry(offset).size;
    }

    private QueueEntry entry(long offset) {
        QueueEntry entry = new QueueEntry();
        if (!queue().read(offset, entry)) {
            throw new IllegalArgumentException("no message at offset " + offset);
        }
        return entry;
    }

    /** How often the properties of a record were asked for. */
    int propertiesRead() {
        return propertiesRead;
    }

    @Override
    public int properties(long logOffset, int size, byte[] into) {
        propertiesRead++;
        return vanished.contains(logOffset) ? -1 : LOG.properties(logOffset, size, into);
    }

    @Override
    public boolean copy(long logOffset, int size, ByteBuffer into) {
        boolean isGone = vanished.stream().anyMatch(gone -> gone >= logOffset && gone < logOffset + size);
        return !isGone && LOG.copy(logOffset, size, into);
    }

    /** The tags of records that stand one after the other. */
    static List<String> tags(ByteBuffer records) {
        List<String> tags = new ArrayList<>();
        MemorySegment bytes = MemorySegment.ofBuffer(records);
        for (long at = 0; at < bytes.byteSize(); at += MessageRecord.totalSize(bytes, at)) {
            tags.add(MessageProperties.of(bytes, at, MessageProperties.TAGS));
        }
        return tags;
    }

    /** Likewise, each with its queue offset. */
    static List<String> tagsAndOffsets(ByteBuffer records) {
        List<String> all = new ArrayList<>();
        MemorySegment bytes = MemorySegment.ofBuffer(records);
        for (long at = 0; at < bytes.byteSize(); at += MessageRecord.totalSize(bytes, at)) {
            all.add(MessageProperties.of(bytes, at, MessageProperties.TAGS) + MessageRecord.queueOffset(bytes, at));
        }
        return all;
    }

    @Override
    public void close() {
        LISTENERS.remove(topic);
    }
}
