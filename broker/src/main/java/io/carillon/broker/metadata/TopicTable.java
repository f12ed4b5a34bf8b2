package io.carillon.broker.metadata;

import io.carillon.message.Topic;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Finds a topic by the bytes of its name: open addressing with linear probing, at most half full. One thread at a time
 * changes it, any thread reads without a lock and without making anything.
 *
 * <p>A slot goes from empty to a topic and from then on holds topics or {@link #GONE}, never empty again, so a reader's
 * probe never ends before the topic it looks for. A larger table replaces this one when it is half full.
 */
final class TopicTable {
    private static final TopicState GONE = new TopicState(Topic.of("", 0), () -> {
        throw new IllegalStateException("a deleted topic has no queues");
    });

    private volatile AtomicReferenceArray<@Nullable TopicState> slots = new AtomicReferenceArray<>(64);
    private int used;

    @Nullable
    TopicState find(byte[] name, int length) {
        AtomicReferenceArray<@Nullable TopicState> table = slots;
        int hash = TopicState.hash(name, length);
        int mask = table.length() - 1;
        for (int at = hash & mask; ; at = (at + 1) & mask) {
            TopicState topic = table.get(at);
            if (topic == null) {
                return null;
            }
            if (topic.nameHash() == hash && topic != GONE && topic.isNamed(name, length)) {
                return topic;
            }
        }
    }

    /** Adds the topic or replaces the one of that name. */
    void put(TopicState topic) {
        if ((used + 1) * 2 > slots.length()) {
            rebuild();
        }
        place(slots, topic);
    }

    void remove(TopicState topic) {
        int at = slotOf(slots, topic);
        if (slots.get(at) != null) {
            slots.set(at, GONE);
        }
    }

    private void place(AtomicReferenceArray<@Nullable TopicState> table, TopicState topic) {
        int at = slotOf(table, topic);
        if (table.get(at) == null) {
            used++;
        }
        table.set(at, topic);
    }

    /** Where a topic of this name stands, or the empty slot for it. */
    private static int slotOf(AtomicReferenceArray<@Nullable TopicState> table, TopicState topic) {
        int mask = table.length() - 1;
        int at = topic.nameHash() & mask;
        for (TopicState there = table.get(at); there != null; there = table.get(at)) {
            if (there != GONE && there.isNamed(topic.nameBytes(), topic.nameBytes().length)) {
                return at;
            }
            at = (at + 1) & mask;
        }
        return at;
    }

    private void rebuild() {
        AtomicReferenceArray<@Nullable TopicState> old = slots;
        int live = 0;
        for (int i = 0; i < old.length(); i++) {
            live += old.get(i) != null && old.get(i) != GONE ? 1 : 0;
        }
        int capacity = Math.max(64, Integer.highestOneBit(live + 1) * 8);
        AtomicReferenceArray<@Nullable TopicState> larger = new AtomicReferenceArray<>(capacity);
        used = 0;
        for (int i = 0; i < old.length(); i++) {
            TopicState topic = old.get(i);
            if (topic != null && topic != GONE) {
                place(larger, topic);
            }
        }
        slots = larger;
    }
}
