package io.carillon.replication;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import io.carillon.replication.Change.Reason;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Changes who is in a group, one change at a time, where that is safe. Only a leader does it. Any thread. */
final class Membership {
    private final NodeImpl node;
    private final Members members;
    private final Roster roster;
    /** Who gets a vote as soon as it has all, though it may not ask for it. */
    private final Set<String> toVote = ConcurrentHashMap.newKeySet();
    /** Whether a change is made, which may be two of the library's. */
    private final AtomicBoolean isChanging = new AtomicBoolean();

    Membership(NodeImpl node, Members members, Roster roster) {
        this.node = node;
        this.members = members;
        this.roster = roster;
    }

    /** Why something cannot be; null when it can. */
    @FunctionalInterface
    private interface Check {
        Change.@Nullable Refused of(Configuration now);
    }

    private CompletableFuture<Change> alone(Supplier<CompletableFuture<Change>> change) {
        if (!isChanging.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(underWay());
        }
        try {
            return change.get().whenComplete((_, _) -> isChanging.set(false));
        } catch (RuntimeException | Error e) {
            isChanging.set(false);
            throw e;
        }
    }

    /** Whether this leader makes a change, of which the log may not tell yet. */
    boolean isUnderWay() {
        return isChanging.get();
    }

    CompletableFuture<Change> addLearner(String address) {
        return alone(() -> addingLearner(address, members.peer(address)));
    }

    CompletableFuture<Change> promote(String address) {
        return alone(() -> promoting(address));
    }

    CompletableFuture<Change> remove(String address) {
        return alone(() -> removing(address));
    }

    CompletableFuture<Change> replace(String old, String successor) {
        return alone(() -> replacing(old, successor));
    }

    CompletableFuture<Change> takeVote(String address, boolean isListed) {
        return alone(() -> takingVote(address, isListed));
    }

    /** Whoever was taken out on its way to a vote is a learner again; who is a member stays what it is. */
    CompletableFuture<Change> takeBack(String address, boolean isListed) {
        Configuration now = node.getCurrentConf();
        PeerId peer = members.peer(address);
        boolean isMember =
                now != null && (now.contains(peer) || now.getLearners().contains(peer));
        return isMember ? CompletableFuture.completedFuture(new Change.Done()) : takeVote(address, isListed);
    }

    private CompletableFuture<Change> addingLearner(String address, PeerId peer) {
        return change(
                now -> {
                    if (now.contains(peer) || now.getLearners().contains(peer)) {
                        return refused(Reason.ALREADY_SO, address + " is a member already");
                    }
                    return roster.isAnswering(address)
                            ? null
                            : refused(
                                    Reason.UNKNOWN_MEMBER,
                                    address + " does not answer: start it with this group's name first, so that it"
                                            + " waits to be taken in");
                },
                next -> {
                    next.addLearner(peer);
                    return next;
                });
    }

    /** Takes it in as a learner; it gets its vote when it has all. */
    CompletableFuture<Change> addVoter(String address) {
        return alone(() -> addingLearner(address, Members.learnerToVote(members.peer(address))))
                .thenApply(change -> {
                    if (change instanceof Change.Done) {
                        toVote.add(address);
                        return new Change.Begun(address + " gets a copy of the log, and its vote when it has all");
                    }
                    return change;
                });
    }

    private CompletableFuture<Change> promoting(String address) {
        PeerId peer = members.peer(address);
        return toVoter(
                address,
                now -> {
                    if (now.contains(peer)) {
                        return refused(Reason.ALREADY_SO, address + " has a vote already");
                    }
                    if (!now.getLearners().contains(peer)) {
                        return refused(Reason.UNKNOWN_MEMBER, address + " is not a learner of this group");
                    }
                    return tooFarBehind(address);
                },
                next -> {
                    next.addPeer(peer);
                    return next;
                });
    }

    /** A learner goes, and comes as a voter: the library knows no member that is one before a change and the other after. */
    private CompletableFuture<Change> toVoter(String address, Check check, UnaryOperator<Configuration> to) {
        PeerId peer = members.peer(address);
        return change(check, next -> {
                    next.removeLearner(peer);
                    return next;
                })
                .thenCompose(gone -> gone instanceof Change.Done
                        ? change(_ -> null, to).thenCompose(come -> orLearner(peer, come))
                        : CompletableFuture.completedFuture(gone));
    }

    /** Whoever did not become a voter is a learner again, as far as that can be. */
    private CompletableFuture<Change> orLearner(PeerId peer, Change come) {
        return come instanceof Change.Done
                ? CompletableFuture.completedFuture(come)
                : toLearnerAgain(peer).thenApply(_ -> come);
    }

    /** Whether it answers or not: it is a member all the time, but for the moment between two changes. */
    private CompletableFuture<Change> toLearnerAgain(PeerId peer) {
        return change(_ -> null, next -> {
            next.addLearner(Members.learnerToVote(peer));
            return next;
        });
    }

    private Change.@Nullable Refused tooFarBehind(String address) {
        Questions.Told told = roster.ask(address);
        if (told == null) {
            return refused(
                    Reason.TOO_FAR_BEHIND, address + " does not answer: a vote that is not cast holds the group up");
        }
        long behind = node.getLastLogIndex() - told.lastIndex();
        return behind <= GroupStatus.BEHIND_MAX && told.role() != Role.WAITING
                ? null
                : refused(
                        Reason.TOO_FAR_BEHIND,
                        address + " lacks the last " + behind + " entries of the log: try again when it has them");
    }

    private CompletableFuture<Change> removing(String address) {
        PeerId peer = members.peer(address);
        toVote.remove(address);
        return change(
                now -> {
                    if (now.getLearners().contains(peer)) {
                        return null;
                    }
                    if (!now.contains(peer)) {
                        return refused(Reason.UNKNOWN_MEMBER, address + " is not a member of this group");
                    }
                    return wouldLoseMajority(now, address, null);
                },
                next -> {
                    next.removeLearner(peer);
                    next.removePeer(peer);
                    return next;
                });
    }

    /**
     * A member that lost what it had gives up its vote and is a learner: in two changes, for the library knows none that is
     * both in the one between.
     *
     * @param isListed whether it is to be a member, though it is none yet
     */
    private CompletableFuture<Change> takingVote(String address, boolean isListed) {
        Configuration now = node.getCurrentConf();
        Change.Refused notLeader = notLeader();
        if (notLeader != null || now == null) {
            return CompletableFuture.completedFuture(notLeader == null ? underWay() : notLeader);
        }
        PeerId peer = members.peer(address);
        if (now.getLearners().contains(peer)) {
            return CompletableFuture.completedFuture(new Change.Done());
        }
        if (now.contains(peer)) {
            return removing(address)
                    .thenCompose(gone -> gone instanceof Change.Done
                            ? toLearnerAgain(peer)
                            : CompletableFuture.completedFuture(gone));
        }
        return isListed
                ? addingLearner(address, peer)
                : CompletableFuture.completedFuture(
                        refused(Reason.UNKNOWN_MEMBER, address + " is not a member of this group: add it first"));
    }

    /** Gives a learner the vote that it is meant to have. */
    CompletableFuture<Change> giveVote(String address, boolean isListed) {
        return isListed || toVote.contains(address) || Members.isToVote(Members.of(node), address)
                ? promote(address)
                : CompletableFuture.completedFuture(
                        refused(Reason.UNKNOWN_MEMBER, address + " is not meant to have a vote: promote it by hand"));
    }

    /** One voter goes, and a learner that has all gets a vote. */
    private CompletableFuture<Change> replacing(String old, String successor) {
        PeerId going = members.peer(old);
        PeerId coming = members.peer(successor);
        return toVoter(
                successor,
                now -> {
                    if (!now.contains(going)) {
                        return refused(Reason.UNKNOWN_MEMBER, old + " is not a voter of this group");
                    }
                    if (!now.getLearners().contains(coming)) {
                        return refused(
                                Reason.UNKNOWN_MEMBER,
                                successor + " is not a learner of this group: add it as one, and replace " + old
                                        + " when it has all");
                    }
                    Change.Refused behind = tooFarBehind(successor);
                    return behind == null ? wouldLoseMajority(now, old, successor) : behind;
                },
                next -> {
                    next.removePeer(going);
                    next.addPeer(coming);
                    return next;
                });
    }

    /** More than half of those that there would be must answer, or nothing could be agreed on any more. */
    private Change.@Nullable Refused wouldLoseMajority(Configuration now, String going, @Nullable String coming) {
        Map<String, PeerId> left = Members.voters(now);
        left.remove(going);
        if (left.isEmpty() && coming == null) {
            return refused(Reason.WOULD_LOSE_MAJORITY, going + " is the only voter of the group");
        }
        int all = left.size() + (coming == null ? 0 : 1);
        long answering = left.keySet().stream().filter(roster::isAnswering).count() + (coming == null ? 0 : 1);
        return 2 * answering > all
                ? null
                : refused(
                        Reason.WOULD_LOSE_MAJORITY,
                        "without " + going + " only " + answering + " of " + all + " voters would answer, which is no"
                                + " majority: start the others first");
    }

    private CompletableFuture<Change> change(Check check, UnaryOperator<Configuration> to) {
        Change.Refused notLeader = notLeader();
        if (notLeader != null) {
            return CompletableFuture.completedFuture(notLeader);
        }
        // The library changes this one in place; what is wanted is made of a copy.
        Configuration now = node.getCurrentConf();
        if (now == null) {
            return CompletableFuture.completedFuture(underWay());
        }
        Change.Refused refused = check.of(now);
        if (refused != null) {
            return CompletableFuture.completedFuture(refused);
        }
        CompletableFuture<Change> told = new CompletableFuture<>();
        node.changePeers(to.apply(new Configuration(now)), status -> told.complete(outcome(status)));
        return told;
    }

    Change.@Nullable Refused notLeader() {
        if (node.isLeader(false)) {
            return null;
        }
        String leader = Members.addressOrNull(node.getLeaderId());
        return refused(
                Reason.NOT_LEADER,
                "this replica does not lead its group: "
                        + (leader == null ? "nobody does at the moment, try again" : "ask " + leader));
    }

    private static Change.Refused underWay() {
        return refused(
                Reason.CHANGE_UNDER_WAY, "another change of the group is under way: try again when it has ended");
    }

    private Change outcome(Status status) {
        if (status.isOk()) {
            return new Change.Done();
        }
        RaftError error = status.getRaftError();
        if (error == RaftError.EBUSY) {
            return underWay();
        }
        Change.Refused notLeader = notLeader();
        if (error == RaftError.EPERM && notLeader != null) {
            return notLeader;
        }
        return refused(
                error == RaftError.ECATCHUP ? Reason.TOO_FAR_BEHIND : Reason.FAILED,
                "the change came to nothing: " + status.getErrorMsg());
    }

    /** Hands the leadership over; that it arrived, the status tells. */
    Change transfer(String address) {
        Change.Refused notLeader = notLeader();
        if (notLeader != null) {
            return notLeader;
        }
        Configuration now = node.getCurrentConf();
        PeerId peer = members.peer(address);
        if (now == null || !now.contains(peer)) {
            return refused(Reason.UNKNOWN_MEMBER, address + " is not a voter of this group");
        }
        if (address.equals(Members.address(node.getServerId()))) {
            return refused(Reason.ALREADY_SO, address + " leads already");
        }
        if (isNeverLeading(now, address)) {
            return refused(Reason.UNKNOWN_MEMBER, address + " has the priority 0 and never leads");
        }
        Change.Refused behind = tooFarBehind(address);
        if (behind != null) {
            return behind;
        }
        Status status = node.transferLeadershipTo(peer);
        return status.isOk() ? new Change.Begun("the leadership goes to " + address) : outcome(status);
    }

    /** Hands the leadership to one of the other voters that suits; null when none does and can take it now. */
    @Nullable
    String transferToAnother(Predicate<String> suits) {
        Configuration now = node.getCurrentConf();
        if (now != null) {
            String self = Members.address(node.getServerId());
            for (PeerId voter : now.getPeers()) {
                String address = Members.address(voter);
                if (!address.equals(self) && suits.test(address) && transfer(address) instanceof Change.Begun) {
                    return address;
                }
            }
        }
        return null;
    }

    private static boolean isNeverLeading(Configuration now, String address) {
        PeerId voter = Members.voters(now).get(address);
        return voter != null && voter.isPriorityNotElected();
    }

    private static Change.Refused refused(Reason reason, String why) {
        return new Change.Refused(reason, why);
    }

    /** Gives their votes to those that have all by now, as a change does that is under way. Now and then, by one thread. */
    void tick() {
        if (!node.isLeader(false)) {
            toVote.clear();
            return;
        }
        if (isChanging.get()) {
            RaftInternals.noticeCaughtUp(node);
        }
        for (String address : toVote) {
            promote(address).thenAccept(change -> {
                if (change instanceof Change.Done
                        || (change instanceof Change.Refused refused
                                && (refused.reason() == Reason.ALREADY_SO
                                        || refused.reason() == Reason.UNKNOWN_MEMBER))) {
                    toVote.remove(address);
                }
            });
        }
    }
}
