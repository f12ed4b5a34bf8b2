package io.carillon.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Puts one {@link Proposal} together; then the next one. One thread at a time. */
final class ProposalBuilder {
    private static final int BYTES_FIRST = 4 << 10;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = Entry.crcScratch();
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private List<Proposal.Part> parts = new ArrayList<>();
    private byte type;
    private int end;
    private int records;
    private boolean isOpen;

    boolean isOpen() {
        return isOpen;
    }

    byte type() {
        return type;
    }

    /** How many bytes the open entry has so far. */
    int bytes() {
        return isOpen ? end : 0;
    }

    /** How many records the open entry has so far. */
    int records() {
        return records;
    }

    void begin(byte entryType) {
        // Its own each time: those who replicate it hold on to it.
        buffer = ByteBuffer.allocate(BYTES_FIRST);
        parts = new ArrayList<>();
        type = entryType;
        end = Entry.HEADER_BYTES;
        records = 0;
        isOpen = true;
    }

    void addRecord(ByteBuffer from, int at, int size) {
        ensure(size);
        buffer.put(end, from, at, size);
        end += size;
        records++;
    }

    void addBytes(byte[] from) {
        ensure(from.length);
        buffer.put(end, from);
        end += from.length;
    }

    void addPart(Proposal.Part part) {
        parts.add(part);
    }

    /**
     * Ends the entry.
     *
     * @param places pairs: the number of a record, and where in the command its queue offset goes
     */
    Proposal end(long timestampMs, long forced, int[] places) {
        int length = end;
        Entry.putHeader(buffer, 0, length, 0, 0, timestampMs, forced, type, records);
        buffer.put(41, Stamper.PROPOSED).putShort(Stamper.PLACES_AT, (short) (places.length / 2));
        for (int place : places) {
            ensure(Integer.BYTES);
            buffer.putInt(end, place);
            end += Integer.BYTES;
        }
        buffer.putInt(4, Entry.crcOf(buffer, 0, end, 0, crc, scratch));
        isOpen = false;
        return new Proposal(buffer.slice(0, end).asReadOnlyBuffer(), parts);
    }

    private void ensure(int more) {
        if (end + more > buffer.capacity()) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(Math.addExact(end, more), 2 * buffer.capacity()));
            larger.put(0, buffer, 0, end);
            buffer = larger;
        }
    }
}
