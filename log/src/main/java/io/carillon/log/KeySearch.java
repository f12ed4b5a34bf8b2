package io.carillon.log;

import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds stored messages by what the {@link KeyIndex} has of them, which is a hash: each record is looked at. Any thread. */
final class KeySearch {
    /** A unique id stands in the log as scheduled and as delivered; more often only by a client's own doing. */
    private static final int SCHEDULED_TRIES = 16;

    /** How many messages of one hash a query looks at: they may be too old, too young, or of another key. */
    private static final int CANDIDATES_MAX = 4096;

    private final KeyIndex keys;
    private final LogReader reader;

    KeySearch(KeyIndex keys, LogReader reader) {
        this.keys = keys;
        this.reader = reader;
    }

    /** As {@link MessageLog#findByKey(String, String, boolean, long, long, int, long)}. */
    List<MemorySegment> byKey(
            String topic, String key, boolean isUnique, long fromMs, long toMs, int countMax, long bytesMax) {
        long bytesLeft = bytesMax;
        long hash = KeyHash.of(topic, key, isUnique);
        List<MemorySegment> found = new ArrayList<>();
        int seen = 0;
        for (int look = Math.max(1, countMax); ; look *= 4) {
            // Newest first, so what an earlier look brought is the beginning of what this one does.
            long[] candidates = keys.find(hash, fromMs, toMs, Math.min(look, CANDIDATES_MAX));
            for (; seen < candidates.length && found.size() < countMax; seen++) {
                MemorySegment record = reader.record(candidates[seen]);
                if (record != null && isMatch(record, topic, key, isUnique, fromMs, toMs)) {
                    bytesLeft -= record.byteSize();
                    if (bytesLeft < 0 && !found.isEmpty()) {
                        return found;
                    }
                    found.add(record);
                }
            }
            if (found.size() == countMax || candidates.length < look) {
                return found;
            }
        }
    }

    private static boolean isMatch(
            MemorySegment record, String topic, String key, boolean isUnique, long fromMs, long toMs) {
        long storedMs = MessageRecord.storeTimestamp(record, 0);
        String value = MessageProperties.of(record, 0, isUnique ? MessageProperties.UNIQ_KEY : MessageProperties.KEYS);
        return value != null
                && storedMs >= fromMs
                && storedMs <= toMs
                && !MessageRecord.isHidden(record, 0)
                && MessageRecord.topic(record, 0).equals(topic)
                && (isUnique ? value.equals(key) : List.of(value.split(" ")).contains(key));
    }

    /** As {@link MessageLog#findScheduled}. */
    @Nullable
    MemorySegment scheduled(String topic, String uniqueId) {
        long hash = KeyHash.of(topic, uniqueId, true);
        for (long logOffset : keys.find(hash, 0, Long.MAX_VALUE, SCHEDULED_TRIES)) {
            MemorySegment record = reader.record(logOffset);
            if (record != null
                    && MessageRecord.due(record, 0) != 0
                    && MessageRecord.topic(record, 0).equals(topic)
                    && uniqueId.equals(MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY))) {
                return record;
            }
        }
        return null;
    }

    /** As {@link MessageLog#findHalves}. */
    List<MemorySegment> halves(String topic, String uniqueId) {
        List<MemorySegment> found = new ArrayList<>();
        long hash = KeyHash.of(topic, uniqueId, true);
        for (long logOffset : keys.find(hash, 0, Long.MAX_VALUE, SCHEDULED_TRIES)) {
            MemorySegment record = reader.record(logOffset);
            if (record != null
                    && MessageRecord.isHalf(record, 0)
                    && uniqueId.equals(MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY))) {
                found.add(record);
            }
        }
        return found;
    }
}
