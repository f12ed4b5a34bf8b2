package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.log.FileStorage;
import io.carillon.log.LogConfig;
import io.carillon.log.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Members of one group over the library's own transport, in one process. */
final class TestGroup implements AutoCloseable {
    static final Duration ELECTION = Duration.ofMillis(500);

    /** Checkpoints at once; the log is kept. */
    static final LogConfig SMALL_SEGMENTS = new LogConfig(
            LogConfig.Flush.SYNC,
            ByteSize.kib(64),
            Duration.ofMillis(500),
            Duration.ofMillis(50),
            ByteSize.mib(256),
            ByteSize.mib(32),
            Duration.ofDays(3),
            new ByteSize(0),
            100,
            new ByteSize(0),
            Duration.ofMinutes(10),
            1_000_000,
            ByteSize.gib(1),
            Duration.ofDays(7));

    static LogConfig with(LogConfig config, LogConfig.Flush flush) {
        return new LogConfig(
                flush,
                config.segmentSize(),
                Duration.ofMinutes(10),
                config.checkpointInterval(),
                config.checkpointBytes(),
                config.indexMemory(),
                config.keepFor(),
                config.keepAtMost(),
                config.diskUseMax(),
                config.diskReserve(),
                config.dedupWindow(),
                config.dedupCount(),
                config.hotBytes(),
                config.scrubInterval());
    }

    private static final AtomicInteger GROUPS = new AtomicInteger();

    /** Its own: the port of a member that is down may be one of another group's, of a test that runs beside this one. */
    final String name = "g" + GROUPS.incrementAndGet();

    final List<TestMember> members = new ArrayList<>();
    private final Path folder;
    private final LogConfig logConfig;

    TestGroup(Path folder, LogConfig logConfig) {
        this.folder = folder;
        this.logConfig = logConfig;
    }

    /** A new group of so many, which run. */
    static TestGroup of(int count, Path folder) {
        return of(count, folder, LogConfig.DEFAULT, config -> config);
    }

    static TestGroup of(int count, Path folder, LogConfig logConfig, UnaryOperator<TestConfig> with) {
        TestGroup group = new TestGroup(folder, logConfig);
        List<String> addresses = addresses(count);
        addresses.forEach(address -> group.add(address, addresses, with));
        group.members.forEach(TestMember::start);
        return group;
    }

    /** Adds a member that is not started. */
    TestMember add(String address, List<String> voters, UnaryOperator<TestConfig> with) {
        Path own = folder.resolve("m" + members.size());
        ReplicationConfig config = new ReplicationConfig(name, address, voters, own.resolve("raft"), ELECTION);
        TestMember member = new TestMember(
                with.apply(new TestConfig(config)).config(), new FileStorage(own.resolve("data")), logConfig);
        members.add(member);
        return member;
    }

    static List<String> addresses(int count) {
        List<String> addresses = new ArrayList<>();
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                held.add(socket);
                addresses.add("127.0.0.1:" + socket.getLocalPort());
            }
            for (ServerSocket socket : held) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return addresses;
    }

    TestMember leader() {
        await("somebody leads", () -> members.stream().anyMatch(member -> member.isLeading));
        return members.stream().filter(member -> member.isLeading).findFirst().orElseThrow();
    }

    TestMember follower() {
        TestMember leader = leader();
        return members.stream()
                .filter(member -> member != leader && member.isUp())
                .findFirst()
                .orElseThrow();
    }

    /** Sends by whoever leads until it is acknowledged; returns the offset. */
    long send(String topic, String id, int padding) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try {
                return leader().send(topic, id, padding).get(5, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException | IllegalStateException e) {
                assertThat(System.nanoTime()).as("sending %s: %s", id, e).isLessThan(endNs);
                LockSupport.parkNanos(1_000_000);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(endNs);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Waits until a leader has so many voters, who have what it has, and no change is under way. */
    static void awaitVoters(TestMember leader, int count) {
        await("there are so many voters", () -> hasVoters(leader, count));
    }

    /** Likewise, whoever leads. */
    static void awaitVoters(TestGroup group, int count) {
        group.awaitOrTell(
                "there are so many voters",
                () -> group.members.stream().anyMatch(member -> member.isLeading && hasVoters(member, count)));
    }

    /** Waits; that it was in vain tells how the members are, and what their threads do. */
    void awaitOrTell(String what, BooleanSupplier condition) {
        try {
            await(what, condition);
        } catch (AssertionError late) {
            throw new AssertionError(what + "\n" + told(), late);
        }
    }

    private String told() {
        StringBuilder seen = new StringBuilder();
        for (TestMember member : members) {
            seen.append(member.address()).append(member.hasFailed ? " failed " : " ");
            seen.append(member.isUp() ? member.group().status() : "is down").append('\n');
        }
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            if (Stream.of(stack).anyMatch(frame -> frame.getClassName().startsWith("io.carillon"))) {
                seen.append(thread.getName()).append(' ').append(List.of(stack)).append('\n');
            }
        });
        return seen.toString();
    }

    private static boolean hasVoters(TestMember leader, int count) {
        GroupStatus status = leader.group().status();
        return !status.isChanging()
                && status.members().size() == count
                && status.members().stream()
                        .allMatch(member -> member.isVoter() && member.lastIndex() >= status.committedIndex() - 100);
    }

    /** All that run have exactly these messages in this order. */
    void requireAll(String topic, int count) {
        for (TestMember member : members) {
            if (member.isUp()) {
                await(member.address() + " has all", () -> member.count(topic) == count);
                for (int i = 0; i < count; i++) {
                    assertThat(member.body(topic, i)).isEqualTo("m" + i);
                }
            }
        }
    }

    /** The entries that all have and that took effect on all are the same to the byte. */
    static void requireSameLogs(List<TestMember> members) {
        List<Replica> replicas =
                members.stream().map(member -> member.log().replica()).toList();
        long from = replicas.stream().mapToLong(Replica::indexMin).max().orElseThrow();
        long to = replicas.stream().mapToLong(Replica::appliedIndex).min().orElseThrow();
        assertThat(to).isGreaterThanOrEqualTo(from);
        for (long index = from; index <= to; index++) {
            Replica.Item first = replicas.getFirst().item(index);
            assertThat(first).isNotNull();
            for (Replica other : replicas) {
                assertThat(other.item(index)).as("entry %s", index).isEqualTo(first);
            }
        }
    }

    @Override
    public void close() {
        members.forEach(TestMember::stop);
    }
}
