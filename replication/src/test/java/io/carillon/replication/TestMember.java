package io.carillon.replication;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.LogConfig;
import io.carillon.log.LogListener;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.log.Refusal;
import io.carillon.log.ReplicaCopy;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One replica with its log, as a broker would have it: started, stopped, killed, sent to and read from. */
final class TestMember implements RoleListener, LogListener {
    final ReplicationConfig config;
    Storage storage;
    LogConfig logConfig;
    Transport transport = TestTransport.PLAIN;
    volatile boolean isLeading;
    volatile boolean hasFailed;
    volatile int metadata;
    volatile int reopened;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private volatile boolean isRunning;

    private volatile @Nullable MessageLog log;
    private volatile @Nullable RaftGroup group;

    TestMember(ReplicationConfig config, Storage storage, LogConfig logConfig) {
        this.config = config;
        this.storage = storage;
        this.logConfig = logConfig;
    }

    String address() {
        return config.self();
    }

    synchronized void start() {
        if (group != null) {
            return; // it was opened again by itself
        }
        MessageLog opened = MessageLog.openReplica(logConfig, storage, Ticker.system(), this, new Counters());
        log = opened;
        isRunning = true;
        hasFailed = false;
        opened.agents().forEach(this::run);
        RaftGroup started = new RaftGroup(config, transport, opened, this);
        group = started;
        started.agents().forEach(this::run);
    }

    /** Starts, or sets the damaged log aside and starts then. */
    void startOrRepair() {
        try {
            start();
        } catch (Corrupt damage) {
            ReplicaCopy.setAside(storage, config.group(), String.valueOf(damage.getMessage()));
            start();
        }
    }

    /** A log that is nobody else's. */
    void startAlone(MessageLog alone) {
        log = alone;
        isRunning = true;
        alone.agents().forEach(this::run);
    }

    void stopAlone() {
        stopThreads();
        log = null;
    }

    /** As a broker does it: another thread closes all and opens it again. */
    @Override
    public void reopen(String why) {
        reopened = reopened + 1;
        Thread.ofPlatform().daemon().start(() -> {
            synchronized (this) {
                if (group != null) {
                    stop();
                    start();
                }
            }
        });
    }

    private void run(Agent agent) {
        agent.wakeBy(() -> threads.forEach(LockSupport::unpark));
        Thread thread = Thread.ofPlatform().daemon().name(agent.name()).unstarted(() -> {
            while (isRunning) {
                if (agent.doWork() == 0 && isRunning) {
                    LockSupport.parkNanos(Math.clamp(agent.restNs(), 1, TimeUnit.MILLISECONDS.toNanos(5)));
                }
            }
        });
        threads.add(thread);
        thread.start();
    }

    boolean isUp() {
        return group != null;
    }

    /** An orderly stop. */
    synchronized void stop() {
        isLeading = false;
        RaftGroup running = group;
        MessageLog open = log;
        group = null;
        log = null;
        if (running != null) {
            running.close();
        }
        if (open != null) {
            stopThreads();
            open.close();
        }
    }

    private void stopThreads() {
        isRunning = false;
        threads.forEach(LockSupport::unpark);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        threads.clear();
    }

    MessageLog log() {
        MessageLog open = log;
        if (open == null) {
            throw new IllegalStateException("this member is down");
        }
        return open;
    }

    RaftGroup group() {
        RaftGroup running = group;
        if (running == null) {
            throw new IllegalStateException("this member is down");
        }
        return running;
    }

    /** What it is at the moment; failed while it is down. */
    Role role() {
        RaftGroup running = group;
        return running == null ? Role.FAILED : running.role();
    }

    /** How much it has copied of the leader's log; -1 while it does not. */
    long copiedBytes() {
        RaftGroup running = group;
        return running == null
                ? -1
                : running.status().members().stream()
                        .filter(member -> member.address().equals(address()))
                        .mapToLong(MemberStatus::copiedBytes)
                        .findFirst()
                        .orElse(-1);
    }

    CompletableFuture<Long> send(String topic, String id) {
        return send(topic, id, 0);
    }

    /** Sends a message whose body is the id, and so many bytes more; tells its queue offset. */
    CompletableFuture<Long> send(String topic, String id, int padding) {
        CompletableFuture<Long> told = new CompletableFuture<>();
        AppendBatch batch = new AppendBatch(done -> {
            Refusal refusal = done.refusal();
            if (refusal == null) {
                told.complete(done.queueOffset(0));
            } else {
                told.completeExceptionally(new IllegalStateException(refusal.name()));
            }
        });
        byte[] properties = MessageProperties.encode(Map.of(MessageProperties.UNIQ_KEY, id));
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        RecordEncoder.Head head = new RecordEncoder.Head();
        ByteBuffer body = ByteBuffer.wrap((id + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8));
        int size = RecordEncoder.size(head, body.remaining(), name.length, properties.length);
        MemorySegment bytes = batch.room(size);
        new RecordEncoder().encode(bytes, 0, head, body, name, properties, properties.length);
        RecordScan scan = new RecordScan();
        scan.scan(bytes, size - properties.length, properties.length);
        batch.add(log().queue(topic, 0), size, scan, true);
        log().append(batch);
        return told;
    }

    /** The id of the message at this place, or null when there is none. */
    @Nullable
    String body(String topic, long offset) {
        QueueEntry entry = new QueueEntry();
        MemorySegment record = log().queue(topic, 0).read(offset, entry) ? log().record(entry.logOffset) : null;
        return record == null
                ? null
                : new String(
                                record.asSlice(MessageRecord.bodyAt(record, 0), MessageRecord.bodyLength(record, 0))
                                        .toArray(ValueLayout.JAVA_BYTE),
                                StandardCharsets.UTF_8)
                        .stripTrailing();
    }

    long count(String topic) {
        MessageLog open = log;
        try {
            return open == null ? -1 : open.queue(topic, 0).offsetMax();
        } catch (IllegalStateException closed) {
            return -1; // just now
        }
    }

    @Override
    public void leads(long term, Runnable open) {
        open.run();
        isLeading = true;
    }

    @Override
    public void follows() {
        isLeading = false;
    }

    @Override
    public void failed() {
        isLeading = false;
        hasFailed = true;
    }

    @Override
    public void onReadable(ConsumeQueue queue, long from, long to) {}

    @Override
    public void onMetadata(long index, ByteBuffer entry) {
        metadata++;
    }

    @Override
    public void restore(ByteBuffer snapshot) {}

    @Override
    public ByteBuffer snapshot() {
        return ByteBuffer.allocate(0);
    }
}
