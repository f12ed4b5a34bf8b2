package io.carillon.server;

import io.carillon.broker.cluster.GroupView;
import io.carillon.broker.cluster.MemberRole;
import io.carillon.broker.cluster.MemberView;
import io.carillon.broker.cluster.Membership;
import io.carillon.broker.cluster.Outcome;
import io.carillon.broker.metadata.Members;
import io.carillon.replication.Change;
import io.carillon.replication.GroupStatus;
import io.carillon.replication.MemberStatus;
import io.carillon.replication.RaftGroup;
import io.carillon.replication.Role;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The group that this process is a member of, looked at and changed. The group itself knows addresses; their numbers stand
 * in the settings of those it began with, and in the log for who came later. Any thread.
 */
final class GroupMembership implements Membership {
    private static final String NOT_BEGUN = "this member has not begun to take part yet: try again soon";

    private final ReplicationSettings settings;
    private final Members members;
    private volatile @Nullable RaftGroup group;

    GroupMembership(ReplicationSettings settings, Members members) {
        this.settings = settings;
        this.members = members;
    }

    /** This process takes part by this one from now on. */
    void of(RaftGroup joined) {
        group = joined;
    }

    /** The number of the member that the others find at this address; 0 when nobody said. */
    int nodeAt(String address) {
        return settings.peers().stream()
                .filter(peer -> peer.at().toString().equals(address))
                .findFirst()
                .map(Peer::node)
                .orElseGet(() -> members.nodeAt(address));
    }

    private @Nullable String addressOf(int node) {
        String said = members.peerAddress(node);
        return said != null
                ? said
                : settings.peers().stream()
                        .filter(peer -> peer.node() == node)
                        .findFirst()
                        .map(peer -> peer.at().toString())
                        .orElse(null);
    }

    /** A member's address, whether it was named by that or by its number; null when nobody has that number. */
    private @Nullable String resolved(String member) {
        return member.matches("\\d{1,9}") ? addressOf(Integer.parseInt(member)) : member;
    }

    private String named(String address) {
        int node = nodeAt(address);
        return node == 0 ? address : "member " + node + " (" + address + ")";
    }

    // ---- looking

    @Override
    public GroupView view() {
        RaftGroup joined = group;
        if (joined == null) {
            return new GroupView("", settings.self().toString(), MemberRole.WAITING, 0, "", 0, 0, List.of());
        }
        GroupStatus status = joined.status();
        return new GroupView(
                status.group(),
                status.self(),
                roleOf(status.role()),
                status.term(),
                Objects.requireNonNullElse(status.leader(), ""),
                status.firstIndex(),
                status.committedIndex(),
                status.members().stream().map(this::viewOf).toList());
    }

    private MemberView viewOf(MemberStatus member) {
        int node = nodeAt(member.address());
        String clients = members.address(node);
        return new MemberView(
                node,
                member.address(),
                clients == null ? "" : clients,
                member.isVoter(),
                member.priority(),
                roleOf(member.role()),
                member.term(),
                member.lastIndex(),
                member.appliedIndex(),
                member.answeredAgoMs(),
                member.copiedBytes(),
                member.copyBytes());
    }

    private static MemberRole roleOf(@Nullable Role role) {
        return role == null
                ? MemberRole.SILENT
                : switch (role) {
                    case LEADER -> MemberRole.LEADER;
                    case HANDING_OVER -> MemberRole.HANDING_OVER;
                    case CANDIDATE -> MemberRole.CANDIDATE;
                    case FOLLOWER -> MemberRole.FOLLOWER;
                    case LEARNER -> MemberRole.LEARNER;
                    case WAITING -> MemberRole.WAITING;
                    case FAILED -> MemberRole.FAILED;
                };
    }

    // ---- changing

    @Override
    public CompletableFuture<Outcome> transfer(String member) {
        return change(
                member,
                (joined, address) -> CompletableFuture.completedFuture(joined.transfer(address)),
                address -> named(address) + " leads");
    }

    @Override
    public CompletableFuture<Outcome> add(int node, String address, boolean isLearner) {
        String known = addressOf(node);
        if (known != null && !known.equals(address) && isMember(known)) {
            return refused(
                    Outcome.Reason.UNKNOWN_MEMBER,
                    "member " + node + " is at " + known + ": give the new one another number, and start it with that");
        }
        int sameAddress = nodeAt(address);
        if (sameAddress != 0 && sameAddress != node) {
            return refused(
                    Outcome.Reason.UNKNOWN_MEMBER,
                    address + " is where member " + sameAddress + " is, not member " + node);
        }
        String what = "member " + node + " (" + address + ") is in the group" + (isLearner ? ", as a learner" : "");
        return change(address, (joined, at) -> isLearner ? joined.addLearner(at) : joined.addPeer(at), _ -> what);
    }

    private boolean isMember(String address) {
        RaftGroup joined = group;
        return joined != null
                && joined.status().members().stream()
                        .anyMatch(one -> one.address().equals(address));
    }

    @Override
    public CompletableFuture<Outcome> remove(String member) {
        return changeOfOther(member, RaftGroup::removePeer, address -> named(address) + " is in the group no more")
                .thenApply(outcome -> forgotten(member, outcome));
    }

    @Override
    public CompletableFuture<Outcome> replace(String member, String learner) {
        String successor = resolved(learner);
        if (successor == null) {
            return refused(Outcome.Reason.UNKNOWN_MEMBER, noSuch(learner));
        }
        return changeOfOther(
                        member,
                        (joined, address) -> joined.replacePeer(address, successor),
                        address -> named(successor) + " has the vote of " + named(address)
                                + ", which is in the group no more")
                .thenApply(outcome -> forgotten(member, outcome));
    }

    @Override
    public CompletableFuture<Outcome> promote(String learner) {
        return change(learner, RaftGroup::promoteLearner, address -> named(address) + " has a vote");
    }

    @Override
    public CompletableFuture<Outcome> acceptLoss(String member) {
        RaftGroup joined = group;
        if (joined == null) {
            return refused(Outcome.Reason.BUSY, NOT_BEGUN);
        }
        String address = resolved(member);
        if (address == null || !isSelf(address)) {
            return refused(
                    Outcome.Reason.UNKNOWN_MEMBER,
                    "this is " + named(settings.self().toString()) + ", not member " + member
                            + ": whose loss is accepted must be asked itself, with --broker");
        }
        Outcome outcome = outcome(
                joined,
                joined.acceptLoss(),
                named(address) + " votes with what it has: what was acknowledged and no voter has is lost");
        return CompletableFuture.completedFuture(outcome);
    }

    /** Whoever leads does not go: without a leader nothing would be acknowledged until another one is elected. */
    private CompletableFuture<Outcome> changeOfOther(String member, Wish wish, Function<String, String> done) {
        String address = resolved(member);
        RaftGroup joined = group;
        if (address != null && joined != null && joined.role() == Role.LEADER && isSelf(address)) {
            return refused(
                    Outcome.Reason.UNSAFE,
                    named(address) + " leads: hand the leadership over first, with 'carillon cluster transfer'");
        }
        return change(member, wish, done);
    }

    private boolean isSelf(String address) {
        return address.equals(settings.self().toString());
    }

    /** Where a member was that is one no more, nobody needs to know. */
    private Outcome forgotten(String member, Outcome outcome) {
        String address = resolved(member);
        int node = address == null ? 0 : nodeAt(address);
        if (outcome instanceof Outcome.Done && node != 0) {
            members.remove(node, _ -> {});
        }
        return outcome;
    }

    /** What is asked of the group for the member at an address. */
    @FunctionalInterface
    private interface Wish {
        CompletableFuture<Change> of(RaftGroup joined, String address);
    }

    private CompletableFuture<Outcome> change(String member, Wish wish, Function<String, String> done) {
        RaftGroup joined = group;
        if (joined == null) {
            return refused(Outcome.Reason.BUSY, NOT_BEGUN);
        }
        if (joined.role() != Role.LEADER && joined.role() != Role.HANDING_OVER) {
            return CompletableFuture.completedFuture(ledElsewhere(joined));
        }
        String address = resolved(member);
        if (address == null) {
            return refused(Outcome.Reason.UNKNOWN_MEMBER, noSuch(member));
        }
        try {
            return wish.of(joined, address).thenApply(change -> outcome(joined, change, done.apply(address)));
        } catch (IllegalArgumentException e) { // no address
            return refused(Outcome.Reason.UNKNOWN_MEMBER, String.valueOf(e.getMessage()));
        }
    }

    private static String noSuch(String member) {
        return "no member of this group has the number " + member + ": 'carillon cluster status' shows them";
    }

    private Outcome ledElsewhere(RaftGroup joined) {
        String leader = joined.leader();
        int node = leader == null || isSelf(leader) ? 0 : nodeAt(leader);
        String clients = members.address(node);
        return new Outcome.LedElsewhere(node, clients == null ? "" : clients);
    }

    private Outcome outcome(RaftGroup joined, Change change, String done) {
        return switch (change) {
            case Change.Done _ -> new Outcome.Done(done);
            case Change.Begun(String what) -> new Outcome.Begun(what);
            case Change.Refused(Change.Reason reason, String why) ->
                switch (reason) {
                    case NOT_LEADER -> ledElsewhere(joined);
                    case ALREADY_SO -> new Outcome.Done(why);
                    case CHANGE_UNDER_WAY -> new Outcome.Refused(Outcome.Reason.BUSY, why);
                    case UNKNOWN_MEMBER -> new Outcome.Refused(Outcome.Reason.UNKNOWN_MEMBER, why);
                    case WOULD_LOSE_MAJORITY, TOO_FAR_BEHIND -> new Outcome.Refused(Outcome.Reason.UNSAFE, why);
                    case FAILED -> new Outcome.Refused(Outcome.Reason.FAILED, why);
                };
        };
    }

    private static CompletableFuture<Outcome> refused(Outcome.Reason reason, String why) {
        return CompletableFuture.completedFuture(new Outcome.Refused(reason, why));
    }
}
