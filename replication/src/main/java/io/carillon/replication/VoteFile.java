package io.carillon.replication;

import com.alipay.sofa.jraft.entity.LocalStorageOutter.StablePBMeta;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.storage.io.ProtoBufFile;
import io.carillon.log.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The library's own file with the term and the vote, before the library reads it: it takes a missing one for that of a replica
 * that never voted. It is there before the first entry of a group is in the log, and never goes: a log of a group without
 * it is one of a replica that may have voted in a term that the log knows nothing of, and must not vote in it again.
 */
final class VoteFile {
    private static final String NAME = "raft_meta";

    private final Path folder;
    private final ProtoBufFile file;

    VoteFile(ReplicationConfig config) {
        folder = config.folder();
        file = new ProtoBufFile(folder.resolve(NAME).toString());
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

    private boolean isReadable() {
        try {
            StablePBMeta meta = file.load();
            return meta != null && new PeerId().parse(meta.getVotedfor());
        } catch (IOException | RuntimeException | OutOfMemoryError damaged) {
            return false; // the library throws this and that, and believes every length that it reads
        }
    }

    /**
     * Makes one that knows of no vote where there is none; durable when this returns. Only where a leader took the vote of this
     * replica: by the time that it gets one again, its log has the terms that it may have voted in.
     */
    void beginWithoutVote() {
        if (isReadable()) {
            return;
        }
        StablePBMeta none = StablePBMeta.newBuilder()
                .setTerm(0)
                .setVotedfor(PeerId.emptyPeer().toString())
                .build();
        try {
            boolean isThere = folder.toFile().isDirectory() || folder.toFile().mkdirs();
            if (!isThere || !file.save(none, true)) {
                throw new IOException("file=" + folder.resolve(NAME) + ": it could not be replaced");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
