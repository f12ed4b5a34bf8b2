package io.carillon.replication;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import io.carillon.log.Replica;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Our log, as the Raft library wants its log. */
final class RaftLogStorage implements LogStorage {
    private static final Logger LOG = System.getLogger(RaftLogStorage.class.getName());
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Replica replica;

    RaftLogStorage(Replica replica) {
        this.replica = replica;
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

    /** The bytes of messages are those of the mapped log: nothing is copied before it is sent. */
    @Override
    public @Nullable LogEntry getEntry(long index) {
        Item item = replica.item(index);
        return item == null ? null : entry(item);
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
