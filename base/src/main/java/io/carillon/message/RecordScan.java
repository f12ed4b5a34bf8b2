package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * What one pass over a message's properties found: where the values stand that the broker and the log care about.
 * Reused; one thread. A position of 0 in a length means that the property is absent.
 */
public final class RecordScan {
    private static final int TEXT_BYTES_FIRST = 1024;

    public long tagsAt;
    public int tagsLength;
    public long keysAt;
    public int keysLength;
    public long uniqueAt;
    public int uniqueLength;
    /** Which property says when the message is to be delivered: of several, the one that goes before the others. */
    public Timer timer = Timer.NONE;

    public long timerAt;
    public int timerLength;
    /** Whether the message is the half of a transaction. */
    public boolean isTransactional;

    /** Whether it names its producer group, and when its producers may be asked. */
    public boolean hasProducerGroup;

    public long immunityAt;
    public int immunityLength;
    /** Whether it bears what a broker notes in a half, or in what is due later: where it goes, when, how often asked. */
    public boolean hasMarks;

    /** Whether it says more about its delivery than other brokers know: see {@link Extras}. */
    public boolean hasExtras;

    /** Whether it says which queue it goes to: a number in {@link MessageProperties#PRIORITY}. */
    public boolean hasPriority;

    /** Whether it asks for light queues, and whether a broker gave it places there: see {@link LightDispatch}. */
    public boolean hasLightNames;

    public boolean hasLightPlaces;
    public boolean hasShardingKey;
    public boolean hasRegion;
    public boolean hasTraceOn;
    public boolean hasCluster;
    /** Whether it holds a property that must not be stored: a receipt handle or a transient one. */
    public boolean hasUnstorable;
    /** Where the scanned properties start. */
    public long start;
    /** How many bytes of properties were scanned. */
    public int length;
    /** The bytes that were scanned. */
    public MemorySegment bytes = MemorySegment.NULL;

    private byte[] text = new byte[TEXT_BYTES_FIRST];
    private final MessageProperties.ArrayVisitor noting = this::note;

    /** How a message asks for a later delivery; each goes before those behind it. A level of 0 or less asks for none. */
    public enum Timer {
        LEVEL(MessageProperties.DELAY),
        DELAY_SEC(MessageProperties.TIMER_DELAY_SEC),
        DELAY_MS(MessageProperties.TIMER_DELAY_MS),
        DELIVER_MS(MessageProperties.TIMER_DELIVER_MS),
        NONE("");

        private final String property;

        Timer(String property) {
            this.property = property;
        }

        /** The property's name. */
        public String property() {
            return property;
        }
    }

    /** Whether the message asks for a later delivery by a delay level or a timer property. */
    public boolean isDelayed() {
        return timer != Timer.NONE;
    }

    /** Scans properties in their stored form; forgets what an earlier scan found. Safe on arbitrary bytes. */
    public void scan(MemorySegment properties, long at, int length) {
        clear(properties);
        start = at;
        this.length = length;
        take(length);
        MessageProperties.scan(text, length, noting);
    }

    /** What stands in segments of several kinds is slow to read byte by byte, so the walk is over a copy. */
    private void take(int length) {
        if (length >= text.length) {
            text = new byte[Math.max(length + 1, 2 * text.length)];
        }
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, start, text, 0, length);
        text[length] = MessageProperties.VALUE_END; // the last one may lack its own
    }

    private void clear(MemorySegment properties) {
        bytes = properties;
        tagsLength = 0;
        keysLength = 0;
        uniqueLength = 0;
        timer = Timer.NONE;
        timerLength = 0;
        isTransactional = false;
        hasProducerGroup = false;
        immunityLength = 0;
        hasMarks = false;
        hasExtras = false;
        hasPriority = false;
        hasLightNames = false;
        hasLightPlaces = false;
        hasShardingKey = false;
        hasRegion = false;
        hasTraceOn = false;
        hasCluster = false;
        hasUnstorable = false;
    }

    private void note(int nameAt, int nameLength, int valueAt, int valueLength) {
        switch (text[nameAt]) {
            case 'T' -> noteT(nameAt, nameLength, valueAt, valueLength);
            case 'K' -> {
                if (is(nameAt, nameLength, MessageProperties.KEYS)) {
                    keysAt = start + valueAt;
                    keysLength = valueLength;
                }
            }
            case 'U' -> {
                if (is(nameAt, nameLength, MessageProperties.UNIQ_KEY)) {
                    uniqueAt = start + valueAt;
                    uniqueLength = valueLength;
                }
            }
            case 'M' -> hasRegion |= is(nameAt, nameLength, MessageProperties.MSG_REGION);
            case 'C' -> {
                hasCluster |= is(nameAt, nameLength, MessageProperties.CLUSTER);
                hasExtras |= startsWith(nameAt, nameLength, Extras.PREFIX);
                if (is(nameAt, nameLength, MessageProperties.CHECK_IMMUNITY_SECONDS)) {
                    immunityAt = start + valueAt;
                    immunityLength = valueLength;
                }
            }
            case 'D' -> {
                if (is(nameAt, nameLength, MessageProperties.DELAY) && !isNothing(valueAt, valueLength)) {
                    noteTimer(Timer.LEVEL, valueAt, valueLength);
                }
            }
            case 'I' -> {
                hasLightNames |= is(nameAt, nameLength, LightDispatch.NAMES);
                hasLightPlaces |= is(nameAt, nameLength, LightDispatch.PLACES);
            }
            case 'P' -> {
                hasUnstorable |= is(nameAt, nameLength, MessageProperties.POP_CK);
                hasProducerGroup |= is(nameAt, nameLength, MessageProperties.PGROUP);
            }
            case 'R' -> {
                hasMarks |= is(nameAt, nameLength, MessageProperties.REAL_TOPIC);
                hasMarks |= is(nameAt, nameLength, MessageProperties.REAL_QID);
            }
            case '_' -> {
                hasUnstorable |= startsWith(nameAt, nameLength, MessageProperties.TRANSIENT_PREFIX);
                hasPriority |= is(nameAt, nameLength, MessageProperties.PRIORITY);
                hasShardingKey |= is(nameAt, nameLength, MessageProperties.SHARDING_KEY);
            }
            default -> {}
        }
    }

    private void noteT(int nameAt, int nameLength, int valueAt, int valueLength) {
        if (is(nameAt, nameLength, MessageProperties.TAGS)) {
            tagsAt = start + valueAt;
            tagsLength = valueLength;
        } else if (is(nameAt, nameLength, MessageProperties.TRACE_ON)) {
            hasTraceOn = true;
        } else if (is(nameAt, nameLength, MessageProperties.TRAN_MSG)) {
            isTransactional = is(valueAt, valueLength, "true");
        } else if (is(nameAt, nameLength, MessageProperties.TIMER_DELAY_MS)) {
            noteTimer(Timer.DELAY_MS, valueAt, valueLength);
        } else if (is(nameAt, nameLength, MessageProperties.TIMER_DELIVER_MS)) {
            noteTimer(Timer.DELIVER_MS, valueAt, valueLength);
        } else if (is(nameAt, nameLength, MessageProperties.TIMER_DELAY_SEC)) {
            noteTimer(Timer.DELAY_SEC, valueAt, valueLength);
        } else {
            hasMarks |= is(nameAt, nameLength, MessageProperties.TIMER_OUT_MS)
                    || is(nameAt, nameLength, MessageProperties.TRANSACTION_CHECK_TIMES)
                    || is(nameAt, nameLength, MessageProperties.PREPARED_QUEUE_OFFSET);
        }
    }

    private void noteTimer(Timer found, int valueAt, int valueLength) {
        if (found.compareTo(timer) <= 0) {
            timer = found;
            timerAt = start + valueAt;
            timerLength = valueLength;
        }
    }

    private boolean is(int at, int length, String name) {
        return length == name.length() && startsWith(at, length, name);
    }

    private boolean startsWith(int at, int length, String name) {
        if (length < name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (text[at + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a number is 0 or less. */
    private boolean isNothing(int at, int length) {
        byte first = text[at];
        return first == '-' || (first == '0' && length == 1);
    }

    /** {@link String#hashCode} of the tag, sign-extended; 0 without a tag: what a consume queue's entry holds. */
    public long tagsCode() {
        int hash = 0;
        int at = (int) (tagsAt - start);
        for (int i = 0; i < tagsLength; i++) {
            byte b = text[at + i];
            if (b < 0) {
                return new String(text, at, tagsLength, StandardCharsets.UTF_8).hashCode();
            }
            hash = 31 * hash + b;
        }
        return hash;
    }
}
