package io.carillon.replication;

import io.carillon.log.CopiedFile;
import io.carillon.log.CopyAnswer;
import io.carillon.log.CopyEnded;
import io.carillon.log.CopyListing;
import io.carillon.log.CopyStart;
import io.carillon.log.LogCopies;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Copies of logs in the words of {@link Questions}. */
final class CopyWire {
    private static final byte ENDED = 0;
    private static final byte LISTING = 1;
    private static final byte PART = 2;
    private static final byte NOT_YET = 3;

    private static final int FILES_MAX = 1 << 20;

    private CopyWire() {}

    static byte[] part(String copy, CopiedFile file, long at, int length, boolean withBytes) {
        return Questions.write(out -> {
            out.writeByte(Questions.COPY_PART);
            out.writeUTF(copy);
            out.writeUTF(file.name());
            out.writeLong(at);
            out.writeInt(length);
            out.writeBoolean(withBytes);
        });
    }

    static byte[] end(String copy) {
        return Questions.write(out -> {
            out.writeByte(Questions.COPY_END);
            out.writeUTF(copy);
        });
    }

    /** Answers a question for a part; the kind of it was read. */
    static byte[] answerPart(LogCopies copies, DataInputStream in) throws IOException {
        String copy = in.readUTF();
        String file = in.readUTF();
        long at = in.readLong();
        int length = in.readInt();
        return of(copies.part(copy, file, at, length, in.readBoolean()));
    }

    static byte[] of(CopyStart start) {
        return Questions.write(out -> {
            switch (start) {
                case CopyEnded(String why) -> {
                    out.writeByte(ENDED);
                    out.writeUTF(why);
                }
                case CopyListing listing -> {
                    out.writeByte(LISTING);
                    out.writeUTF(listing.copy());
                    out.writeUTF(listing.origin());
                    out.writeLong(listing.from());
                    out.writeLong(listing.to());
                    out.writeInt(listing.files().size());
                    for (CopiedFile file : listing.files()) {
                        out.writeUTF(file.name());
                        out.writeLong(file.size());
                        out.writeBoolean(file.grows());
                    }
                }
            }
        });
    }

    static CopyStart start(byte[] bytes) {
        return Questions.read(bytes, in -> in.readByte() == LISTING ? listing(in) : new CopyEnded(in.readUTF()));
    }

    private static CopyListing listing(DataInputStream in) throws IOException {
        String copy = in.readUTF();
        String origin = in.readUTF();
        long from = in.readLong();
        long to = in.readLong();
        int count = in.readInt();
        if (count < 0 || count > FILES_MAX) {
            throw new IOException("a copy of " + count + " files");
        }
        List<CopiedFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(new CopiedFile(in.readUTF(), in.readLong(), in.readBoolean()));
        }
        return new CopyListing(copy, origin, from, to, files);
    }

    private static byte[] of(CopyAnswer answer) {
        return Questions.write(out -> {
            switch (answer) {
                case CopyEnded(String why) -> {
                    out.writeByte(ENDED);
                    out.writeUTF(why);
                }
                case CopyAnswer.NotYet _ -> out.writeByte(NOT_YET);
                case CopyAnswer.Part part -> {
                    out.writeByte(PART);
                    out.writeInt(part.crc());
                    out.writeInt(part.bytes().length);
                    out.write(part.bytes());
                }
            }
        });
    }

    static CopyAnswer answer(byte[] bytes) {
        return Questions.read(bytes, in -> switch (in.readByte()) {
            case PART -> {
                int crc = in.readInt();
                int length = in.readInt();
                if (length < 0 || length > LogCopies.PART_BYTES_MAX) {
                    throw new IOException("a part of " + length + " bytes");
                }
                byte[] part = new byte[length];
                in.readFully(part);
                yield new CopyAnswer.Part(part, crc);
            }
            case NOT_YET -> new CopyAnswer.NotYet();
            default -> new CopyEnded(in.readUTF());
        });
    }
}
