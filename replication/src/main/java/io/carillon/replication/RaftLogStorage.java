package io.carillon.replication;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.log.Replica;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Our log, as the Raft library wants its log. */
final class RaftLogStorage implements LogStorage {
    private static final Logger LOG = System.getLogger(RaftLogStorage.class.getName());
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Replica replica;
    private final Consumer<String> damage;

    /** An entry whose term may be asked for, as the library does in the midst of its locks, but which nobody must be sent. */
    private static final class Damaged extends LogEntry {
        private final Corrupt damage;

        Damaged(long index, long term, Corrupt damage) {
            super(EntryType.ENTRY_TYPE_DATA);
            this.damage = damage;
            setId(new LogId(index, term));
        }

        /** The library sends nothing more to whoever needs it, and goes on with the others. */
        @Override
        public ByteBuffer getData() {
            throw damage;
        }
    }

    /** @param damage told of what is found to be damaged on this replica's disk, for people; by any thread, maybe often */
    RaftLogStorage(Replica replica, Consumer<String> damage) {
        this.replica = replica;
        this.damage = damage;
    }

    @Override
    public boolean init(LogStorageOptions options) {
        for (Item item : replica.configurations()) {
            if (item.index() >= replica.firstIndex()) {
                options.getConfigurationManager().add(Configurations.of(item));
            }
        }
        return true;
    }

    @Override
    public void shutdown() {
        // the log is closed by whoever opened it
    }

    /** Not where the log begins, which has what others are not sent any more. */
    @Override
    public long getFirstLogIndex() {
        return replica.firstIndex();
    }

    @Override
    public long getLastLogIndex() {
        return replica.indexMax();
    }

    /**
     * The bytes of messages are those of the mapped log: nothing is copied before it is sent. Asked for what the library has in
     * memory no more, so the checksum is looked at for those alone who are behind.
     */
    @Override
    public @Nullable LogEntry getEntry(long index) {
        try {
            Item item = replica.itemForOthers(index);
            return item == null ? null : entry(item);
        } catch (Corrupt damaged) {
            damage.accept(String.valueOf(damaged.getMessage()));
            return new Damaged(index, termOf(index), damaged);
        }
    }

    /** As far as it can be read. Never 0, for that is one that is gone, and the library does not expect that there. */
    private long termOf(long index) {
        try {
            return Math.max(1, replica.term(index));
        } catch (RuntimeException | InternalError unreadable) {
            return 1; // it is damaged where its place is told, or the disk does not read it: that was told
        }
    }

    private static LogEntry entry(Item item) {
        if (item.kind() == Kind.CONFIGURATION) {
            return Configurations.entry(item);
        }
        LogEntry entry =
                new LogEntry(item.kind() == Kind.NO_OP ? EntryType.ENTRY_TYPE_NO_OP : EntryType.ENTRY_TYPE_DATA);
        if (item.kind() == Kind.DATA) {
            entry.setData(item.bytes());
        }
        entry.setId(new LogId(item.index(), item.term()));
        return entry;
    }

    @Override
    @SuppressWarnings("deprecation") // the interface has no other
    public long getTerm(long index) {
        return replica.term(index);
    }

    @Override
    public boolean appendEntry(LogEntry entry) {
        return appendEntries(List.of(entry)) == 1;
    }

    /** All of them or none: the library stops its node when fewer are stored than it has handed over. */
    @Override
    public int appendEntries(List<LogEntry> entries) {
        List<Item> items = new ArrayList<>(entries.size());
        for (LogEntry entry : entries) {
            items.add(item(entry));
        }
        try {
            replica.append(items);
            return entries.size();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the log of this replica takes nothing more until it is started again", e);
            return 0;
        }
    }

    private static Item item(LogEntry entry) {
        LogId id = entry.getId();
        return switch (entry.getType()) {
            case ENTRY_TYPE_DATA -> new Item(id.getIndex(), id.getTerm(), Kind.DATA, entry.getData());
            case ENTRY_TYPE_CONFIGURATION -> Configurations.item(entry);
            default -> new Item(id.getIndex(), id.getTerm(), Kind.NO_OP, NOTHING);
        };
    }

    /** What is old goes when its time is over; from now on it may. */
    @Override
    public boolean truncatePrefix(long firstKept) {
        try {
            replica.keepFrom(firstKept);
            return true;
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "where the log begins for others could not be noted", e);
            return false;
        }
    }

    @Override
    public boolean truncateSuffix(long lastKept) {
        try {
            replica.truncate(lastKept);
            return true;
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the end of the log could not be cut off", e);
            return false;
        }
    }

    /** Only after a snapshot that is not of this log, and there is none that the library brought. */
    @Override
    public boolean reset(long next) {
        LOG.log(Level.ERROR, "the library wants to begin the log anew at {0,number,#}: refused", next);
        return false;
    }
}
