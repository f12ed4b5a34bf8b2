package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.message.DueTime;
import io.carillon.message.LightDispatch;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Makes the entry that is stored out of one that was proposed, or that another replica has stored: fills in what its place
 * in the log decides. All that is a function of the log before it, so that replicas are alike to the byte. One thread: the
 * one that appends.
 *
 * <p>A proposal has the header of an {@link Entry} with {@link #PROPOSED} as its flags, no index and no term. Its checksum
 * is that of an entry at log offset 0, over all its bytes. Behind the payload, as many as the reserved field says, stand
 * pairs of 4 bytes each: the number of a record, and where in the command its queue offset goes.
 */
final class Stamper {
    static final byte PROPOSED = 1;
    static final int PLACES_AT = 42;
    static final int PLACE_BYTES = 8;

    private final TailOffsets tail;
    private final LogListener listener;
    private final LightDispatch light = new LightDispatch();
    private final Places places = new Places();
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = Entry.crcScratch();

    /** The places that the records of the last entry got. Valid until the next one. */
    static final class Places {
        private int count;
        private long[] logOffset = new long[64];
        private long[] queueOffset = new long[64];
        private int[] queueNumber = new int[64];

        private void add(long atLogOffset, long atQueueOffset, int inQueue) {
            if (count == logOffset.length) {
                logOffset = Arrays.copyOf(logOffset, 2 * count);
                queueOffset = Arrays.copyOf(queueOffset, 2 * count);
                queueNumber = Arrays.copyOf(queueNumber, 2 * count);
            }
            logOffset[count] = atLogOffset;
            queueOffset[count] = atQueueOffset;
            queueNumber[count++] = inQueue;
        }

        long logOffset(int record) {
            return logOffset[record];
        }

        long queueOffset(int record) {
            return queueOffset[record];
        }

        int queueNumber(int record) {
            return queueNumber[record];
        }
    }

    Stamper(TailOffsets tail, LogListener listener) {
        this.tail = tail;
        this.listener = listener;
    }

    /** How many bytes an entry takes in the log. */
    static int length(ByteBuffer entry) {
        return entry.getInt(entry.position());
    }

    /** The log offset that an entry says to be on disk. */
    static long forced(ByteBuffer entry) {
        return entry.getLong(entry.position() + 32);
    }

    /**
     * Stages an entry of messages or metadata.
     *
     * @param from the whole entry, or the proposal of one
     * @param timestampMs of the entry before it
     * @return the time of the entry
     * @throws Corrupt when it is not one, or not the one that the other replica has at this place
     */
    long stage(Staging staging, ByteBuffer from, long index, long term, long timestampMs) {
        ByteBuffer entry = from.slice();
        MemorySegment bytes = MemorySegment.ofBuffer(entry);
        boolean isProposed = entry.get(41) == PROPOSED;
        require(isWhole(entry, isProposed), index, "its checksum does not match");
        int length = entry.getInt(0);
        byte type = entry.get(40);
        long timeMs = Math.max(timestampMs, entry.getLong(24));
        places.count = 0;
        staging.beginEntry();
        int at = Entry.HEADER_BYTES;
        for (int i = entry.getInt(44); i > 0; i--) {
            require(MessageRecord.isWhole(bytes, at, length), index, "it has a record that is not whole");
            int size = MessageRecord.totalSize(bytes, at);
            long logOffset = staging.nextLogOffset();
            int to = staging.addRecord(entry, at, size);
            stamp(staging.bytes(), to, logOffset, timeMs, index);
            at += size;
        }
        stageCommand(staging, entry, at, length, index);
        int crcHere = staging.sealEntry(index, term, timeMs, entry.getLong(32), type);
        require(
                isProposed || entry.getInt(4) == crcHere,
                index,
                "it would not be the same as on the replica that sent it: is it damaged there, or are the segment sizes"
                        + " not the same?");
        return timeMs;
    }

    private static void require(boolean isSo, long index, String why) {
        if (!isSo) {
            throw new Corrupt("entry " + index + " cannot be stored: " + why);
        }
    }

    private boolean isWhole(ByteBuffer entry, boolean isProposed) {
        if (entry.limit() < Entry.HEADER_BYTES
                || entry.getInt(0) < Entry.HEADER_BYTES
                || entry.getInt(0) > entry.limit()
                || entry.getInt(44) < 0) {
            return false;
        }
        int trailer = Short.toUnsignedInt(entry.getShort(PLACES_AT)) * PLACE_BYTES;
        return !isProposed
                || (entry.getInt(0) + trailer == entry.limit()
                        && entry.getInt(4) == Entry.crcOf(entry, 0, entry.limit(), 0, crc, scratch));
    }

    private void stamp(MemorySegment bytes, int at, long logOffset, long timeMs, long index) {
        long queueOffset = tail.take(topicOf(bytes, at), numberOf(bytes, at), index);
        if (light.read(bytes, at)) {
            for (int i = 0; i < light.count(); i++) {
                // Whether a topic is gone, the leader alone says: what another replica knows may be older.
                if (light.place(i) != LightDispatch.NOWHERE) {
                    light.stamp(i, tail.take(lightTopic(bytes, i), 0, index));
                }
            }
        }
        MessageRecord.stamp(bytes, at, queueOffset, logOffset, timeMs);
        places.add(logOffset, queueOffset, MessageRecord.queueId(bytes, at));
    }

    private void stageCommand(Staging staging, ByteBuffer entry, int at, int length, long index) {
        if (at == length) {
            return;
        }
        byte[] command = new byte[length - at];
        entry.get(at, command);
        if (entry.get(41) == PROPOSED) {
            int count = Short.toUnsignedInt(entry.getShort(PLACES_AT));
            for (int i = 0; i < count; i++) {
                int pair = length + i * PLACE_BYTES;
                ByteBuffer.wrap(command).putInt(entry.getInt(pair + 4), (int) places.queueOffset(entry.getInt(pair)));
            }
        }
        staging.addBytes(command);
        String deleted = listener.deletedTopic(ByteBuffer.wrap(command).asReadOnlyBuffer());
        if (deleted != null) {
            tail.delete(deleted, index);
        }
    }

    /** Notes which offsets an entry gave out that stands in the log. */
    void note(Segment segment, long entryAt) {
        MemorySegment bytes = segment.bytes();
        byte type = Entry.type(bytes, entryAt);
        if (type == Entry.MARK || type == Entry.CONFIGURATION) {
            return;
        }
        long index = Entry.index(bytes, entryAt);
        long at = entryAt + Entry.HEADER_BYTES;
        for (int i = Entry.count(bytes, entryAt); i > 0; i--) {
            noteRecord(bytes, at, index);
            at += MessageRecord.totalSize(bytes, at);
        }
        long commandBytes = entryAt + Entry.length(bytes, entryAt) - at;
        if (commandBytes > 0) {
            String deleted = listener.deletedTopic(
                    bytes.asSlice(at, commandBytes).asByteBuffer().asReadOnlyBuffer());
            if (deleted != null) {
                tail.delete(deleted, index);
            }
        }
    }

    private void noteRecord(MemorySegment bytes, long at, long index) {
        tail.note(topicOf(bytes, at), numberOf(bytes, at), MessageRecord.queueOffset(bytes, at) + 1, index);
        if (light.read(bytes, at)) {
            for (int i = 0; i < light.count(); i++) {
                if (light.place(i) != LightDispatch.NOWHERE) {
                    tail.note(lightTopic(bytes, i), 0, light.place(i) + 1, index);
                }
            }
        }
    }

    private static String topicOf(MemorySegment bytes, long at) {
        long due = MessageRecord.due(bytes, at);
        return due == 0 ? MessageRecord.topic(bytes, at) : DueQueues.topicOf(DueQueues.hourOf(DueTime.ms(due)));
    }

    private static int numberOf(MemorySegment bytes, long at) {
        return MessageRecord.due(bytes, at) == 0 ? MessageRecord.queueId(bytes, at) : 0;
    }

    private String lightTopic(MemorySegment bytes, int i) {
        return TopicQueues.read(bytes, light.nameAt(i), light.nameLength(i));
    }

    /** The places of the entry that was staged last. */
    Places places() {
        return places;
    }
}
