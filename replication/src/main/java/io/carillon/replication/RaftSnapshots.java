package io.carillon.replication;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.option.SnapshotCopierOptions;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.SnapshotThrottle;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotCopier;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.google.protobuf.Message;
import io.carillon.log.Replica;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the Raft library takes for snapshots: the log's last checkpoint, which is there anyway. So a start applies nothing
 * that the checkpoint has, and to make a snapshot is to do nothing. Only where entries that followers get one by one begin
 * is moved by it. Files are never brought over in the library's way: a follower that is so far behind copies them with its
 * log open, and then begins anew with them.
 */
final class RaftSnapshots implements SnapshotStorage {
    private final Replica replica;
    private final Configuration first;
    private final String self;
    private final BooleanSupplier isFollowed;
    private final LongSupplier lastApplied;
    private final Consumer<String> behind;
    private @Nullable SnapshotMeta offered;

    /**
     * @param first the members when no entry of the log says who they are
     * @param isFollowed whether somebody copies this log, or did so just now
     * @param lastApplied the last entry that took effect, as the library counts
     * @param behind told from whom to copy files when this replica lacks what nobody sends any more
     */
    RaftSnapshots(
            Replica replica,
            Configuration first,
            String self,
            BooleanSupplier isFollowed,
            LongSupplier lastApplied,
            Consumer<String> behind) {
        this.lastApplied = lastApplied;
        this.isFollowed = isFollowed;
        this.replica = replica;
        this.first = first;
        this.self = self;
        this.behind = behind;
    }

    /** The last checkpoint; null when there is none yet. */
    private @Nullable SnapshotMeta meta() {
        Replica.Item checkpoint = replica.checkpoint();
        return checkpoint.index() == 0 ? null : meta(checkpoint.index(), checkpoint.term());
    }

    private SnapshotMeta meta(long index, long term) {
        ConfigurationEntry members = membersAt(index);
        SnapshotMeta.Builder meta =
                SnapshotMeta.newBuilder().setLastIncludedIndex(index).setLastIncludedTerm(term);
        texts(members.getConf().getPeers()).forEach(meta::addPeers);
        texts(members.getConf().getLearners()).forEach(meta::addLearners);
        texts(members.getOldConf().getPeers()).forEach(meta::addOldPeers);
        texts(members.getOldConf().getLearners()).forEach(meta::addOldLearners);
        return meta.build();
    }

    private static List<String> texts(Collection<PeerId> peers) {
        return peers.stream().map(PeerId::toString).toList();
    }

    private ConfigurationEntry membersAt(long index) {
        ConfigurationEntry found = new ConfigurationEntry();
        found.setConf(first);
        for (Replica.Item item : replica.configurations()) {
            if (item.index() <= index) {
                found = Configurations.of(item);
            }
        }
        return found;
    }

    /**
     * The same one for as long as somebody copies or did so just now: what he copied has it, and the leader goes on behind it
     * when he is back, whatever was checkpointed since.
     */
    @Override
    public synchronized @Nullable SnapshotReader open() {
        SnapshotMeta last = offered;
        SnapshotMeta meta = last != null && isPinned(last) ? inTheLog(last) : meta();
        offered = meta;
        return meta == null ? null : new Reader(meta, self);
    }

    private boolean isPinned(SnapshotMeta last) {
        return isFollowed.getAsBoolean() && last.getLastIncludedIndex() + 1 >= replica.firstIndex();
    }

    /**
     * Or the entry after it, when that is where the log begins now: the library goes on behind an entry of which it knows the term,
     * and of those before the first one it knows that of its own last snapshot only. It would offer this one again for ever.
     */
    private SnapshotMeta inTheLog(SnapshotMeta last) {
        long first = replica.firstIndex();
        boolean isBefore = last.getLastIncludedIndex() < first;
        return isBefore && first <= lastApplied.getAsLong() ? meta(first, replica.term(first)) : last;
    }

    @Override
    public SnapshotWriter create() {
        return new Writer();
    }

    /**
     * A leader that does not know yet what was copied from it may offer what this replica has by now: that is settled, and
     * the leader goes on behind it. Else this refuses, and sees to it that the files are copied: when that is done, this
     * replica starts with them.
     */
    @Override
    public SnapshotCopier startToCopyFrom(String uri, SnapshotCopierOptions options) {
        Offer offer = Offer.of(uri);
        if (offer.index() <= replica.indexMax() && replica.term(offer.index()) == offer.term()) {
            // Never less than what took effect: the library would refuse that, and be offered it again and again.
            long settled = Math.max(offer.index(), lastApplied.getAsLong());
            return new Copier(new Reader(meta(settled, replica.term(settled)), self));
        }
        behind.accept(offer.leader());
        return new Copier(null);
    }

    @Override
    public @Nullable SnapshotReader copyFrom(String uri, SnapshotCopierOptions options) {
        return startToCopyFrom(uri, options).getReader();
    }

    /** Which entry a leader's checkpoint ends with. */
    private record Offer(String leader, long index, long term) {
        static Offer of(String uri) {
            String[] parts = uri.split("/", 3);
            return new Offer(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        }

        String uri() {
            return leader + "/" + index + "/" + term;
        }
    }

    @Override
    public boolean setFilterBeforeCopyRemote() {
        return true;
    }

    @Override
    public void setSnapshotThrottle(SnapshotThrottle throttle) {}

    @Override
    public boolean init(@Nullable Void options) {
        return true;
    }

    @Override
    public void shutdown() {}

    private static final class Reader extends SnapshotReader {
        private final SnapshotMeta meta;
        private final String self;

        Reader(SnapshotMeta meta, String self) {
            this.meta = meta;
            this.self = self;
        }

        @Override
        public SnapshotMeta load() {
            return meta;
        }

        @Override
        public String generateURIForCopy() {
            return new Offer(self, meta.getLastIncludedIndex(), meta.getLastIncludedTerm()).uri();
        }

        @Override
        public boolean init(@Nullable Void options) {
            return true;
        }

        @Override
        public void shutdown() {}

        @Override
        public void close() {}

        @Override
        public String getPath() {
            return "";
        }

        @Override
        public Set<String> listFiles() {
            return Set.of();
        }

        @Override
        public @Nullable Message getFileMeta(String name) {
            return null;
        }
    }

    private static final class Writer extends SnapshotWriter {
        @Override
        public boolean saveMeta(SnapshotMeta meta) {
            return true;
        }

        @Override
        public boolean addFile(String name, @Nullable Message meta) {
            return true;
        }

        @Override
        public boolean removeFile(String name) {
            return true;
        }

        @Override
        public void close(boolean keepsDataOnError) {}

        @Override
        public void close() {}

        @Override
        public boolean init(@Nullable Void options) {
            return true;
        }

        @Override
        public void shutdown() {}

        @Override
        public String getPath() {
            return "";
        }

        @Override
        public Set<String> listFiles() {
            return Set.of();
        }

        @Override
        public @Nullable Message getFileMeta(String name) {
            return null;
        }
    }

    private static final class Copier extends SnapshotCopier {
        private final @Nullable SnapshotReader reader;

        Copier(@Nullable SnapshotReader reader) {
            this.reader = reader;
            if (reader == null) {
                setError(
                        RaftError.EBUSY,
                        "this replica copies the files of the log by itself, and starts anew with them");
            }
        }

        @Override
        public void cancel() {}

        @Override
        public void join() {}

        @Override
        public void start() {}

        @Override
        public @Nullable SnapshotReader getReader() {
            return reader;
        }

        @Override
        public void close() {}
    }
}
