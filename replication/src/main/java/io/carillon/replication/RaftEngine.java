package io.carillon.replication;

import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.DefaultJRaftServiceFactory;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.option.ApplyTaskMode;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import io.carillon.log.MessageLog;
import io.carillon.log.Replica;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The Raft library's node over our log: made, started, and stopped once. */
final class RaftEngine implements AutoCloseable {
    private final ReplicationConfig config;
    private final MessageLog log;
    private final Replica replica;
    private final VoteFile vote;
    private final RaftMachine machine;
    private final Consumer<String> behind;
    private final Consumer<String> damage;
    private final RaftGroupService service;
    private final NodeImpl node;
    /** The same, for threads of the library that run before it is returned. */
    private volatile @Nullable NodeImpl started;

    private volatile boolean isClosed;

    /**
     * @param behind told from whom to copy files when this replica lacks what nobody sends any more
     * @param damage told of what is found to be damaged on this replica's disk
     * @param listening begins to hear what the library says
     * @throws LibraryRefusal when it does not start
     */
    RaftEngine(
            ReplicationConfig config,
            Members members,
            MessageLog log,
            VoteFile vote,
            RaftMachine machine,
            GroupLine line,
            Consumer<String> behind,
            Consumer<String> damage,
            Supplier<LibraryErrors> listening) {
        this.config = config;
        this.log = log;
        this.replica = log.replica();
        this.vote = vote;
        this.machine = machine;
        this.behind = behind;
        this.damage = damage;
        // A log that one process had for itself names no members: whoever has it is the only one.
        Configuration first = replica.indexMax() == 0 ? members.first(config) : members.alone(config);
        service = new RaftGroupService(
                config.group(), members.peer(config.self()), options(first, line), line.server(), true);
        node = start(listening);
        started = node;
    }

    /** It throws that it does not start, and says only to its own log why. */
    private NodeImpl start(Supplier<LibraryErrors> listening) {
        try (LibraryErrors errors = listening.get()) {
            try {
                return (NodeImpl) service.start(false);
            } catch (IllegalStateException refused) {
                throw new LibraryRefusal(errors.heard(), refused);
            }
        }
    }

    NodeImpl node() {
        return node;
    }

    private NodeOptions options(Configuration first, GroupLine line) {
        NodeOptions options = new MemberOptions(line);
        options.setInitialConf(first);
        options.setElectionTimeoutMs(Math.toIntExact(config.electionTimeout().toMillis()));
        options.setElectionPriority(config.priorities().getOrDefault(config.self(), -1));
        options.setFsm(machine);
        options.setLogUri("log");
        options.setRaftMetaUri(config.folder().toString());
        options.setSnapshotUri("checkpoint");
        options.setRpcInstallSnapshotTimeout(10_000);
        options.setServiceFactory(new DefaultJRaftServiceFactory() {
            @Override
            public LogStorage createLogStorage(String uri, RaftOptions raftOptions) {
                return new RaftLogStorage(replica, damage);
            }

            @Override
            public SnapshotStorage createSnapshotStorage(NodeOptions nodeOptions) {
                return new RaftSnapshots(
                        replica, first, config.self(), log.copies()::isFollowed, RaftEngine.this::lastApplied, behind);
            }

            @Override
            public RaftMetaStorage createRaftMetaStorage(String uri, RaftOptions raftOptions) {
                return new RaftMeta(vote, replica.term(replica.indexMax()));
            }
        });
        options.setSnapshotIntervalSecs(0);
        options.setDisableCli(true);
        options.setApplyTaskMode(ApplyTaskMode.Blocking);
        options.setRaftOptions(raftOptions());
        return options;
    }

    /** The library's own values let one slow follower hold hundreds of megabytes. */
    private RaftOptions raftOptions() {
        RaftOptions options = new RaftOptions();
        options.setMaxReplicatorInflightMsgs(16);
        options.setMaxBodySize(1 << 20);
        options.setMaxAppendBufferSize(1 << 20);
        options.setMaxLogsInMemoryBytes(64 << 20);
        options.setApplyBatch(64);
        options.setDisruptorBufferSize(4096);
        options.setDisruptorPublishEventWaitTimeoutSecs(60);
        options.setMaxElectionDelayMs(Math.toIntExact(config.electionTimeout().toMillis() / 2));
        options.setSync(true);
        options.setSyncMeta(true);
        return options;
    }

    private long lastApplied() {
        NodeImpl now = started;
        return now == null ? 0 : now.getLastAppliedLogIndex();
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Stops; whoever leads hands that over first, as far as somebody is there. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        replica.follow();
        replica.letGo();
        service.shutdown();
        try {
            service.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
