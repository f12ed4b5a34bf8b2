package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message's properties in their stored text form: {@code name 0x01 value 0x02}, repeated (format: Apache RocketMQ).
 * Entries without a name or a value are ignored. The methods read bytes in place; nothing is decoded that is not asked
 * for.
 */
public final class MessageProperties {
    public static final byte NAME_END = 1;
    public static final byte VALUE_END = 2;

    public static final String KEYS = "KEYS";
    public static final String TAGS = "TAGS";
    public static final String UNIQ_KEY = "UNIQ_KEY";
    public static final String WAIT = "WAIT";
    public static final String DELAY = "DELAY";
    public static final String RETRY_TOPIC = "RETRY_TOPIC";
    public static final String ORIGIN_MESSAGE_ID = "ORIGIN_MESSAGE_ID";
    public static final String REAL_TOPIC = "REAL_TOPIC";
    public static final String REAL_QID = "REAL_QID";
    public static final String MSG_REGION = "MSG_REGION";
    public static final String TRACE_ON = "TRACE_ON";
    public static final String CLUSTER = "CLUSTER";
    public static final String POP_CK = "POP_CK";
    /** When the message was popped first, in epoch ms. */
    public static final String FIRST_POP_TIME = "1ST_POP_TIME";

    public static final String TRAN_MSG = "TRAN_MSG";
    /** The producer group of a transaction: any of its members may be asked what became of it. */
    public static final String PGROUP = "PGROUP";

    public static final String TRANSACTION_ID = "__transactionId__";
    /** After how many seconds the producers of a transaction may be asked for the first time. */
    public static final String CHECK_IMMUNITY_SECONDS = "CHECK_IMMUNITY_TIME_IN_SECONDS";
    /** How often they had been asked when a half was written again: added by the broker. */
    public static final String TRANSACTION_CHECK_TIMES = "TRANSACTION_CHECK_TIMES";
    /** The queue offset that the half had which this one was copied from: added by the broker. */
    public static final String PREPARED_QUEUE_OFFSET = "TRAN_PREPARED_QUEUE_OFFSET";

    public static final String TIMER_DELAY_SEC = "TIMER_DELAY_SEC";
    public static final String TIMER_DELAY_MS = "TIMER_DELAY_MS";
    public static final String TIMER_DELIVER_MS = "TIMER_DELIVER_MS";
    /** When a message that was due later is due, in epoch ms: added by the broker. */
    public static final String TIMER_OUT_MS = "TIMER_OUT_MS";

    /** Which of its topic's queues a message goes to: the higher, the more urgent. */
    public static final String PRIORITY = "_SYS_MSG_PRIORITY_";
    /** The group of messages that are to be consumed in order. */
    public static final String SHARDING_KEY = "__SHARDINGKEY";

    public static final String TRANSIENT_PREFIX = "__RMQ.TRANSIENT.";

    private MessageProperties() {}

    /** Told of each entry in turn; positions are absolute within the scanned bytes. */
    @FunctionalInterface
    public interface Visitor {
        void entry(MemorySegment bytes, long nameAt, int nameLength, long valueAt, int valueLength);
    }

    /** Walks all well-formed entries in {@code [at, at + length)}, in order. Safe on arbitrary bytes. */
    public static void scan(MemorySegment bytes, long at, int length, Visitor visitor) {
        long end = at + length;
        long nameAt = at;
        long nameEnd = -1;
        for (long i = at; i <= end; i++) {
            byte b = i < end ? bytes.get(ValueLayout.JAVA_BYTE, i) : VALUE_END;
            if (b == NAME_END && nameEnd < 0) {
                nameEnd = i;
            } else if (b == VALUE_END) {
                if (nameEnd > nameAt && i > nameEnd + 1) {
                    visitor.entry(bytes, nameAt, (int) (nameEnd - nameAt), nameEnd + 1, (int) (i - nameEnd - 1));
                }
                nameAt = i + 1;
                nameEnd = -1;
            }
        }
    }

    /** Told of one entry of {@link #scan(byte[], int, ArrayVisitor)}: where its name and value stand in the array. */
    @FunctionalInterface
    interface ArrayVisitor {
        void entry(int nameAt, int nameLength, int valueAt, int valueLength);
    }

    /**
     * As the other, of what stands at the beginning of an array: quicker, for those who walk every message.
     *
     * @param text the byte at {@code length} must be {@link #VALUE_END}, for the last entry may lack its own
     */
    static void scan(byte[] text, int length, ArrayVisitor visitor) {
        int nameAt = 0;
        int nameEnd = -1;
        for (int i = 0; i <= length; i++) {
            byte b = text[i];
            if (b > VALUE_END) {
                continue;
            }
            if (b == NAME_END && nameEnd < 0) {
                nameEnd = i;
            } else if (b == VALUE_END) {
                if (nameEnd > nameAt && i > nameEnd + 1) {
                    visitor.entry(nameAt, nameEnd - nameAt, nameEnd + 1, i - nameEnd - 1);
                }
                nameAt = i + 1;
                nameEnd = -1;
            }
        }
    }

    /** Whether the name of an entry equals this ASCII name. */
    public static boolean nameIs(MemorySegment bytes, long nameAt, int nameLength, String name) {
        if (nameLength != name.length()) {
            return false;
        }
        for (int i = 0; i < nameLength; i++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, nameAt + i) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The text of a name or value that a {@link Visitor} was told of. */
    public static String text(MemorySegment bytes, long at, int length) {
        return MessageRecord.text(bytes, at, length);
    }

    /** The value of one property of a stored record, or null when it has none of that name. */
    public static @Nullable String of(MemorySegment record, long at, String name) {
        String[] found = new String[1];
        scan(
                record,
                MessageRecord.propertiesAt(record, at),
                MessageRecord.propertiesLength(record, at),
                (bytes, nameAt, nameLength, valueAt, valueLength) -> {
                    if (found[0] == null && nameIs(bytes, nameAt, nameLength, name)) {
                        found[0] = MessageRecord.text(bytes, valueAt, valueLength);
                    }
                });
        return found[0];
    }

    /** All properties of a stored record, as {@link #decode(MemorySegment, long, int)} has them. */
    public static Map<String, String> decode(MemorySegment record, long at) {
        return decode(record, MessageRecord.propertiesAt(record, at), MessageRecord.propertiesLength(record, at));
    }

    /** All properties as a map, in stored order; of a repeated name the last value counts. */
    public static Map<String, String> decode(MemorySegment bytes, long at, int length) {
        byte[] text = new byte[length + 1];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, text, 0, length);
        text[length] = VALUE_END;
        Map<String, String> all = new LinkedHashMap<>();
        scan(
                text,
                length,
                (nameAt, nameLength, valueAt, valueLength) -> all.put(
                        new String(text, nameAt, nameLength, StandardCharsets.UTF_8),
                        new String(text, valueAt, valueLength, StandardCharsets.UTF_8)));
        return all;
    }

    /**
     * The stored form of these properties.
     *
     * @throws IllegalArgumentException when a name or value holds a separator byte
     */
    public static byte[] encode(Map<String, String> properties) {
        StringBuilder text = new StringBuilder();
        properties.forEach((name, value) -> text.append(entry(name, value)));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * One entry in its stored form.
     *
     * @throws IllegalArgumentException when name or value hold a separator byte
     */
    static String entry(String name, String value) {
        if (holdsSeparator(name) || holdsSeparator(value)) {
            throw new IllegalArgumentException(
                    "property '" + name + "' holds a character 0x01 or 0x02, which separate properties");
        }
        return name + (char) NAME_END + value + (char) VALUE_END;
    }

    private static boolean holdsSeparator(String text) {
        return text.indexOf(NAME_END) >= 0 || text.indexOf(VALUE_END) >= 0;
    }
}
