package io.carillon.broker.produce;

import io.carillon.message.LightDispatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.RecordScan;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Turns the properties that a client sent into those that are stored: drops what must not be stored, adds what every
 * stored message bears. Works in the client's scratch array; one thread at a time per array.
 */
final class StoredProperties {
    private static final String REGION = "DefaultRegion";
    /** A receipt handle, and what this broker says itself. */
    private static final List<String> NOT_STORED = List.of(
            MessageProperties.POP_CK,
            MessageProperties.MSG_REGION,
            MessageProperties.TRACE_ON,
            MessageProperties.CLUSTER,
            LightDispatch.PLACES);

    private static final List<String> NOT_STORED_DEAD = Stream.concat(
                    NOT_STORED.stream(),
                    Stream.of(
                            MessageProperties.DELAY,
                            MessageProperties.TIMER_DELAY_SEC,
                            MessageProperties.TIMER_DELAY_MS,
                            MessageProperties.TIMER_DELIVER_MS,
                            MessageProperties.TIMER_OUT_MS))
            .toList();

    /** Of a message that is due later, which gets marks of its own: those of an earlier time. */
    private static final List<String> NOT_STORED_DUE = Stream.concat(
                    NOT_STORED.stream(),
                    Stream.of(MessageProperties.REAL_TOPIC, MessageProperties.REAL_QID, MessageProperties.TIMER_OUT_MS))
            .toList();

    /** Of the half of a transaction: where an earlier one went, and what the broker notes itself. */
    private static final List<String> NOT_STORED_HALF = Stream.concat(
                    NOT_STORED_DUE.stream(),
                    Stream.of(MessageProperties.TRANSACTION_CHECK_TIMES, MessageProperties.PREPARED_QUEUE_OFFSET))
            .toList();

    private final byte[] region = property(MessageProperties.MSG_REGION, REGION);
    private final byte[] traceOn = property(MessageProperties.TRACE_ON, "true");
    private final byte[] cluster;
    private final UniqueIds uniqueIds;

    StoredProperties(String clusterName, UniqueIds uniqueIds) {
        this.cluster = property(MessageProperties.CLUSTER, clusterName);
        this.uniqueIds = uniqueIds;
    }

    private static byte[] property(String name, String value) {
        return MessageProperties.encode(Map.of(name, value));
    }

    /** At most so many bytes are added to what the client sent. */
    int growthMax() {
        return 1
                + region.length
                + traceOn.length
                + cluster.length
                + MessageProperties.UNIQ_KEY.length()
                + 2
                + UniqueIds.CHARS;
    }

    /**
     * Completes the properties in {@code bytes}, which has {@link #growthMax} bytes to spare, and leaves in {@code scan}
     * what the completed ones hold.
     *
     * @param segment of the whole of {@code bytes}: made once, for this is called for each message
     * @param isDeadLetter whether nobody will try it again, so that the delay of the next try means nothing
     * @return how many bytes they have now
     */
    int complete(byte[] bytes, MemorySegment segment, int length, boolean isDeadLetter, RecordScan scan) {
        scan.scan(segment, 0, length);
        int end = length;
        if (scan.hasUnstorable
                || scan.hasRegion
                || scan.hasTraceOn
                || scan.hasCluster
                || scan.hasLightPlaces
                || (scan.isTransactional && scan.hasMarks)
                || (isDeadLetter && scan.isDelayed())) {
            List<String> unwanted = unwanted(isDeadLetter, scan);
            end = keepAllBut(unwanted, bytes, segment, length);
            scan.scan(segment, 0, end);
        }
        if (end > 0 && bytes[end - 1] != MessageProperties.VALUE_END) {
            bytes[end++] = MessageProperties.VALUE_END;
        }
        end = put(bytes, end, region);
        end = put(bytes, end, traceOn);
        end = put(bytes, end, cluster);
        if (scan.uniqueLength == 0) {
            end = put(bytes, end, property(MessageProperties.UNIQ_KEY, uniqueIds.next()));
            scan.scan(segment, 0, end);
        }
        return end;
    }

    private static List<String> unwanted(boolean isDeadLetter, RecordScan scan) {
        if (isDeadLetter) {
            return NOT_STORED_DEAD;
        }
        return scan.isTransactional ? NOT_STORED_HALF : scan.isDelayed() ? NOT_STORED_DUE : NOT_STORED;
    }

    private static int put(byte[] bytes, int at, byte[] property) {
        System.arraycopy(property, 0, bytes, at, property.length);
        return at + property.length;
    }

    /**
     * Moves the properties that a client may set together, in place and as they came: a message that was consumed and
     * is sent on bears those of the broker that it came from.
     *
     * @return how many bytes are left
     */
    private static int keepAllBut(List<String> unwanted, byte[] bytes, MemorySegment segment, int length) {
        int[] end = new int[1];
        MessageProperties.scan(segment, 0, length, (_, nameAt, nameLength, valueAt, valueLength) -> {
            if (!isAmong(unwanted, segment, nameAt, nameLength) && !isTransient(segment, nameAt, nameLength)) {
                int entryBytes = nameLength + 1 + valueLength;
                System.arraycopy(bytes, (int) nameAt, bytes, end[0], entryBytes);
                end[0] += entryBytes;
                bytes[end[0]++] = MessageProperties.VALUE_END;
            }
        });
        return end[0];
    }

    private static boolean isAmong(List<String> names, MemorySegment bytes, long nameAt, int nameLength) {
        for (String name : names) {
            if (MessageProperties.nameIs(bytes, nameAt, nameLength, name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isTransient(MemorySegment bytes, long nameAt, int nameLength) {
        String prefix = MessageProperties.TRANSIENT_PREFIX;
        return nameLength >= prefix.length() && MessageProperties.nameIs(bytes, nameAt, prefix.length(), prefix);
    }
}
