package io.carillon.replication;

import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.impl.LocalRaftMetaStorage;

/**
 * The vote, in the library's own file. A log that one process had for itself has terms, too, and this replica voted in none
 * of them: it begins with the last.
 */
final class RaftMeta extends LocalRaftMetaStorage {
    private final long termMin;

    RaftMeta(String folder, RaftOptions options, long termMin) {
        super(folder, options);
        this.termMin = termMin;
    }

    @Override
    public boolean init(RaftMetaStorageOptions options) {
        return super.init(options) && (getTerm() >= termMin || setTermAndVotedFor(termMin, PeerId.emptyPeer()));
    }
}
