package io.carillon.replication;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What members ask each other beside the Raft library's requests: a byte says what, then come its fields. */
final class Questions {
    /** Who are you, and how far? Answered by {@link Told}. */
    static final byte STATUS = 1;
    /** Take my vote for as long as I have not all: I lost something. Answered by what became of it. */
    static final byte WITHOUT_VOTE = 2;
    /** Give me a vote, I have all. Answered by what became of it. */
    static final byte WITH_VOTE = 3;

    /** Take me in again, I was on my way to a vote; nothing if I am a member. Answered by what became of it. */
    static final byte BACK = 7;

    static final byte COPY_BEGIN = 4;
    static final byte COPY_PART = 5;
    static final byte COPY_END = 6;

    private Questions() {}

    /** Writes the fields of a question or an answer. */
    @FunctionalInterface
    interface Fields {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads them. */
    @FunctionalInterface
    interface Reading<T> {
        T read(DataInputStream in) throws IOException;
    }

    static byte[] write(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            fields.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    /** @throws UncheckedIOException when it is not what it should be */
    static <T> T read(byte[] bytes, Reading<T> fields) {
        try {
            return fields.read(new DataInputStream(new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            throw new UncheckedIOException("another member said something that is not understood", e);
        }
    }

    /** @param birth of whoever asks */
    static byte[] of(byte kind, String self, long birth) {
        return write(out -> {
            out.writeByte(kind);
            out.writeUTF(self);
            out.writeLong(birth);
        });
    }

    /**
     * What a member tells of itself.
     *
     * @param group of which it is a member
     * @param birth differs for every start of it with an empty data folder; 0 when it had something
     * @param isSinceBirth whether it knows that whoever asks began with it, and is the same process still
     * @param isDiskShort whether it has so little room that a leader refuses messages
     * @param copiedBytes how much it has copied of what the leader has, and of how much; -1 while it does not copy
     */
    record Told(
            String group,
            Role role,
            long term,
            long lastIndex,
            long appliedIndex,
            long birth,
            boolean isSinceBirth,
            boolean isDiskShort,
            long copiedBytes,
            long copyBytes) {
        byte[] bytes() {
            return write(out -> {
                out.writeUTF(group);
                out.writeUTF(role.name());
                for (long number : new long[] {term, lastIndex, appliedIndex, birth}) {
                    out.writeLong(number);
                }
                out.writeBoolean(isSinceBirth);
                out.writeBoolean(isDiskShort);
                out.writeLong(copiedBytes);
                out.writeLong(copyBytes);
            });
        }

        static Told of(byte[] bytes) {
            return read(
                    bytes,
                    in -> new Told(
                            in.readUTF(),
                            Role.valueOf(in.readUTF()),
                            in.readLong(),
                            in.readLong(),
                            in.readLong(),
                            in.readLong(),
                            in.readBoolean(),
                            in.readBoolean(),
                            in.readLong(),
                            in.readLong()));
        }
    }

    static byte[] of(Change change) {
        return write(out -> {
            switch (change) {
                case Change.Done _ -> out.writeByte(0);
                case Change.Begun(String what) -> {
                    out.writeByte(1);
                    out.writeUTF(what);
                }
                case Change.Refused(Change.Reason reason, String why) -> {
                    out.writeByte(2);
                    out.writeUTF(reason.name());
                    out.writeUTF(why);
                }
            }
        });
    }

    static Change change(byte[] bytes) {
        return read(bytes, in -> switch (in.readByte()) {
            case 0 -> new Change.Done();
            case 1 -> new Change.Begun(in.readUTF());
            default -> new Change.Refused(Change.Reason.valueOf(in.readUTF()), in.readUTF());
        });
    }
}
