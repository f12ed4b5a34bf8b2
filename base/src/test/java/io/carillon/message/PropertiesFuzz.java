package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Fuzz target: any bytes can be read as properties, the two scans of them agree, and what was read reads back. */
public final class PropertiesFuzz {
    private static final RecordScan SCAN = new RecordScan();

    private static final PropertyBytes STORED = new PropertyBytes();
    private static final List<String> MARKS = List.of(
            MessageProperties.REAL_TOPIC,
            MessageProperties.REAL_QID,
            MessageProperties.TIMER_OUT_MS,
            MessageProperties.TRANSACTION_CHECK_TIMES,
            MessageProperties.PREPARED_QUEUE_OFFSET);

    private PropertiesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        MemorySegment bytes = MemorySegment.ofArray(input);
        Map<String, String> properties = MessageProperties.decode(bytes, 0, input.length);
        SCAN.scan(bytes, 0, input.length);
        same(MessageProperties.TAGS, SCAN.tagsAt, SCAN.tagsLength, properties);
        same(MessageProperties.KEYS, SCAN.keysAt, SCAN.keysLength, properties);
        same(MessageProperties.UNIQ_KEY, SCAN.uniqueAt, SCAN.uniqueLength, properties);
        String tag = properties.get(MessageProperties.TAGS);
        require(SCAN.tagsCode() == (tag == null ? 0 : tag.hashCode()), "the tag's code differs");
        require(SCAN.hasPriority == properties.containsKey(MessageProperties.PRIORITY), "the priority differs");
        require(SCAN.hasShardingKey == properties.containsKey(MessageProperties.SHARDING_KEY), "the group differs");
        require(!SCAN.isDelayed() || properties.containsKey(SCAN.timer.property()), "a timer that is not there");
        require(
                SCAN.hasProducerGroup == properties.containsKey(MessageProperties.PGROUP),
                "the producer group differs");
        same(MessageProperties.CHECK_IMMUNITY_SECONDS, SCAN.immunityAt, SCAN.immunityLength, properties);
        require(SCAN.hasMarks == MARKS.stream().anyMatch(properties::containsKey), "the marks differ");
        readsBack(properties);
        staysWhatItWas(bytes, input.length, properties);
    }

    /** Neither reading nor writing them as bytes changes what they say. */
    private static void staysWhatItWas(MemorySegment bytes, int length, Map<String, String> properties) {
        STORED.read(bytes, 0, length);
        for (String name : MARKS) {
            require(Objects.equals(STORED.get(name), properties.get(name)), name + " differs between map and bytes");
        }
        byte[] written = new byte[STORED.length()];
        STORED.write(written);
        require(
                MessageProperties.decode(MemorySegment.ofArray(written), 0, written.length)
                        .equals(properties),
                "properties differ when they are written as they were read");
    }

    private static void same(String name, long at, int length, Map<String, String> properties) {
        String scanned = length == 0 ? null : MessageProperties.text(SCAN.bytes, at, length);
        require(Objects.equals(scanned, properties.get(name)), name + " differs between the two scans");
    }

    private static void readsBack(Map<String, String> properties) {
        byte[] stored;
        try {
            stored = MessageProperties.encode(properties);
        } catch (IllegalArgumentException _) {
            require(
                    properties.values().stream().anyMatch(value -> value.indexOf(MessageProperties.NAME_END) >= 0),
                    "properties without a separator are refused");
            return;
        }
        require(
                MessageProperties.decode(MemorySegment.ofArray(stored), 0, stored.length)
                        .equals(properties),
                "properties differ when written and read again");
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
