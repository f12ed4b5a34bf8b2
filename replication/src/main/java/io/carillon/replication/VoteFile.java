package io.carillon.replication;

import com.alipay.sofa.jraft.entity.LocalStorageOutter.StablePBMeta;
import com.alipay.sofa.jraft.entity.PeerId;
import com.google.protobuf.InvalidProtocolBufferException;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.log.FileStorage;
import io.carillon.log.FolderOf;
import io.carillon.log.Replica;
import io.carillon.log.SealedFile;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The file with the term and the vote. It is there before the first entry of a group is in the log, and never goes: a log of a
 * group without it is one of a replica that may have voted in a term that the log knows nothing of, and must not vote in it again.
 *
 * <pre>
 * sealed file:  version 4 (1) | term 8 | for whom it voted: length 2, UTF-8
 * once:         length 4, name of the message | length 4, a message of the library; without a checksum
 * </pre>
 */
final class VoteFile {
    static final String NAME = "raft_meta";
    private static final int VERSION = 1;
    private static final byte[] UNSEALED = unsealed();

    private final Storage storage;
    private final SealedFile sealed;

    /** @param votedFor empty when this replica voted for nobody in that term */
    record Vote(long term, PeerId votedFor) {
        static final Vote NONE = new Vote(0, PeerId.emptyPeer());
    }

    /** @param folder its own, which is made with the file */
    VoteFile(Path folder) {
        Path whole = folder.toAbsolutePath().normalize();
        storage = new FolderOf(
                new FileStorage(Objects.requireNonNull(whole.getParent(), "a vote needs a folder of its own")),
                String.valueOf(whole.getFileName()));
        sealed = new SealedFile(storage, NAME);
    }

    private static byte[] unsealed() {
        byte[] name = StablePBMeta.getDescriptor().getFullName().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Integer.BYTES + name.length)
                .putInt(name.length)
                .put(name)
                .array();
    }

    /** Replaces what there is; durable when this returns. */
    void write(Vote vote) {
        byte[] votedFor = vote.votedFor().toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer content = ByteBuffer.allocate(14 + votedFor.length);
        content.putInt(VERSION).putLong(vote.term()).putShort((short) votedFor.length);
        sealed.write(content.put(votedFor).flip());
    }

    /**
     * The term and the vote, or null when there is no such file.
     *
     * @throws Corrupt when it is damaged; in a file that an earlier version left that is not always found
     * @throws NotUnderstood when a newer version wrote it
     */
    @Nullable
    Vote read() {
        ByteBuffer unsealed = unsealedOrNull();
        if (unsealed != null) {
            return parseUnsealed(unsealed);
        }
        ByteBuffer content = sealed.read();
        return content == null ? null : parse(content);
    }

    /** Whether damage of it is found: it is not one that an earlier version left. */
    boolean isSealed() {
        return unsealedOrNull() == null;
    }

    private static Vote parse(ByteBuffer content) {
        try {
            int version = content.getInt();
            if (version != VERSION) {
                throw new NotUnderstood("file=" + NAME + ": version " + version + ", this program knows " + VERSION);
            }
            long term = content.getLong();
            byte[] votedFor = new byte[Short.toUnsignedInt(content.getShort())];
            content.get(votedFor);
            return vote(term, new String(votedFor, StandardCharsets.UTF_8));
        } catch (BufferUnderflowException e) {
            throw new Corrupt("file=" + NAME + ": it does not read as version " + VERSION, e);
        }
    }

    private static Vote vote(long term, String votedFor) {
        PeerId peer = new PeerId();
        if (!peer.parse(votedFor)) {
            throw new Corrupt("file=" + NAME + ": it names no member, but '" + votedFor + "'");
        }
        return new Vote(term, peer);
    }

    /** The message in a file of an earlier version, or null when it is not one; what is sealed begins otherwise. */
    private @Nullable ByteBuffer unsealedOrNull() {
        if (!storage.exists(NAME)) {
            return null;
        }
        try (Storage.File file = storage.open(NAME)) {
            ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.size()));
            file.read(0, all);
            all.flip();
            boolean isUnsealed = all.remaining() >= UNSEALED.length
                    && all.slice(0, UNSEALED.length).equals(ByteBuffer.wrap(UNSEALED));
            return isUnsealed ? all.position(UNSEALED.length) : null;
        }
    }

    private static Vote parseUnsealed(ByteBuffer lengthAndMessage) {
        try {
            int length = lengthAndMessage.getInt();
            if (length != lengthAndMessage.remaining()) {
                throw new Corrupt("file=" + NAME + ": " + lengthAndMessage.remaining() + " bytes instead of " + length);
            }
            StablePBMeta meta = StablePBMeta.parseFrom(lengthAndMessage);
            return vote(meta.getTerm(), meta.getVotedfor());
        } catch (BufferUnderflowException | InvalidProtocolBufferException e) {
            throw new Corrupt("file=" + NAME + ": it does not read as an earlier version left it", e);
        }
    }

    /** Whether this replica may have voted and does not know for whom. Whoever was never one of several asked itself alone. */
    boolean isLost(ReplicationConfig config, Replica replica) {
        boolean hadOthers = replica.configurations().stream()
                .map(Configurations::of)
                .flatMap(known ->
                        Stream.concat(known.getConf().getPeers().stream(), known.getOldConf().getPeers().stream()))
                .anyMatch(voter -> !Members.address(voter).equals(config.self()));
        return hadOthers && !isReadable();
    }

    boolean isReadable() {
        try {
            return read() != null;
        } catch (Corrupt | StorageFault damaged) {
            return false;
        }
    }

    /**
     * Makes one that knows of no vote where there is none; durable when this returns. Only where a leader took the vote of this
     * replica: by the time that it gets one again, its log has the terms that it may have voted in.
     */
    void beginWithoutVote() {
        if (!isReadable()) {
            write(Vote.NONE);
        }
    }
}
