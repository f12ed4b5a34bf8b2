package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.Storage;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damage of the very last entries that were forced looks like a write that was cut short; the mark tells them apart. */
class ForcedMarkTest {
    private final ToyGroup group = new ToyGroup(LogDriver.SMALL, 3);
    private final ToyGroup.Node leader = group.nodes.get(0);
    private final ToyGroup.Node second = group.nodes.get(1);
    private int sent;

    @BeforeEach
    void lead() {
        assertThat(group.elect(leader)).isTrue();
        group.replicate(second, 9);
        group.commit();
        group.open();
    }

    @AfterEach
    void close() {
        group.close();
    }

    /** Entries that the second one has told to have. */
    private void send(int count) {
        for (int i = 0; i < count; i++) {
            leader.driver().send("orders", 0, "a" + sent++, "one");
            leader.store();
        }
        group.replicate(second, count);
    }

    private static long end(ToyGroup.Node node) {
        return node.replica().appendedOffset();
    }

    /** Another byte where its last entry was, of which the end is given. */
    private static void damageLastEntry(ToyGroup.Node node, long end) {
        long at = end - 9;
        String name = "log/%020d"
                .formatted(at
                        / LogDriver.SMALL.segmentSize().bytes()
                        * LogDriver.SMALL.segmentSize().bytes());
        node.disk.corrupt(name, at % LogDriver.SMALL.segmentSize().bytes(), (byte) 0x5a, (byte) 0x5b);
    }

    @Test
    void damageOfTheLastForcedEntryAfterTheProcessDiedCostsTheVote() {
        send(3);
        long end = end(second);
        long index = second.replica().indexMax();
        second.crash(Loss.nothing());
        damageLastEntry(second, end);
        second.start();

        assertThat(second.replica().indexMax()).isEqualTo(index - 1);
        assertThat(second.replica().noVote()).contains("was on disk up to " + end);
    }

    /** What is missing is known once: until it has copied it has no vote, whatever it writes meanwhile. */
    @Test
    void hasNoVoteAtTheNextStartsEither() {
        send(3);
        long end = end(second);
        second.crash(Loss.nothing());
        damageLastEntry(second, end);
        second.start();
        second.crash(Loss.everything());
        second.start();
        assertThat(second.replica().noVote()).isNotNull();

        group.replicate(second, 9);
        second.crash(Loss.everything());
        second.start();
        assertThat(second.replica().noVote()).isNotNull();
    }

    @Test
    void aStopInOrderNotesItForGood() {
        send(3);
        long end = end(second);
        second.driver().close();
        second.crash(Loss.everything());
        damageLastEntry(second, end);
        second.start();

        assertThat(second.replica().noVote()).contains("was on disk up to " + end);
    }

    @Test
    void aWriteThatWasCutShortIsNoDamage() {
        send(3);
        long end = end(second);
        second.disk.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
        assertThatThrownBy(() -> send(1)).hasMessageContaining("forced");
        assertThat(end(second)).isGreaterThan(end);
        second.crash(Loss.everything());
        second.start();

        assertThat(end(second)).isEqualTo(end);
        assertThat(second.replica().noVote()).isNull();
    }

    /** The last moments of the mark itself may be lost with the power: then it says less. */
    @Test
    void aPowerLossCostsNoVote() {
        send(5);
        long end = end(second);
        for (long seed = 0; seed < 50; seed++) {
            try (Reopened after = new Reopened(Loss.seeded(seed))) {
                assertThat(after.replica().noVote()).isNull();
                assertThat(after.replica().appendedOffset()).isEqualTo(end);
            }
        }
    }

    /** The second one as it would be after this. */
    private final class Reopened implements AutoCloseable {
        private final LogDriver driver;

        Reopened(Loss loss) {
            driver = new LogDriver(LogDriver.SMALL, second.disk.afterPowerLoss(loss), group.ticker, true);
        }

        Replica replica() {
            return driver.log.replica();
        }

        @Override
        public void close() {
            driver.close();
        }
    }

    /** Others agreed on something else, and it is cut off: a crash at any moment of that leaves nothing to miss. */
    @Test
    void entriesThatAreCutOffAreNotMissed() {
        send(3);
        long kept = second.replica().indexMax();
        send(6);
        AtomicInteger crashes = new AtomicInteger();
        second.disk.beforeEachCall(_ -> {
            for (Loss loss : new Loss[] {Loss.everything(), Loss.nothing(), Loss.seeded(crashes.get())}) {
                crashes.incrementAndGet();
                try (Reopened after = new Reopened(loss)) {
                    assertThat(after.replica().noVote()).isNull();
                    assertThat(after.replica().indexMax()).isGreaterThanOrEqualTo(kept);
                }
            }
        });
        second.replica().truncate(kept);
        second.disk.beforeEachCall(_ -> {});

        assertThat(crashes.get()).isPositive();
        second.crash(Loss.everything());
        second.start();
        assertThat(second.replica().noVote()).isNull();
        assertThat(second.replica().indexMax()).isEqualTo(kept);
    }

    @Test
    void aLogThatTookThePlaceOfAnotherOneIsNotTakenForIt() {
        send(9);
        second.crash(Loss.nothing());
        ReplicaCopy.setAside(second.disk, "g", "it is damaged");

        assertThat(second.disk.exists(ForcedMark.FILE)).isFalse();
        second.start();
        assertThat(second.replica().noVote()).isEqualTo("it is damaged");
    }

    /** As an earlier version left it, or damaged: then it is as it was without. */
    @Test
    void aMarkThatIsGoneOrDamagedSaysNothing() {
        send(3);
        long end = end(second);
        second.crash(Loss.nothing());
        damageLastEntry(second, end);
        for (int at = 0; at < second.disk.sizeOf(ForcedMark.FILE); at++) {
            try (Reopened after = new Reopened(Loss.nothing())) {
                assertThat(after.replica().noVote()).isNotNull();
            }
            byte[] mark = mark();
            second.disk.corrupt(ForcedMark.FILE, at, (byte) (mark[at] ^ 0x10));
            try (Reopened after = new Reopened(Loss.nothing())) {
                assertThat(after.replica().noVote()).isNull();
            }
            second.disk.corrupt(ForcedMark.FILE, at, mark[at]);
        }
        second.disk.delete(ForcedMark.FILE);
        second.start();
        assertThat(second.replica().noVote()).isNull();
    }

    private byte[] mark() {
        try (Storage.File file = second.disk.open(ForcedMark.FILE)) {
            byte[] mark = new byte[(int) file.size()];
            file.read(0, ByteBuffer.wrap(mark));
            return mark;
        }
    }

    /** It is worth less than the log itself. */
    @Test
    void aDiskThatDoesNotTakeTheMarkTakesTheLog() {
        second.disk.beforeEachCall(call -> {
            if (call.kind() == Call.Kind.WRITE && call.name().equals(ForcedMark.FILE)) {
                second.disk.beforeEachCall(_ -> {});
                second.disk.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
            }
        });
        send(3);

        assertThat(second.replica().indexMax()).isEqualTo(leader.replica().indexMax());
        long end = end(second);
        second.crash(Loss.everything());
        second.start();
        assertThat(end(second)).isEqualTo(end);
        assertThat(second.replica().noVote()).isNull();
    }
}
