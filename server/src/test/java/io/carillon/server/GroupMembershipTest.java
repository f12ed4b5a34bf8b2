package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.broker.BrokerStore;
import io.carillon.broker.cluster.GroupView;
import io.carillon.broker.cluster.MemberRole;
import io.carillon.broker.cluster.MemberView;
import io.carillon.broker.cluster.Outcome;
import io.carillon.broker.cluster.Outcome.Reason;
import io.carillon.log.FileStorage;
import io.carillon.replication.RaftGroup;
import io.carillon.replication.RoleListener;
import io.carillon.replication.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members with real logs and sockets in one process; the first one leads. */
@Timeout(60)
class GroupMembershipTest {
    private static final long PATIENCE_S = 20;

    @TempDir
    private @Nullable Path folder;

    private final List<Node> nodes = new ArrayList<>();

    private static final class Node implements RoleListener {
        private final PeerAddress peer;
        private final Threads threads = new Threads();
        private final Transport transport;
        private final BrokerStore store;
        private final RaftGroup group;
        private final GroupMembership membership;
        private volatile boolean isLeading;

        Node(PeerAddress peer, Path folder, boolean isJoining) {
            this.peer = peer;
            ServerConfig config = ConfigReader.read(
                            null,
                            Map.of(),
                            List.of(
                                    new ConfigReader.FlagValue("--set", "log.segment-size", "4MiB"),
                                    new ConfigReader.FlagValue("--set", "broker.message-size-max", "1MiB")))
                    .config();
            Counters counters = new Counters();
            store = BrokerStore.openReplica(
                    config.broker(), new FileStorage(folder), Ticker.system(), counters, "", _ -> false);
            threads.run(store.agents());
            // As its settings say: it was told of itself alone, and hears of the others from the log.
            ReplicationSettings settings = new ReplicationSettings(
                    peer.node(),
                    List.of(new Peer(peer)),
                    Duration.ofMillis(300),
                    isJoining,
                    false,
                    false,
                    new ByteSize(0),
                    Duration.ofHours(1));
            membership = new GroupMembership(settings, store.members());
            transport = MemberLines.open(settings, Secret.NONE, threads, Ticker.system(), new Random(1), null);
            group = new RaftGroup(settings.part("g", folder.resolve("raft")), transport, store.log(), this);
            threads.run(group.agents());
            membership.of(group);
        }

        String address() {
            return peer.at().toString();
        }

        @Override
        public void leads(long term, Runnable open) {
            open.run();
            isLeading = true;
        }

        @Override
        public void follows() {
            isLeading = false;
        }

        @Override
        public void failed() {
            throw new IllegalStateException("node " + peer + " failed");
        }

        void close() throws InterruptedException {
            group.close();
            transport.io().close();
            threads.stopAgents(Duration.ofSeconds(2));
            store.close();
            threads.close();
        }
    }

    @AfterEach
    void closeNodes() throws InterruptedException {
        for (Node node : nodes.reversed()) {
            node.close();
        }
    }

    private Node start(int number, boolean isJoining) throws IOException {
        assertThat(folder).isNotNull();
        Node node = new Node(
                new PeerAddress(number, new HostPort("127.0.0.1", freePort())),
                folder.resolve("n" + number),
                isJoining);
        nodes.add(node);
        return node;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Outcome told(CompletableFuture<Outcome> outcome) throws Exception {
        return outcome.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    private static void assertRefused(CompletableFuture<Outcome> outcome, Reason reason, String why) throws Exception {
        assertThat(told(outcome)).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
            assertThat(refused.reason()).as(refused.why()).isEqualTo(reason);
            assertThat(refused.why()).contains(why);
        });
    }

    private static void awaitDone(Supplier<CompletableFuture<Outcome>> change) {
        await(change.toString(), () -> {
            try {
                return told(change.get()) instanceof Outcome.Done;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    private static void tell(Node leader, Node node) throws Exception {
        CompletableFuture<Boolean> stored = new CompletableFuture<>();
        leader.store
                .members()
                .put(
                        node.peer.node(),
                        "client-" + node.peer.node() + ":11",
                        node.address(),
                        "",
                        refusal -> stored.complete(refusal == null));
        assertThat(stored.get(PATIENCE_S, TimeUnit.SECONDS)).isTrue();
    }

    private static @Nullable MemberView viewOf(Node asked, Node member) {
        return asked.membership.view().members().stream()
                .filter(one -> one.address().equals(member.address()))
                .findFirst()
                .orElse(null);
    }

    @Test
    void growsAndShrinksAndSaysWhyNot() throws Exception {
        Node first = start(1, false);
        await("a leader", () -> first.isLeading);
        Node second = start(2, true);
        Node third = start(3, true);
        GroupMembership group = first.membership;
        tell(first, first);

        GroupView alone = group.view();
        assertThat(alone.leader()).isEqualTo(first.address());
        assertThat(alone.members()).singleElement().satisfies(one -> {
            assertThat(one.node()).isEqualTo(1);
            assertThat(one.clients()).isEqualTo("client-1:11");
            assertThat(one.role()).isEqualTo(MemberRole.LEADER);
        });
        assertThat(third.membership.view().role()).isEqualTo(MemberRole.WAITING);

        assertRefused(group.add(1, second.address(), true), Reason.UNKNOWN_MEMBER, "give the new one another number");
        assertRefused(group.add(2, first.address(), true), Reason.UNKNOWN_MEMBER, "is where member 1 is");
        assertRefused(group.add(2, "127.0.0.1:1", true), Reason.UNKNOWN_MEMBER, "does not answer");
        assertRefused(group.add(2, "nowhere", true), Reason.UNKNOWN_MEMBER, "host:port");
        assertRefused(group.remove("1"), Reason.UNSAFE, "leads: hand the leadership over first");
        assertRefused(group.transfer("9"), Reason.UNKNOWN_MEMBER, "no member of this group has the number 9");
        assertRefused(group.replace("1", "9"), Reason.UNKNOWN_MEMBER, "the number 9");

        assertThat(told(group.add(2, second.address(), true)))
                .isEqualTo(new Outcome.Done("member 2 (" + second.address() + ") is in the group, as a learner"));
        tell(first, second);
        assertThat(told(group.add(2, second.address(), true))).isInstanceOf(Outcome.Done.class);
        awaitDone(() -> group.promote("2"));
        assertThat(viewOf(first, second))
                .satisfies(one -> assertThat(one.isVoter()).isTrue());

        await(
                "the second knows where clients find the first",
                () -> second.store.members().address(1) != null);
        assertThat(told(second.membership.remove("3"))).isEqualTo(new Outcome.LedElsewhere(1, "client-1:11"));

        assertThat(told(group.add(3, third.address(), true))).isInstanceOf(Outcome.Done.class);
        tell(first, third);
        awaitDone(() -> group.replace("2", third.address()));
        assertThat(viewOf(first, second)).isNull();
        assertThat(viewOf(first, third))
                .satisfies(one -> assertThat(one.isVoter()).isTrue());
        await("the second is forgotten", () -> first.store.members().address(2) == null);

        assertThat(told(group.transfer("3"))).isInstanceOf(Outcome.Begun.class);
        await("the third leads", () -> third.isLeading);
        assertThat(told(third.membership.remove("1"))).isInstanceOf(Outcome.Done.class);
    }
}
