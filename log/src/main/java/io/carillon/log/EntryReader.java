package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads the entries of a {@link Replica} by their index. Any thread. */
final class EntryReader {
    private final Segments segments;
    private final EntryPlaces places;
    private final ReplicaWriter writer;

    EntryReader(Segments segments, EntryPlaces places, ReplicaWriter writer) {
        this.segments = segments;
        this.places = places;
        this.writer = writer;
    }

    /** As {@link Replica#indexMin}. */
    long indexMin() {
        return writer.end().nextIndex() == 1 ? 1 : places.indexMin();
    }

    /** The term of an entry; 0 when it is not there. */
    long term(long index) {
        LogEnd last = writer.end();
        if (index == last.nextIndex() - 1) {
            return last.term();
        }
        long logOffset = placeOf(index);
        Segment holding = segments.at(logOffset);
        return holding == null ? 0 : Entry.term(holding.bytes(), logOffset - holding.base());
    }

    /** Where an entry stands; -1 when it is not there. */
    private long placeOf(long index) {
        return index < 1 || index >= writer.end().nextIndex() ? -1 : places.logOffset(index);
    }

    /** The entry with this index, or null when it is not there. */
    @Nullable
    Item item(long index) {
        try {
            long logOffset = placeOf(index);
            Segment holding = segments.at(logOffset);
            return holding == null ? null : item(holding, logOffset - holding.base());
        } catch (IllegalStateException closed) {
            return null; // retention dropped its segment just now
        }
    }

    /**
     * Likewise of an entry that took effect, which is never cut off: so what does not read as it was written is damaged.
     *
     * @throws Corrupt when it is damaged on the disk, or the disk does not read it
     */
    @Nullable
    Item intact(long index) {
        try {
            long logOffset = placeOf(index);
            Segment holding = segments.at(logOffset);
            if (holding != null && isIntact(holding, logOffset, index)) {
                return item(holding, logOffset - holding.base());
            }
            if (index < indexMin()) {
                return null; // retention dropped its segment
            }
            throw damaged(
                    index,
                    holding == null
                            ? "an entry before it is damaged"
                            : "file=" + holding.name() + " offset=" + (logOffset - holding.base()),
                    null);
        } catch (IllegalStateException closed) {
            return null; // retention dropped its segment just now
        } catch (IndexOutOfBoundsException | ArithmeticException | InternalError unreadable) {
            throw damaged(index, "it cannot be read", unreadable);
        }
    }

    /** Not kept: several threads read, and these are small beside what they check. */
    private static boolean isIntact(Segment holding, long logOffset, long index) {
        long at = logOffset - holding.base();
        return Entry.isIntact(holding.bytes(), at, logOffset, new CRC32C(), Entry.crcScratch())
                && Entry.index(holding.bytes(), at) == index;
    }

    private static Corrupt damaged(long index, String where, @Nullable Throwable cause) {
        String facts = where + ": entry " + index + " is damaged";
        return cause == null ? new Corrupt(facts) : new Corrupt(facts, cause);
    }

    private static Item item(Segment holding, long at) {
        MemorySegment bytes = holding.bytes();
        int length = Entry.length(bytes, at);
        long index = Entry.index(bytes, at);
        long term = Entry.term(bytes, at);
        return switch (Entry.type(bytes, at)) {
            case Entry.MARK -> new Item(index, term, Kind.NO_OP, Replica.NOTHING);
            case Entry.CONFIGURATION ->
                new Item(
                        index,
                        term,
                        Kind.CONFIGURATION,
                        read(bytes, at + Entry.HEADER_BYTES, length - Entry.HEADER_BYTES));
            default -> new Item(index, term, Kind.DATA, read(bytes, at, length));
        };
    }

    private static ByteBuffer read(MemorySegment bytes, long at, int length) {
        return bytes.asSlice(at, length).asByteBuffer().asReadOnlyBuffer();
    }
}
