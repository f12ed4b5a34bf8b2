package io.carillon.replication;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import io.carillon.base.Agent;
import io.carillon.base.CarillonException.Closed;
import io.carillon.base.Ticker;
import io.carillon.log.MessageLog;
import io.carillon.log.Proposal;
import io.carillon.log.Replica;
import io.carillon.log.ReplicaCopy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** FACE: one replica's part in a group: it elects, replicates, and tells the log what is committed. Any thread. */
public final class RaftGroup implements AutoCloseable {
    private static final Logger LOG = System.getLogger(RaftGroup.class.getName());
    static final long CHANGE_MS = 1500;

    private final ReplicationConfig config;
    private final MessageLog log;
    private final Replica replica;
    private final ReplicaCopy copied;
    private final VoteFile vote;
    private final RoleListener roles;
    private final Ticker ticker;
    private final long birth;
    private final Members members;
    private final GroupLine line;
    private final Roster roster;
    private final RaftMachine machine;
    private final FileCopy copy;
    private final KeepAgent keep;
    private final Joining joining;
    private final AcceptedLoss acceptedLoss;
    private volatile @Nullable Answers answers;
    private volatile @Nullable Part part;
    /** What of the log was found to be damaged, maybe before this replica took part. */
    private volatile @Nullable String damage;

    private boolean isClosed;
    private volatile boolean hasFailed;

    /**
     * Takes part from now on, or from when the others said that it may: see {@link ReplicationConfig.Begins}. The agents must
     * run.
     *
     * @param transport stays open for as long as this does
     * @param log opened as a replica; it must stay open for as long as this does
     * @throws LibraryRefusal when it is to take part at once, and the Raft library does not start
     */
    public RaftGroup(ReplicationConfig config, Transport transport, MessageLog log, RoleListener roles) {
        this(config, transport, log, roles, Ticker.system());
    }

    /** Likewise, by this clock. */
    public RaftGroup(ReplicationConfig config, Transport transport, MessageLog log, RoleListener roles, Ticker ticker) {
        this.config = config;
        this.log = log;
        this.roles = roles;
        this.ticker = ticker;
        replica = log.replica();
        copied = log.replicaCopy();
        vote = new VoteFile(config.folder());
        if (replica.noVote() == null && vote.isLost(config, replica)) {
            replica.giveUpVote("the file that tells for whom it voted is gone or damaged, in " + config.folder());
        }
        birth = replica.indexMax() == 0 && replica.noVote() == null ? Math.max(1, ticker.nowMs()) : 0;
        members = new Members(config.priorities());
        machine = new RaftMachine(replica, this::propose, roles, config.neverLeads());
        line = new GroupLine(config, transport, ticker, this::answer, this::connectionBroke);
        roster = new Roster(config.self(), birth, line, ticker);
        copy = new FileCopy(
                config,
                line,
                copied,
                ticker,
                this::logEnd,
                this::copyIsWhole,
                fault -> fail("it could not go on with copying the log of another one", fault));
        keep = new KeepAgent(
                this::tick, fault -> fail("it could not go on with what it has to do now and then", fault));
        joining = new Joining(config, replica, line, roster, copy, this::takePart);
        acceptedLoss = new AcceptedLoss(config, replica, roster, this::takePart);
        answers = new Answers(config, log, this::told, this::leads, this::change);
        log.onDamage(this::damaged);
        if (!Joining.isNeeded(config, replica)) {
            takePart();
        }
    }

    private void damaged(String why) {
        if (damage == null) {
            LOG.log(Level.ERROR, "the log of this replica is damaged on its disk: {0}", why);
        }
        damage = why;
    }

    private synchronized void takePart() {
        if (isClosed || part != null || copied.isDecided()) {
            return;
        }
        RaftEngine engine = new RaftEngine(
                config, members, log, vote, machine, line, copy::wantFrom, this::damaged, roles::libraryErrors);
        part = new Part(config, log, engine, members, roster, joining, machine::term, ticker);
    }

    private byte[] answer(byte[] question) {
        Answers ready = answers;
        if (ready == null) {
            throw new IllegalStateException("this replica is starting");
        }
        return ready.answer(question);
    }

    private boolean leads() {
        Part now = part;
        return now != null && now.leads();
    }

    private void connectionBroke() {
        Part now = part;
        if (now != null) {
            now.connectionBroke();
            keep.wake();
        }
    }

    private void propose(Proposal proposal, long term) {
        Part now = part;
        if (now == null) {
            replica.refuse(proposal);
        } else {
            now.propose(proposal, term);
        }
    }

    /** What must run for as long as this is open: the first one waits for other members at times, the second one long. */
    public List<Agent> agents() {
        return List.of(keep, copy);
    }

    private void fail(String why, Throwable fault) {
        hasFailed = true;
        LOG.log(Level.ERROR, "this replica takes part in the group no more until it is started again: " + why, fault);
        Part now = part;
        try {
            if (now != null) {
                now.close();
            }
        } finally {
            roles.failed();
        }
    }

    private void tick() {
        Part now = part;
        if (now == null) {
            if (!copied.isDecided()) {
                joining.tick();
            }
        } else if (now.isClosed()) {
            return; // the log is being replaced, or failed
        } else if (now.isBroken()) {
            takeNoPart(now);
        } else {
            String why = now.tick(damage);
            if (why != null) {
                now.close();
                roles.reopen(why);
            }
        }
    }

    /** A log that takes nothing must not lead, nor hold up a majority that counts on it. */
    private void takeNoPart(Part now) {
        LOG.log(
                Level.ERROR,
                "the log of this replica failed: it takes part in the group no more until it is started again");
        now.close();
        roles.failed();
    }

    // ---- copying the files of the leader's log

    private FileCopy.LogEnd logEnd() {
        long index = replica.indexMax();
        return new FileCopy.LogEnd(index, replica.term(index));
    }

    /**
     * Replaces the log if it got nothing while the copy was made: it may have found a leader meanwhile that still sent it
     * entries one by one, and told it that it had them.
     */
    private void copyIsWhole(FileCopy.LogEnd before) {
        Part now = part;
        if (now != null) {
            now.close();
        }
        try {
            if (now == null || before.equals(logEnd())) {
                vote.beginWithoutVote();
                copied.decide();
            } else {
                copied.drop();
            }
        } catch (RuntimeException e) {
            LOG.log(
                    Level.ERROR,
                    "the files of the leader's log were copied, but this replica could not note that it begins with them:"
                            + " it takes part no more until it is started again, and copies what is missing then",
                    e);
            roles.failed();
            return;
        }
        roles.reopen("the files of the leader's log were copied");
    }

    // ---- what it is, and who the others are

    /** What this replica is at the moment. */
    public Role role() {
        Part now = part;
        if (now == null) {
            return hasFailed ? Role.FAILED : Role.WAITING;
        }
        return now.role();
    }

    /** The number of the leadership that this replica knows of; 0 before there is one. */
    public long term() {
        return machine.term();
    }

    /** The address of the member that leads, as far as this one knows; null when none does. */
    public @Nullable String leader() {
        Part now = part;
        return now == null ? null : now.leader();
    }

    /** How the group is. Asks all members, and waits for their answers for some seconds at most. */
    public GroupStatus status() {
        Part now = part;
        Configuration known = now == null ? members.first(config) : now.members();
        Map<String, PeerId> all = new LinkedHashMap<>(Members.voters(known));
        all.putAll(Members.learners(known));
        List<CompletableFuture<?>> asked = new ArrayList<>();
        all.keySet().stream()
                .filter(address -> !address.equals(config.self()))
                .forEach(address -> asked.add(roster.asking(address)));
        asked.forEach(Roster::await);
        List<MemberStatus> found = new ArrayList<>();
        all.forEach((address, peer) -> found.add(member(address, known.contains(peer), peer.getPriority())));
        return new GroupStatus(
                config.group(),
                config.self(),
                role(),
                term(),
                leader(),
                replica.firstIndex(),
                replica.indexMax(),
                now == null ? 0 : now.committedIndex(),
                replica.appliedIndex(),
                now != null && now.isChanging(),
                found);
    }

    private MemberStatus member(String address, boolean isVoter, int priority) {
        return address.equals(config.self())
                ? MemberStatus.of(address, isVoter, priority, told(config.self(), 0), 0)
                : roster.member(address, isVoter, priority);
    }

    /** What it tells of itself to one that was born so. */
    private Questions.Told told(String asking, long itsBirth) {
        return new Questions.Told(
                config.group(),
                role(),
                term(),
                replica.indexMax(),
                replica.appliedIndex(),
                birth,
                joining.isSinceBirth(asking, itsBirth),
                log.isDiskShort(),
                copy.copiedBytes(),
                copy.copyBytes());
    }

    // ---- changes

    private CompletableFuture<Change> change(Function<Membership, CompletableFuture<Change>> change) {
        Part now = part;
        return now == null
                ? CompletableFuture.completedFuture(new Change.Refused(
                        Change.Reason.NOT_LEADER, "this replica does not take part yet: ask another one"))
                : change.apply(now.membership());
    }

    /**
     * Hands the leadership to another voter, which has all but the last moments of the log. Sends are refused from now on
     * until it leads; after an election timeout in vain, this one leads on.
     */
    public Change transfer(String address) {
        return Answers.await(change(members -> CompletableFuture.completedFuture(members.transfer(address))));
    }

    /** Takes in another member, which runs and waits for that: it gets a copy, and then a vote. */
    public CompletableFuture<Change> addPeer(String address) {
        return change(members -> members.addVoter(address));
    }

    /** Takes in another member, which runs and waits for that: it gets a copy, and no vote. */
    public CompletableFuture<Change> addLearner(String address) {
        return change(members -> members.addLearner(address));
    }

    /** Gives a learner a vote; refused when it lacks more than the last moments of the log. */
    public CompletableFuture<Change> promoteLearner(String address) {
        return change(members -> members.promote(address));
    }

    /** Takes a voter's vote, and its copy with it; refused when too few others would be there. */
    public CompletableFuture<Change> removePeer(String address) {
        return change(members -> members.remove(address));
    }

    /** Lets a learner go. */
    public CompletableFuture<Change> removeLearner(String address) {
        return change(members -> members.remove(address));
    }

    /** Gives the vote of one member to a learner that has all. */
    public CompletableFuture<Change> replacePeer(String address, String learner) {
        return change(members -> members.replace(address, learner));
    }

    /**
     * Lets this replica vote with what it has, though it may have lost something that it told others to have: for a group that
     * nobody can lead any more otherwise. What no voter has is lost then. Refused while the others can do without. Waits for
     * their answers.
     */
    public Change acceptLoss() {
        return copied.isDecided()
                ? new Change.Refused(
                        Change.Reason.CHANGE_UNDER_WAY,
                        "this member has copied the log of a leader, and begins anew with that in a moment")
                : acceptedLoss.accept();
    }

    /**
     * Waits until this replica has everything that was acknowledged before the call: what is read of its log afterwards is
     * what the leader would say.
     *
     * @return the index of an entry that has taken effect here; fails with {@link Closed} when no majority says so in time
     */
    public CompletableFuture<Long> readBarrier() {
        Part now = part;
        return now == null
                ? CompletableFuture.failedFuture(new Closed("this replica does not take part yet"))
                : now.readBarrier();
    }

    /** Takes part no more; what waits is told that its outcome is not known. The agents may still run. */
    @Override
    public void close() {
        Part now;
        synchronized (this) {
            isClosed = true;
            now = part;
        }
        copy.close();
        if (now != null) {
            now.close();
        }
        line.close();
    }
}
