package io.carillon.schedule;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import io.carillon.log.Rescue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Waiting messages that the log has dropped: one file for each day (UTC) on which something is due, of which {@link
 * KeptDay} knows the form. Each was copied here once, when the log dropped it; it is never copied again. Reading is for
 * any thread, the rest for retention's.
 */
final class KeptMessages implements Rescue, RescuePass.Kept, AutoCloseable {
    private static final Logger LOG = System.getLogger(KeptMessages.class.getName());
    static final String FOLDER = "schedule";
    /** So many messages are sorted and written at once. */
    private static final int GROUP_MAX = 64 << 10;

    private static final int HOURS = 24;

    private final Storage storage;
    private final MessageLog log;
    private final ScheduleState state;
    private final int groupMax;
    private final ConcurrentSkipListMap<Integer, KeptDay> days = new ConcurrentSkipListMap<>();
    /** Where the log ended when nothing of a day waited any more. */
    private final Map<Integer, Long> overAt = new HashMap<>();

    private @Nullable RescuePass pass;

    private KeptMessages(Storage storage, MessageLog log, ScheduleState state, int groupMax) {
        this.storage = storage;
        this.log = log;
        this.state = state;
        this.groupMax = groupMax;
    }

    /**
     * Opens what is kept in a data folder.
     *
     * @throws StorageFault when a file cannot be read
     */
    static KeptMessages open(Storage storage, MessageLog log, ScheduleState state) {
        return open(storage, log, state, GROUP_MAX);
    }

    static KeptMessages open(Storage storage, MessageLog log, ScheduleState state, int groupMax) {
        KeptMessages kept = new KeptMessages(storage, log, state, groupMax);
        List<String> names = storage.list(FOLDER);
        if (!names.isEmpty()) {
            // A process that died may have left names that are not durable.
            storage.forceFolder(FOLDER);
        }
        for (String name : names) {
            Integer day = KeptDay.dayOf(name);
            if (day == null) {
                LOG.log(Level.WARNING, "{0}/{1} is none of ours: it is left alone", FOLDER, name);
            } else {
                kept.days.put(day, KeptDay.open(storage, FOLDER + "/" + name));
            }
        }
        return kept;
    }

    private static int dayOf(int hour) {
        return Math.floorDiv(hour, HOURS);
    }

    // ---- any thread

    /** Fills in what is kept of the places from {@code place} on; the others stay as they are. */
    void read(int hour, long place, int count, QueueEntries into) {
        KeptDay day = days.get(dayOf(hour));
        if (day != null) {
            day.read(hour, place, count, into);
        }
    }

    /**
     * A copy of the record, or null when it is not kept.
     *
     * @throws io.carillon.base.CarillonException.Corrupt when it does not read back as it was written
     */
    @Nullable
    MemorySegment record(int hour, int place) {
        KeptDay day = days.get(dayOf(hour));
        return day == null ? null : day.record(hour, place);
    }

    /** The bytes of all files. */
    long bytes() {
        return days.values().stream().mapToLong(KeptDay::bytes).sum();
    }

    @Override
    public String folder() {
        return FOLDER;
    }

    // ---- retention's thread

    /** Copies a part of what is still waiting; true when nothing is left to copy. */
    @Override
    public boolean isReady(long logOffset) {
        RescuePass current = pass;
        if (current == null || current.logOffset() != logOffset) {
            current = new RescuePass(log, state, logOffset, this);
        }
        // Unless all of it is written, another pass goes on where this one's writing ended.
        pass = null;
        write(current.next(groupMax));
        pass = current;
        return current.isDone();
    }

    @Override
    public void before(long logOffset) {
        boolean isReady = false;
        while (!isReady) {
            isReady = isReady(logOffset);
        }
    }

    @Override
    public int keptTo(int hour) {
        KeptDay day = days.get(dayOf(hour));
        return day == null ? 0 : day.keptTo(hour);
    }

    @Override
    public boolean holds(int hour, int place) {
        KeptDay day = days.get(dayOf(hour));
        return day != null && day.holds(hour, place);
    }

    private void write(List<KeptDay.Survivor> survivors) {
        Map<Integer, List<KeptDay.Survivor>> byDay = new TreeMap<>();
        for (KeptDay.Survivor one : survivors) {
            byDay.computeIfAbsent(dayOf(one.hour()), _ -> new ArrayList<>()).add(one);
        }
        byDay.forEach((day, ofDay) -> {
            KeptDay file = days.computeIfAbsent(day, _ -> KeptDay.open(storage, FOLDER + "/" + KeptDay.nameOf(day)));
            boolean isNew = file.bytes() == 0;
            file.append(ofDay, log);
            if (isNew) {
                storage.forceFolder(FOLDER);
            }
        });
    }

    /** Deletes the days of which nothing waits any more, once the disk knows that, too. */
    @Override
    public void tidy() {
        for (Map.Entry<Integer, KeptDay> one : days.entrySet()) {
            if (!isOver(one.getKey())) {
                overAt.remove(one.getKey()); // something came to it again since
            } else if (log.forcedOffset() >= overAt.computeIfAbsent(one.getKey(), _ -> log.offsetMax())) {
                overAt.remove(one.getKey());
                days.remove(one.getKey());
                one.getValue().close();
                storage.delete(FOLDER + "/" + KeptDay.nameOf(one.getKey()));
                storage.forceFolder(FOLDER);
            }
        }
    }

    private boolean isOver(int day) {
        for (int hour = day * HOURS; hour < (day + 1) * HOURS; hour++) {
            ConsumeQueue queue = log.dueQueues().existing(hour);
            if (queue != null && state.firstPending(hour) < queue.offsetMax()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        days.values().forEach(KeptDay::close);
    }
}
