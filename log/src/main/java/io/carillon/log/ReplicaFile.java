package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Storage;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replica knows of itself beside its log. The file makes a data folder one of a replica: it is there from the
 * moment on at which the log is one of several.
 *
 * <pre>
 * sealed file:  version 4 (1) | first index 8 | why it has no vote: length 2, UTF-8 | opened unforced: length 2, UTF-8 |
 *               configurations 4, then for each:  index 8 | term 8 | length 4 | bytes
 * </pre>
 */
final class ReplicaFile {
    static final String FILE = "replica";
    private static final int VERSION = 1;
    /** Of a machine that does not tell its runs apart. */
    static final String UNKNOWN_RUN = "unknown";

    private final SealedFile file;

    ReplicaFile(Storage storage) {
        file = new SealedFile(storage, FILE);
    }

    /**
     * The file's content.
     *
     * @param firstIndex the oldest entry that other replicas are given one by one
     * @param noVote why this replica must not vote before it has copied the log of another one; empty when it may
     * @param unforced in which run of the machine the log was opened to tell what is not forced as stored, and not closed
     *     since; empty when there is no such
     * @param configurations who the replicas were from some entry on, oldest first; those that a checkpoint does not have may
     *     be missing, or be cut off by now
     */
    record Content(long firstIndex, String noVote, String unforced, List<Item> configurations) {
        Content {
            configurations = List.copyOf(configurations);
        }

        Content withFirstIndex(long index) {
            return new Content(index, noVote, unforced, configurations);
        }

        Content withNoVote(String why) {
            return new Content(firstIndex, why, unforced, configurations);
        }

        Content withUnforced(String run) {
            return new Content(firstIndex, noVote, run, configurations);
        }

        /** What a start in this run of the machine makes of it: who may have lost what it told others to have has no vote. */
        Content startedIn(String machineRun) {
            boolean isClean = unforced.isEmpty() || (unforced.equals(machineRun) && !machineRun.equals(UNKNOWN_RUN));
            return isClean || !noVote.isEmpty()
                    ? this
                    : withNoVote(
                            "it told others that it had what was not forced to disk, and was not stopped in order");
        }

        Content with(List<Item> others) {
            return new Content(firstIndex, noVote, unforced, others);
        }
    }

    /** Whether the folder is one of a replica, though its content may not read. */
    boolean isThere() {
        return file.isThere();
    }

    /** Replaces the content; durable when this returns. */
    void write(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(12)
                .putInt(VERSION)
                .putLong(content.firstIndex())
                .array());
        putText(bytes, content.noVote());
        putText(bytes, content.unforced());
        bytes.writeBytes(
                ByteBuffer.allocate(4).putInt(content.configurations().size()).array());
        content.configurations().forEach(item -> putItem(bytes, item));
        file.write(ByteBuffer.wrap(bytes.toByteArray()));
    }

    private static void putText(ByteArrayOutputStream into, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        into.writeBytes(ByteBuffer.allocate(2).putShort((short) bytes.length).array());
        into.writeBytes(bytes);
    }

    private static void putItem(ByteArrayOutputStream into, Item item) {
        byte[] bytes = new byte[item.bytes().remaining()];
        item.bytes().duplicate().get(bytes);
        into.writeBytes(ByteBuffer.allocate(20)
                .putLong(item.index())
                .putLong(item.term())
                .putInt(bytes.length)
                .array());
        into.writeBytes(bytes);
    }

    /**
     * The content, or null when the folder is not one of a replica.
     *
     * @throws Corrupt when the file is damaged: without it nobody knows what this replica may tell the others
     * @throws NotUnderstood when a newer program wrote it
     */
    @Nullable
    Content read() {
        ByteBuffer bytes = file.read();
        if (bytes == null) {
            return null;
        }
        try {
            return parse(bytes);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new Corrupt("file=" + FILE + ": it does not read as version " + VERSION, e);
        }
    }

    private static Content parse(ByteBuffer bytes) {
        if (bytes.getInt() != VERSION) {
            throw new NotUnderstood("file=" + FILE + ": not of version " + VERSION);
        }
        long firstIndex = bytes.getLong();
        String noVote = text(bytes);
        String unforced = text(bytes);
        List<Item> configurations = new ArrayList<>();
        for (int i = bytes.getInt(); i > 0; i--) {
            long index = bytes.getLong();
            long term = bytes.getLong();
            byte[] content = new byte[bytes.getInt()];
            bytes.get(content);
            configurations.add(new Item(
                    index, term, Kind.CONFIGURATION, ByteBuffer.wrap(content).asReadOnlyBuffer()));
        }
        return new Content(firstIndex, noVote, unforced, configurations);
    }

    private static String text(ByteBuffer bytes) {
        byte[] text = new byte[Short.toUnsignedInt(bytes.getShort())];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
