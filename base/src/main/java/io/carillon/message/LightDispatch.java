package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Which light queues a stored record is also in, and its place in each: what its properties say (names: Apache
 * RocketMQ's).
 *
 * <pre>
 *  INNER_MULTI_DISPATCH      %LMQ%a,%LMQ%b                               as its producer sent it
 *  INNER_MULTI_QUEUE_OFFSET  0000000000000000007,0000000000000000042     19 digits each, as {@link #stamp} filled them in
 * </pre>
 *
 * <p>The broker alone adds the second one, with zeros; the log's writer fills it in when the record gets its place. So
 * the record is what the queues can be made of again, and it says whether it is in them: a record without the second
 * property, or in which the two do not belong together, is in its own queue only. So is one that nobody may read yet,
 * and one that is tried again, or is dead, for its group alone. In a queue whose topic was gone by then its place is
 * {@link #NOWHERE}. Reused; one thread.
 */
public final class LightDispatch {
    public static final String NAMES = "INNER_MULTI_DISPATCH";
    public static final String PLACES = "INNER_MULTI_QUEUE_OFFSET";
    public static final char SEPARATOR = ',';
    /** A message is in no more light queues than this. */
    public static final int QUEUES_MAX = 64;
    /** The place of a record in a light queue that it is not in. */
    public static final long NOWHERE = Long.MAX_VALUE;

    private static final int DIGITS = 19;
    private static final int STRIDE = DIGITS + 1;

    private MemorySegment bytes = MemorySegment.NULL;
    private int count;
    private final long[] nameAt = new long[QUEUES_MAX];
    private final int[] nameLength = new int[QUEUES_MAX];
    private long namesAt;
    private int namesLength;
    private long placesAt;
    private int placesLength;

    /** The property that a broker adds to a record that goes to so many light queues, in its stored form. */
    public static byte[] places(int queues) {
        String zeros = String.join(String.valueOf(SEPARATOR), Collections.nCopies(queues, "0".repeat(DIGITS)));
        return MessageProperties.encode(Map.of(PLACES, zeros));
    }

    /** Reads a record; returns whether it is in light queues. Safe on every record that is whole. */
    public boolean read(MemorySegment record, long at) {
        bytes = record;
        count = 0;
        if (MessageRecord.isHidden(record, at) || !isOpenTopic(record, at)) {
            return false;
        }
        namesLength = 0;
        placesLength = 0;
        MessageProperties.scan(
                record, MessageRecord.propertiesAt(record, at), MessageRecord.propertiesLength(record, at), this::note);
        if (namesLength == 0 || !areNames() || !arePlaces()) {
            count = 0;
        }
        return count > 0;
    }

    /** Topics that begin with a percent sign are those of one group, or light queues themselves. */
    private static boolean isOpenTopic(MemorySegment record, long at) {
        long topicAt = MessageRecord.topicAt(record, at);
        int topicLength = MessageRecord.topicLength(record, at);
        return topicLength > 0
                && record.get(ValueLayout.JAVA_BYTE, topicAt) != '%'
                && !MessageProperties.nameIs(record, topicAt, topicLength, TopicName.CHECKED_TOO_OFTEN);
    }

    private void note(MemorySegment from, long at, int length, long valueAt, int valueLength) {
        if (MessageProperties.nameIs(from, at, length, NAMES)) {
            namesAt = valueAt;
            namesLength = valueLength;
        } else if (MessageProperties.nameIs(from, at, length, PLACES)) {
            placesAt = valueAt;
            placesLength = valueLength;
        }
    }

    private boolean areNames() {
        long end = namesAt + namesLength;
        long from = namesAt;
        for (long i = namesAt; i <= end; i++) {
            if (i == end || bytes.get(ValueLayout.JAVA_BYTE, i) == SEPARATOR) {
                if (count == QUEUES_MAX || !isLight(from, (int) (i - from))) {
                    return false;
                }
                nameAt[count] = from;
                nameLength[count] = (int) (i - from);
                count++;
                from = i + 1;
            }
        }
        return true;
    }

    private boolean isLight(long at, int length) {
        int prefix = TopicName.LIGHT_PREFIX.length();
        return length > prefix
                && length <= TopicName.TOPIC_CHARS_MAX
                && MessageProperties.nameIs(bytes, at, prefix, TopicName.LIGHT_PREFIX);
    }

    private boolean arePlaces() {
        if (placesLength != count * STRIDE - 1) {
            return false;
        }
        for (int i = 0; i < placesLength; i++) {
            byte b = bytes.get(ValueLayout.JAVA_BYTE, placesAt + i);
            boolean isRight = i % STRIDE == DIGITS ? b == SEPARATOR : b >= '0' && b <= '9';
            if (!isRight) {
                return false;
            }
        }
        return true;
    }

    /** How many light queues the record is in. */
    public int count() {
        return count;
    }

    /** Where the name of the {@code i}th one stands, absolute. */
    public long nameAt(int i) {
        return nameAt[i];
    }

    public int nameLength(int i) {
        return nameLength[i];
    }

    /** The place in the {@code i}th one. */
    public long place(int i) {
        long place = 0;
        for (int digit = 0; digit < DIGITS; digit++) {
            place = 10 * place + bytes.get(ValueLayout.JAVA_BYTE, placesAt + (long) i * STRIDE + digit) - '0';
        }
        return place;
    }

    /** Fills in the place in the {@code i}th one. Called by the log's writer alone, before the record is written. */
    public void stamp(int i, long place) {
        long left = place;
        for (int digit = DIGITS - 1; digit >= 0; digit--) {
            bytes.set(ValueLayout.JAVA_BYTE, placesAt + (long) i * STRIDE + digit, (byte) ('0' + left % 10));
            left /= 10;
        }
    }

    /** The names that a property holds, as they stand there. */
    public static List<String> split(String names) {
        return Arrays.asList(names.split(String.valueOf(SEPARATOR), -1));
    }
}
