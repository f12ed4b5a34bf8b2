package io.carillon.broker.metadata;

import io.carillon.log.ConsumeQueue;
import io.carillon.message.Topic;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A topic that exists, with what the hot path needs at hand. A change of the topic makes a new one. Any thread may call. */
public final class TopicState {
    private final Topic config;
    private final byte[] nameBytes;
    private final int nameHash;
    private final Supplier<MetadataLog> log;
    private final AtomicReferenceArray<@Nullable ConsumeQueue> queues;

    TopicState(Topic config, Supplier<MetadataLog> log) {
        this(config, config.name().getBytes(StandardCharsets.UTF_8), log);
    }

    private TopicState(Topic config, byte[] nameBytes, Supplier<MetadataLog> log) {
        this.config = config;
        this.nameBytes = nameBytes;
        this.nameHash = hash(nameBytes, nameBytes.length);
        this.log = log;
        this.queues = new AtomicReferenceArray<>(config.queues());
    }

    /** The same topic with other settings; what is known of its queues is kept. */
    TopicState with(Topic changed) {
        TopicState next = new TopicState(changed, nameBytes, log);
        int kept = Math.min(queues.length(), next.queues.length());
        for (int i = 0; i < kept; i++) {
            next.queues.set(i, queues.get(i));
        }
        return next;
    }

    public Topic config() {
        return config;
    }

    /** The topic's name as stored in records; do not change. */
    public byte[] nameBytes() {
        return nameBytes;
    }

    /** The queue of this number, {@code 0 <= number < config().queues()}. */
    public ConsumeQueue queue(int number) {
        ConsumeQueue queue = queues.get(number);
        return queue == null ? firstQueue(number) : queue;
    }

    private ConsumeQueue firstQueue(int number) {
        ConsumeQueue queue = log.get().queue(config.name(), number);
        queues.set(number, queue);
        return queue;
    }

    int nameHash() {
        return nameHash;
    }

    boolean isNamed(byte[] name, int length) {
        return Arrays.equals(nameBytes, 0, nameBytes.length, name, 0, length);
    }

    /** Spread over all bits, since the table takes the low ones. */
    static int hash(byte[] name, int length) {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + name[i];
        }
        hash *= 0x9E3779B9;
        return hash ^ (hash >>> 15);
    }
}
