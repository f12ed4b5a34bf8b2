package io.carillon.broker.metadata;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.LogListener;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Takes entries and makes them durable, or refuses them, when the test says so. */
final class FakeLog implements MetadataLog {
    final List<byte[]> durable = new ArrayList<>();
    final List<String> dropped = new ArrayList<>();
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final LogListener listener;
    private long index;

    private record Pending(byte[] entry, MessageLog.MetadataCompletion completion) {}

    FakeLog(LogListener listener) {
        this.listener = listener;
    }

    int pendingCount() {
        return pending.size();
    }

    /** Makes everything durable that was appended so far, in order. */
    void force() {
        for (Pending next = pending.poll(); next != null; next = pending.poll()) {
            durable.add(next.entry);
            listener.onMetadata(++index, ByteBuffer.wrap(next.entry));
            String deleted = listener.deletedTopic(ByteBuffer.wrap(next.entry));
            if (deleted != null) {
                dropped.add(deleted);
            }
            next.completion.done(null);
        }
    }

    void forceOne() {
        Pending next = pending.remove();
        durable.add(next.entry);
        listener.onMetadata(++index, ByteBuffer.wrap(next.entry));
        String deleted = listener.deletedTopic(ByteBuffer.wrap(next.entry));
        if (deleted != null) {
            dropped.add(deleted);
        }
        next.completion.done(null);
    }

    void refuse(Refusal refusal) {
        for (int i = pending.size(); i > 0; i--) {
            pending.remove().completion.done(refusal);
        }
    }

    @Override
    public void append(byte[] entry, MessageLog.MetadataCompletion completion) {
        pending.add(new Pending(entry, completion));
    }

    @Override
    public ConsumeQueue queue(String topic, int number) {
        throw new IllegalStateException("this log has no queues");
    }
}
