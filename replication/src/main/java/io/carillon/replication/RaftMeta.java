package io.carillon.replication;

import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.replication.VoteFile.Vote;
import org.jspecify.annotations.Nullable;

/**
 * The term and the vote as the library sees them, in our {@link VoteFile}. A log that one process had for itself has terms, too,
 * and this replica voted in none of them: it begins with the last. The library's calls come one at a time.
 */
final class RaftMeta implements RaftMetaStorage {
    private final VoteFile file;
    private final long termMin;
    private volatile Vote vote = Vote.NONE;
    private @Nullable NodeImpl node;

    RaftMeta(VoteFile file, long termMin) {
        this.file = file;
        this.termMin = termMin;
    }

    /** What does not read is not taken for a replica that never voted: that ends the start. */
    @Override
    public boolean init(RaftMetaStorageOptions options) {
        node = options.getNode();
        Vote found = file.read();
        vote = found == null ? Vote.NONE : found;
        if (vote.term() < termMin) {
            return setTermAndVotedFor(termMin, PeerId.emptyPeer());
        }
        return found == null || file.isSealed() || store(found);
    }

    @Override
    public long getTerm() {
        return vote.term();
    }

    @Override
    public boolean setTerm(long term) {
        return store(new Vote(term, vote.votedFor()));
    }

    @Override
    public PeerId getVotedFor() {
        return vote.votedFor().copy();
    }

    @Override
    public boolean setVotedFor(PeerId candidate) {
        return store(new Vote(vote.term(), candidate.copy()));
    }

    @Override
    public boolean setTermAndVotedFor(long term, PeerId candidate) {
        return store(new Vote(term, candidate.copy()));
    }

    /** Durable when this returns true. A replica that cannot keep its vote takes part no more. */
    private boolean store(Vote next) {
        try {
            file.write(next);
        } catch (StorageFault fault) {
            if (node != null) {
                String why = String.valueOf(fault.getMessage());
                node.onError(new RaftException(ErrorType.ERROR_TYPE_META, RaftError.EIO, "%s", why));
            }
            return false;
        }
        vote = next;
        return true;
    }

    @Override
    public void shutdown() {}
}
