package io.carillon.log;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the entry with a given index stands. Finds out by following the entries of its segment, and remembers that for the
 * segments that were asked for last. Any thread.
 */
final class EntryPlaces {
    private static final int SEGMENTS_MAX = 4;

    private final Segments segments;
    /** By the segment's base; the one asked for last comes last. */
    private final Map<Long, Positions> known = new LinkedHashMap<>(8, 0.75f, true);

    /** The positions of a segment's entries from its first one on. */
    private static final class Positions {
        final long firstIndex;
        private int[] at = new int[64];
        private int count;

        Positions(long firstIndex) {
            this.firstIndex = firstIndex;
            at[0] = Segment.HEADER_BYTES;
            count = 1;
        }

        long of(Segment segment, long index) {
            int wanted = Math.toIntExact(index - firstIndex);
            while (count <= wanted) {
                if (count == at.length) {
                    at = Arrays.copyOf(at, 2 * count);
                }
                int last = at[count - 1];
                int length = Entry.length(segment.bytes(), last);
                if (length == 0) {
                    return -1; // it is being cut off
                }
                at[count++] = (int) Entry.padded(last + length);
            }
            return at[wanted];
        }
    }

    EntryPlaces(Segments segments) {
        this.segments = segments;
    }

    /** The log offset of an entry; -1 when it is gone or goes just now. The caller knows that no later one than the last is asked for. */
    synchronized long logOffset(long index) {
        Segment segment = segmentOf(index);
        if (segment == null) {
            return -1;
        }
        long firstIndex = firstIndex(segment);
        Positions positions = known.computeIfAbsent(segment.base(), _ -> new Positions(firstIndex));
        if (known.size() > SEGMENTS_MAX) {
            known.remove(known.keySet().iterator().next());
        }
        long at = positions.of(segment, index);
        return at < 0 ? -1 : segment.base() + at;
    }

    private @Nullable Segment segmentOf(long index) {
        Segment[] row = segments.row();
        for (int i = row.length - 1; i >= 0; i--) {
            long first = firstIndex(row[i]);
            if (first > 0 && first <= index) {
                return row[i];
            }
        }
        return null;
    }

    /** The index of the first entry of a segment; 0 when it has none yet. */
    private static long firstIndex(Segment segment) {
        return Entry.index(segment.bytes(), Segment.HEADER_BYTES);
    }

    /** The index of the oldest entry that is there. */
    long indexMin() {
        return firstIndex(segments.first());
    }

    /** Entries were cut off: positions may hold others from now on. */
    synchronized void forget() {
        known.clear();
    }
}
