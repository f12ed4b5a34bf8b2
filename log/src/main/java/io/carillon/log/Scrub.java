package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log from its disk once in a while, slowly, and tells what is damaged: a start reads only what comes after the last
 * checkpoint, and what is older might be read for the first time when the other copies are gone. Past the page cache where the file
 * system can do that. Waits for the disk.
 */
final class Scrub implements Agent {
    private static final Logger LOG = System.getLogger(Scrub.class.getName());
    private static final int CHUNK_BYTES = 1 << 20;
    /** 16 MiB a second. */
    private static final long CHUNK_NS = TimeUnit.SECONDS.toNanos(1) / 16;

    private static final long FIRST_NS = TimeUnit.HOURS.toNanos(1);
    private static final long UNKNOWN = -1;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Segments segments;
    private final Storage storage;
    private final LongSupplier stored;
    private final Ticker ticker;
    private final LongAdder damages = new LongAdder();
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = Entry.crcScratch();
    private volatile Duration interval;
    private volatile Consumer<String> onDamage = _ -> {};
    private final long openedNs;
    private long beganNs;
    private long chunkNs;
    private boolean isUnderWay;
    /** There while a pass is under way, which is seldom. */
    private ByteBuffer chunk = NOTHING;

    private long at;
    private long to;
    private long nextIndex;
    private long firstIndex;

    /** @param stored what is before this log offset is on disk and stays as it is */
    Scrub(Segments segments, Storage storage, LongSupplier stored, Ticker ticker, LogConfig config) {
        this.segments = segments;
        this.storage = storage;
        this.stored = stored;
        this.ticker = ticker;
        interval = config.scrubInterval();
        openedNs = ticker.nanoTime();
        beganNs = openedNs;
        chunkNs = openedNs;
    }

    /** Any thread. */
    void reconfigure(LogConfig config) {
        interval = config.scrubInterval();
    }

    /** Told by this agent's thread where something is damaged, for people; at each pass anew. */
    void onDamage(Consumer<String> told) {
        onDamage = told;
    }

    /** How much damage was found since the log was opened. Any thread. */
    long damages() {
        return damages.sum();
    }

    @Override
    public int doWork() {
        if (isUnderWay) {
            if (ticker.nanoTime() - chunkNs >= 0) {
                chunkNs = ticker.nanoTime() + CHUNK_NS;
                checkNext();
            }
        } else if (isDue()) {
            begin();
        }
        return 0;
    }

    private boolean isDue() {
        long ns = interval.toNanos();
        return ns > 0 && ticker.nanoTime() - beganNs >= (beganNs == openedNs ? Math.min(ns, FIRST_NS) : ns);
    }

    private void begin() {
        beganNs = ticker.nanoTime();
        isUnderWay = true;
        chunk = ByteBuffer.allocate(CHUNK_BYTES);
        to = stored.getAsLong();
        at = segments.first().start();
        nextIndex = UNKNOWN;
    }

    private void checkNext() {
        Segment segment = segmentAt(at);
        if (segment == null) { // dropped meanwhile
            at = segments.first().start();
            nextIndex = UNKNOWN;
        } else if (at < to) {
            check(segment);
        } else {
            isUnderWay = false;
            chunk = NOTHING;
        }
    }

    private @Nullable Segment segmentAt(long logOffset) {
        for (Segment segment : segments.row()) {
            if (logOffset >= segment.base() && logOffset <= segment.end()) {
                return segment;
            }
        }
        return null;
    }

    private void check(Segment segment) {
        long intact;
        try {
            intact = intactBytes(segment, at, Math.min(segment.end(), to), nextIndex);
        } catch (StorageFault unreadable) {
            intact = 0;
        }
        at += intact;
        if (intact == 0 && List.of(segments.row()).contains(segment)) {
            endOf(segment);
        }
    }

    /** How many bytes from a log offset on are entries that follow each other; notes with which number they begin and go on. */
    private long intactBytes(Segment segment, long from, long limit, long wanted) {
        ByteBuffer bytes = read(segment, from, (int) Math.min(CHUNK_BYTES, limit - from), chunk);
        long first = bytes.remaining() < Integer.BYTES ? 0 : bytes.getInt(0);
        if (first > bytes.remaining() && first <= limit - from) {
            bytes = read(segment, from, (int) first, ByteBuffer.allocate((int) first));
        }
        MemorySegment found = MemorySegment.ofBuffer(bytes);
        long in = 0;
        long index = wanted;
        firstIndex = UNKNOWN;
        while (Entry.isIntact(found, in, from + in, crc, scratch)
                && (index == UNKNOWN || Entry.index(found, in) == index)) {
            firstIndex = in == 0 ? Entry.index(found, in) : firstIndex;
            index = Entry.index(found, in) + 1;
            in += Math.min(Entry.padded(Entry.length(found, in)), found.byteSize() - in);
        }
        nextIndex = index;
        return Entry.padded(in);
    }

    private ByteBuffer read(Segment segment, long from, int length, ByteBuffer into) {
        into.clear().limit(Math.max(0, length));
        try (Storage.Source file = storage.openAside(segment.name())) {
            file.read(from - segment.base(), into);
        }
        return into.flip();
    }

    /**
     * Where no entry stands, the segment ends, and the next one goes on where this one ended; or something is damaged. When the next
     * one begins with no entry, that is damaged, and found when its turn comes.
     */
    private void endOf(Segment segment) {
        long stoppedAt = at;
        long wanted = nextIndex;
        Segment next = segment.end() < to ? segmentAt(segment.end() + 1) : null;
        at = next == null ? to : next.start();
        nextIndex = next == null || wanted == UNKNOWN ? UNKNOWN : firstOf(next);
        boolean goesOn = next != null && wanted != UNKNOWN && (nextIndex == UNKNOWN || nextIndex == wanted);
        if (!goesOn && stoppedAt < to) {
            damages.increment();
            tell("file=" + segment.name() + " offset=" + (stoppedAt - segment.base()) + ": entry "
                    + (wanted == UNKNOWN ? "of unknown number" : Long.toString(wanted)) + " is damaged");
        }
    }

    /** The number of the entry that a segment begins with; unknown when there is none. */
    private long firstOf(Segment segment) {
        try {
            intactBytes(segment, segment.start(), Math.min(segment.end(), to), UNKNOWN);
            return firstIndex;
        } catch (StorageFault unreadable) {
            return UNKNOWN;
        }
    }

    private void tell(String what) {
        LOG.log(Level.ERROR, "the log is damaged on disk: {0}", what);
        onDamage.accept(what);
    }

    @Override
    public long restNs() {
        return isUnderWay ? Math.max(0, chunkNs - ticker.nanoTime()) : CHUNK_NS * 16;
    }

    @Override
    public String name() {
        return "log-scrub";
    }
}
