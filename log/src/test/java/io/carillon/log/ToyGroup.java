package io.carillon.log;

import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Three replicas in one thread under the rules of Raft, without its messages and timers: tests say who leads, who gets
 * which entries when, and who crashes.
 */
final class ToyGroup implements AutoCloseable {
    /** One replica: its disk outlives its log. */
    final class Node {
        LossyStorage disk = new LossyStorage();

        @Nullable
        LogDriver driver;

        private final Queue<Proposal> line = new ArrayDeque<>();
        private final Map<Long, Proposal> proposed = new HashMap<>();

        boolean isUp() {
            return driver != null;
        }

        LogDriver driver() {
            if (driver == null) {
                throw new IllegalStateException("the replica is down");
            }
            return driver;
        }

        Replica replica() {
            return driver().log.replica();
        }

        long lastTerm() {
            return replica().term(replica().indexMax());
        }

        /** Takes what its log proposed into it. */
        void store() {
            List<Item> items = new ArrayList<>();
            long index = replica().indexMax();
            while (!line.isEmpty()) {
                Proposal next = line.remove();
                items.add(new Item(++index, term, Kind.DATA, next.entry()));
                proposed.put(index, next);
            }
            replica().append(items);
        }

        void commitTo(long index) {
            while (replica().appliedIndex() < Math.min(index, replica().indexMax())) {
                long next = replica().appliedIndex() + 1;
                replica().commit(next, replica().term(next), proposed.remove(next));
            }
        }

        /** Leads no more: what it proposed has no known outcome. */
        void stepDown() {
            replica().follow();
            line.forEach(replica()::refuse);
            line.clear();
            proposed.values().forEach(replica()::refuse);
            proposed.clear();
        }

        void crash(Loss loss) {
            line.clear();
            proposed.clear();
            disk = disk.afterPowerLoss(loss);
            driver = null;
            if (leader == this) {
                leader = null;
            }
        }

        void start() {
            driver = new LogDriver(config, disk, ticker, true);
        }
    }

    final LogConfig config;
    final ManualTicker ticker = new ManualTicker();
    final List<Node> nodes = new ArrayList<>();
    long term;
    /** What a majority has: the same for ever. */
    long committed;

    @Nullable
    Node leader;

    ToyGroup(LogConfig config, int count) {
        this.config = config;
        for (int i = 0; i < count; i++) {
            Node node = new Node();
            nodes.add(node);
            node.start();
        }
    }

    int majority() {
        return nodes.size() / 2 + 1;
    }

    /** Makes a replica lead, if a majority would vote for it; says whether it does. */
    boolean elect(Node candidate) {
        long votes = nodes.stream()
                .filter(Node::isUp)
                .filter(voter -> isUpToDate(candidate, voter))
                .count();
        if (votes < majority()) {
            return false;
        }
        if (leader != null) {
            leader.stepDown();
        }
        leader = candidate;
        term++;
        candidate
                .replica()
                .append(List.of(
                        new Item(candidate.replica().indexMax() + 1, term, Kind.NO_OP, ByteBuffer.allocate(0))));
        return true;
    }

    private static boolean isUpToDate(Node candidate, Node voter) {
        return candidate.lastTerm() > voter.lastTerm()
                || (candidate.lastTerm() == voter.lastTerm()
                        && candidate.replica().indexMax() >= voter.replica().indexMax());
    }

    /** Lets the leader take appends, once all before its term took effect. */
    void open() {
        Node now = leader;
        if (now != null) {
            now.replica().lead(term, (proposal, _) -> now.line.add(proposal));
        }
    }

    /** Brings up to {@code count} entries of the leader to a follower, after cutting off what does not agree. */
    void replicate(Node follower, int count) {
        Node from = leader;
        if (from == null || from == follower || !follower.isUp()) {
            return;
        }
        long match = Math.min(from.replica().indexMax(), follower.replica().indexMax());
        while (match > 0 && from.replica().term(match) != follower.replica().term(match)) {
            match--;
        }
        if (match < follower.replica().indexMax() && from.replica().indexMax() > match) {
            follower.replica().truncate(match);
        }
        List<Item> items = new ArrayList<>();
        for (long index = match + 1; index <= from.replica().indexMax() && items.size() < count; index++) {
            items.add(sent(from, index));
        }
        if (!items.isEmpty()) {
            follower.replica().append(items);
        }
    }

    /** As it was proposed when the leader still has it so, which is what a leader sends first. */
    private static Item sent(Node from, long index) {
        Proposal proposal = from.proposed.get(index);
        Item stored = from.replica().item(index);
        if (stored == null) {
            throw new IllegalStateException("the leader lacks entry " + index);
        }
        return proposal == null ? stored : new Item(index, stored.term(), Kind.DATA, proposal.entry());
    }

    /** Commits what a majority has of the leader's own term, and with it all before. */
    void commit() {
        Node now = leader;
        if (now == null) {
            return;
        }
        for (long index = now.replica().indexMax(); index > committed; index--) {
            long at = index;
            long holders = nodes.stream()
                    .filter(Node::isUp)
                    .filter(node -> node.replica().indexMax() >= at
                            && node.replica().term(at) == now.replica().term(at))
                    .count();
            if (now.replica().term(index) == term && holders >= majority()) {
                committed = index;
                break;
            }
        }
        now.commitTo(committed);
    }

    /** Lets a follower know what is committed, of what it has from the leader. */
    void commit(Node follower) {
        Node now = leader;
        if (now == null || !follower.isUp()) {
            return;
        }
        long match = Math.min(now.replica().indexMax(), follower.replica().indexMax());
        while (match > 0 && now.replica().term(match) != follower.replica().term(match)) {
            match--;
        }
        follower.commitTo(Math.min(committed, match));
    }

    /** Elects someone, and brings everybody to the same end. */
    void converge(RandomGenerator random) {
        nodes.stream().filter(node -> !node.isUp()).forEach(Node::start);
        while (!elect(nodes.get(random.nextInt(nodes.size())))) {
            // until one is up to date
        }
        nodes.forEach(node -> replicate(node, Integer.MAX_VALUE));
        commit();
        nodes.forEach(this::commit);
        nodes.forEach(node -> node.driver().settle());
    }

    @Override
    public void close() {
        nodes.stream().filter(Node::isUp).forEach(node -> node.driver().close());
    }
}
