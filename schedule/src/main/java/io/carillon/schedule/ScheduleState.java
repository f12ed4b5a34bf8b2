package io.carillon.schedule;

import io.carillon.base.CarillonException.Corrupt;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which messages have left the hour in which they were due, which keys are taken, and which topics are paused: a part of
 * the replicated state, changed by nothing but entries of the log ({@link ScheduleChange} has their form). What is in an
 * hour is not kept here but in the hour's queue. Any thread may ask.
 *
 * <p>A snapshot, numbers big-endian; a text is its length in 2 bytes and UTF-8:
 *
 * <pre>
 * version 1 (3)
 * hours 4, then each: hour 4, five arrays (all done before, first bit of done; done; cancelled; moved; expired), each count 4
 *     and longs (four of them before version 3: without what expired)
 * keys 4, then each: text, ticket 8
 * paused topics 4, then each: text
 * forgotten hours 4, then each, sorted: hour 4, end 4 (not in version 1)
 * </pre>
 */
public final class ScheduleState {
    private static final byte VERSION = 3;
    private static final byte VERSION_EXPIRED = 3;

    /** What has become of a message. */
    public enum Status {
        /** It waits, or never was: the hour's queue tells. */
        PENDING,
        /** It was delivered, or given up when nobody could want it any more. */
        LEFT,
        CANCELLED,
        /** It waits under another ticket. */
        MOVED,
        /** It left, and was not delivered, for its time to live was over. */
        EXPIRED
    }

    private final Map<Integer, HourState> hours = new TreeMap<>();
    /** Hours of which nothing waited when they were given up. */
    private final ForgottenHours forgotten = new ForgottenHours();

    private final Map<String, Long> ticketOfKey = new HashMap<>();
    private final Map<Long, String> keyOfTicket = new HashMap<>();
    private volatile Set<String> paused = Set.of();

    /**
     * Applies a change; in the order of the log, one thread at a time.
     *
     * @throws Corrupt when it is not wholly understood
     */
    public synchronized void apply(ByteBuffer change) {
        try {
            while (change.hasRemaining()) {
                applyStep(change.get(), change);
            }
        } catch (BufferUnderflowException e) {
            throw new Corrupt("a change to the schedule ends in the middle of a step", e);
        }
    }

    private void applyStep(byte kind, ByteBuffer change) {
        switch (kind) {
            case ScheduleChange.LEFT, ScheduleChange.CANCELLED, ScheduleChange.MOVED, ScheduleChange.EXPIRED -> {
                for (int count = readCount(change); count > 0; count--) {
                    end(kind, change.getLong());
                }
            }
            case ScheduleChange.KEY -> {
                String key = readText(change);
                long ticket = change.getLong();
                ticketOfKey.put(key, ticket);
                keyOfTicket.put(ticket, key);
            }
            case ScheduleChange.PAUSE -> paused = with(paused, readText(change));
            case ScheduleChange.RESUME -> paused = without(paused, readText(change));
            case ScheduleChange.FORGET -> {
                for (int count = readCount(change); count > 0; count--) {
                    forget(change.getInt());
                }
            }
            default -> throw new Corrupt("a change to the schedule has a step of kind " + kind);
        }
    }

    private void end(byte kind, long ticket) {
        HourState hour = hours.computeIfAbsent(Ticket.hour(ticket), it -> new HourState(forgotten.takeEnd(it)));
        int place = Ticket.place(ticket);
        if (place < 0) {
            throw new Corrupt("a change to the schedule has a ticket with the place " + place);
        }
        if (hour.isDone(place)) {
            return;
        }
        switch (kind) {
            case ScheduleChange.CANCELLED -> hour.setCancelled(place);
            case ScheduleChange.MOVED -> hour.setMoved(place);
            case ScheduleChange.EXPIRED -> hour.setExpired(place);
            default -> hour.setDone(place);
        }
        String key = keyOfTicket.remove(ticket);
        if (key != null) {
            ticketOfKey.remove(key, ticket);
        }
    }

    /** Where it ends is kept, so that what comes later to it does not get a place that was given before. */
    private void forget(int hour) {
        HourState state = hours.get(hour);
        if (state != null && !state.hasGaps()) {
            hours.remove(hour);
            forgotten.put(hour, state.doneBelow());
        }
    }

    private static Set<String> with(Set<String> names, String name) {
        Set<String> more = new TreeSet<>(names);
        more.add(name);
        return Set.copyOf(more);
    }

    private static Set<String> without(Set<String> names, String name) {
        Set<String> fewer = new TreeSet<>(names);
        fewer.remove(name);
        return Set.copyOf(fewer);
    }

    private static String readText(ByteBuffer from) {
        byte[] utf8 = new byte[from.getShort() & 0xFFFF];
        from.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    public synchronized Status status(long ticket) {
        HourState state = hours.get(Ticket.hour(ticket));
        int place = Ticket.place(ticket);
        if (place < 0) {
            return Status.PENDING; // it comes from a made-up ticket: it never was
        }
        if (state == null) {
            return place < forgotten.end(Ticket.hour(ticket)) ? Status.LEFT : Status.PENDING;
        }
        if (!state.isDone(place)) {
            return Status.PENDING;
        }
        if (state.isCancelled(place)) {
            return Status.CANCELLED;
        }
        if (state.isMoved(place)) {
            return Status.MOVED;
        }
        return state.isExpired(place) ? Status.EXPIRED : Status.LEFT;
    }

    /** The first place of this hour that has not left. */
    public synchronized int firstPending(int hour) {
        HourState state = hours.get(hour);
        return state == null ? forgotten.end(hour) : state.doneBelow();
    }

    /** The places of an hour's messages that were cancelled, as long as the hour is not forgotten. */
    synchronized int[] cancelled(int hour) {
        HourState state = hours.get(hour);
        return state == null ? new int[0] : state.cancelled();
    }

    /** Likewise of those that left without being delivered, for it was too late. */
    synchronized int[] expired(int hour) {
        HourState state = hours.get(hour);
        return state == null ? new int[0] : state.expired();
    }

    /**
     * Whether the hour's end is all that is known of it, or would be after it was given up: of no message of it that left
     * anything more has to be told than that.
     */
    synchronized boolean isPlain(int hour) {
        HourState state = hours.get(hour);
        return state == null || !state.hasMarks();
    }

    /** Whether more is known of the hour than its end. */
    synchronized boolean isKnown(int hour) {
        return hours.containsKey(hour);
    }

    /** How many hours were given up. */
    synchronized int forgottenCount() {
        return forgotten.count();
    }

    /** How many of the first {@code count} messages of this hour have not left. */
    synchronized int pendingCount(int hour, int count) {
        HourState state = hours.get(hour);
        return state == null ? Math.max(0, count - forgotten.end(hour)) : state.pendingCount(count);
    }

    /** The waiting message that has this key, as {@link #keyOf} makes it, or null. */
    synchronized @Nullable Long ticketOf(String key) {
        return ticketOfKey.get(key);
    }

    /** The key that a waiting message has, or null. */
    synchronized @Nullable String keyOf(long ticket) {
        return keyOfTicket.get(ticket);
    }

    synchronized int keyCount() {
        return ticketOfKey.size();
    }

    /** Keys are of a topic. */
    static String keyOf(String topic, String key) {
        return topic + '\u0001' + key;
    }

    /** The topics whose messages stay where they are when they are due. */
    public Set<String> paused() {
        return paused;
    }

    /** The bytes that {@link #restore} takes. */
    public synchronized byte[] snapshot() {
        SnapshotWriter to = new SnapshotWriter();
        to.putByte(VERSION);
        to.putInt(hours.size());
        hours.forEach((hour, state) -> {
            to.putInt(hour);
            for (long[] part : state.parts()) {
                to.putLongs(part);
            }
        });
        to.putInt(ticketOfKey.size());
        new TreeMap<>(ticketOfKey).forEach((key, ticket) -> {
            to.putText(key);
            to.putLong(ticket);
        });
        to.putInt(paused.size());
        new TreeSet<>(paused).forEach(to::putText);
        to.putInt(forgotten.count());
        forgotten.forEach((hour, end) -> {
            to.putInt(hour);
            to.putInt(end);
        });
        return to.toBytes();
    }

    /**
     * Starts over from what {@link #snapshot} returned.
     *
     * @throws Corrupt when it is not wholly understood
     */
    public synchronized void restore(ByteBuffer snapshot) {
        hours.clear();
        ticketOfKey.clear();
        keyOfTicket.clear();
        forgotten.clear();
        try {
            byte version = snapshot.get();
            if (version < 1 || version > VERSION) {
                throw new Corrupt("the schedule in the metadata snapshot has version " + version
                        + ", this program knows 1 to " + VERSION);
            }
            for (int i = readCount(snapshot); i > 0; i--) {
                int hour = snapshot.getInt();
                long[][] parts = new long[HourState.PARTS][];
                for (int p = 0; p < parts.length; p++) {
                    boolean isThere = version >= VERSION_EXPIRED || p < HourState.PARTS - 1;
                    parts[p] = isThere ? readLongs(snapshot) : new long[0];
                }
                hours.put(hour, restore(hour, parts));
            }
            for (int i = readCount(snapshot); i > 0; i--) {
                String key = readText(snapshot);
                long ticket = snapshot.getLong();
                ticketOfKey.put(key, ticket);
                keyOfTicket.put(ticket, key);
            }
            Set<String> names = new TreeSet<>();
            for (int i = readCount(snapshot); i > 0; i--) {
                names.add(readText(snapshot));
            }
            paused = Set.copyOf(names);
            for (int i = version == 1 ? 0 : readCount(snapshot); i > 0; i--) {
                forgotten.put(snapshot.getInt(), snapshot.getInt());
            }
            if (snapshot.hasRemaining()) {
                throw new Corrupt(
                        "the schedule in the metadata snapshot has " + snapshot.remaining() + " bytes too many");
            }
        } catch (BufferUnderflowException e) {
            throw new Corrupt("the schedule in the metadata snapshot is cut off", e);
        }
    }

    private static HourState restore(int hour, long[][] parts) {
        try {
            return HourState.restore(parts);
        } catch (IllegalArgumentException e) {
            throw new Corrupt("the schedule in the metadata snapshot has an hour " + hour + " that cannot be", e);
        }
    }

    private static int readCount(ByteBuffer from) {
        int count = from.getInt();
        if (count < 0) {
            throw new Corrupt("the schedule in the metadata snapshot has a count of " + count);
        }
        return count;
    }

    private static long[] readLongs(ByteBuffer from) {
        int count = from.getInt();
        if (count < 0 || count > from.remaining() / 8) {
            throw new Corrupt("the schedule in the metadata snapshot has an array of " + count + " longs and "
                    + from.remaining() + " bytes left");
        }
        long[] longs = new long[count];
        from.asLongBuffer().get(longs);
        from.position(from.position() + 8 * count);
        return longs;
    }
}
