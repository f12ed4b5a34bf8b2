package io.carillon.message;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What one pass over a message's properties found: where the values stand that the broker and the log care about.
 * Reused; one thread. A position of 0 in a length means that the property is absent.
 */
public final class RecordScan {
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
        long end = at + length;
        long nameAt = at;
        long nameEnd = -1;
        for (long i = at; i <= end; i++) {
            byte b = i < end ? properties.get(ValueLayout.JAVA_BYTE, i) : MessageProperties.VALUE_END;
            if (b == MessageProperties.NAME_END && nameEnd < 0) {
                nameEnd = i;
            } else if (b == MessageProperties.VALUE_END) {
                if (nameEnd > nameAt && i > nameEnd + 1) {
                    note(nameAt, (int) (nameEnd - nameAt), nameEnd + 1, (int) (i - nameEnd - 1));
                }
                nameAt = i + 1;
                nameEnd = -1;
            }
        }
    }

    private void clear(MemorySegment properties) {
        bytes = properties;
        tagsLength = 0;
        keysLength = 0;
        uniqueLength = 0;
        timer = Timer.NONE;
        timerLength = 0;
        isTransactional = false;
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

    private void note(long nameAt, int nameLength, long valueAt, int valueLength) {
        switch (bytes.get(ValueLayout.JAVA_BYTE, nameAt)) {
            case 'T' -> noteT(nameAt, nameLength, valueAt, valueLength);
            case 'K' -> {
                if (is(nameAt, nameLength, MessageProperties.KEYS)) {
                    keysAt = valueAt;
                    keysLength = valueLength;
                }
            }
            case 'U' -> {
                if (is(nameAt, nameLength, MessageProperties.UNIQ_KEY)) {
                    uniqueAt = valueAt;
                    uniqueLength = valueLength;
                }
            }
            case 'M' -> hasRegion |= is(nameAt, nameLength, MessageProperties.MSG_REGION);
            case 'C' -> {
                hasCluster |= is(nameAt, nameLength, MessageProperties.CLUSTER);
                hasExtras |= startsWith(nameAt, nameLength, Extras.PREFIX);
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
            case 'P' -> hasUnstorable |= is(nameAt, nameLength, MessageProperties.POP_CK);
            case '_' -> {
                hasUnstorable |= startsWith(nameAt, nameLength, MessageProperties.TRANSIENT_PREFIX);
                hasPriority |= is(nameAt, nameLength, MessageProperties.PRIORITY);
                hasShardingKey |= is(nameAt, nameLength, MessageProperties.SHARDING_KEY);
            }
            default -> {}
        }
    }

    private void noteT(long nameAt, int nameLength, long valueAt, int valueLength) {
        if (is(nameAt, nameLength, MessageProperties.TAGS)) {
            tagsAt = valueAt;
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
        }
    }

    private void noteTimer(Timer found, long valueAt, int valueLength) {
        if (found.compareTo(timer) <= 0) {
            timer = found;
            timerAt = valueAt;
            timerLength = valueLength;
        }
    }

    private boolean is(long at, int length, String text) {
        return MessageProperties.nameIs(bytes, at, length, text);
    }

    private boolean startsWith(long at, int length, String text) {
        return length >= text.length() && is(at, text.length(), text);
    }

    /** Whether a number is 0 or less. */
    private boolean isNothing(long at, int length) {
        byte first = bytes.get(ValueLayout.JAVA_BYTE, at);
        return first == '-' || (first == '0' && length == 1);
    }

    /** {@link String#hashCode} of the tag, sign-extended; 0 without a tag: what a consume queue's entry holds. */
    public long tagsCode() {
        int hash = 0;
        for (int i = 0; i < tagsLength; i++) {
            byte b = bytes.get(ValueLayout.JAVA_BYTE, tagsAt + i);
            if (b < 0) {
                return MessageRecord.text(bytes, tagsAt, tagsLength).hashCode();
            }
            hash = 31 * hash + b;
        }
        return hash;
    }
}
