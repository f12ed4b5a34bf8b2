package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A producer that sends the next message when the last one was acknowledged, while members stop, lose power, hand over, leave
 * and come back. With {@code -Dreplication.minutes=N} for so long, and with {@code -Dreplication.seed=N} as it was.
 */
class HistoryTest {
    private static final int SHORT_STEPS = 6;

    private final long seed = Long.getLong("replication.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicBoolean isEnding = new AtomicBoolean();
    private final ConcurrentHashMap<Integer, Long> places = new ConcurrentHashMap<>();

    @Test
    void keepsEveryAcknowledgedMessageInItsPlaceWhateverBecomesOfTheMembers(@TempDir Path folder) throws Exception {
        long minutes = Long.getLong("replication.minutes", 0);
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        try (TestGroup group = new TestGroup(folder, TestGroup.SMALL_SEGMENTS)) {
            List<String> addresses = TestGroup.addresses(3);
            for (String address : addresses) {
                group.add(
                                address,
                                addresses,
                                config -> config.withBegins(ReplicationConfig.Begins.CAREFULLY)
                                        .withKeepForFollowers(Duration.ofMillis(500)))
                        .storage = new LossyStorage();
            }
            group.members.forEach(TestMember::start);
            Thread producer = Thread.ofPlatform().daemon().start(() -> produce(group));
            for (int step = 0; minutes == 0 ? step < SHORT_STEPS : System.nanoTime() < endNs; step++) {
                awaitProgress(group, 10);
                act(group);
            }
            group.members.stream().filter(member -> !member.isUp()).forEach(TestMember::start);
            awaitProgress(group, 10);
            isEnding.set(true);
            producer.join(TimeUnit.SECONDS.toMillis(60));
            assertThat(producer.isAlive()).as("seed %s", seed).isFalse();
            check(group);
        }
    }

    private void produce(TestGroup group) {
        for (int i = 0; !isEnding.get(); i++) {
            while (!isSent(group, i)) {
                LockSupport.parkNanos(1_000_000);
                if (isEnding.get()) {
                    return;
                }
            }
            acknowledged.set(i + 1);
            LockSupport.parkNanos(2_000_000); // the disks are in memory
        }
    }

    private boolean isSent(TestGroup group, int i) {
        for (TestMember member : group.members) {
            if (member.isLeading) {
                try {
                    places.put(i, member.send("orders", "m" + i, i % 7 * 500).get(2, TimeUnit.SECONDS));
                    return true;
                } catch (ExecutionException | TimeoutException | IllegalStateException e) {
                    // its outcome is not known: it is sent again, and stored once
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        return false;
    }

    private void awaitProgress(TestGroup group, int messages) {
        int from = acknowledged.get();
        group.awaitOrTell("progress, seed " + seed, () -> acknowledged.get() >= from + messages);
    }

    private void act(TestGroup group) {
        TestMember member = group.members.get(random.nextInt(3));
        List<TestMember> down =
                group.members.stream().filter(other -> !other.isUp()).toList();
        if (!down.isEmpty()) {
            down.forEach(TestMember::start);
            return;
        }
        switch (random.nextInt(6)) {
            case 0 -> {
                TestGroup.awaitVoters(group, 3);
                member.stop();
            }
            case 1, 2 -> losePower(List.of(member));
            case 3 -> losePower(group.members);
            case 4 -> handOver(group, member);
            default -> wipe(group, member);
        }
    }

    /** Only when all others have their votes: with two that forgot what they had, nobody knows what was acknowledged. */
    private static void wipe(TestGroup group, TestMember member) {
        TestGroup.awaitVoters(group, 3);
        member.stop();
        member.storage = new LossyStorage();
        member.start();
    }

    private static void handOver(TestGroup group, TestMember to) {
        for (TestMember member : group.members) {
            if (member.isLeading && member != to) {
                member.group().transfer(to.address());
            }
        }
    }

    private void losePower(List<TestMember> members) {
        List<LossyStorage> left = new ArrayList<>();
        // Whoever has lost power confirms nothing any more: what is acknowledged from here on, others have.
        members.forEach(member -> ((LossyStorage) member.storage).failFrom(Call.Kind.FORCE, 1, Fault.IO_ERROR));
        members.forEach(
                member -> left.add(((LossyStorage) member.storage).afterPowerLoss(Loss.seeded(random.nextLong()))));
        for (int i = 0; i < members.size(); i++) {
            members.get(i).stop();
            members.get(i).storage = left.get(i);
        }
        members.forEach(TestMember::start);
    }

    private void check(TestGroup group) {
        int count = acknowledged.get();
        for (TestMember member : group.members) {
            group.awaitOrTell(
                    member.address() + " has all " + count + ", seed " + seed, () -> member.count("orders") >= count);
            for (int i = 0; i < count; i++) {
                assertThat(places.get(i))
                        .as("the place of m%s, seed %s", i, seed)
                        .isEqualTo(i);
                assertThat(member.body("orders", i)).as("seed %s", seed).isEqualTo("m" + i);
            }
        }
        TestGroup.requireSameLogs(group.members);
    }
}
