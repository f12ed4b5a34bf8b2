package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyIndexTest {
    private static final int PART = 8;

    private LossyStorage disk = new LossyStorage();
    private KeyIndex index = KeyIndex.open(disk, PART);

    @Test
    void findsTheNewestFirstInAllPlaces() {
        for (int i = 0; i < 30; i++) {
            index.add(i % 3 * 2, 100 + i, 1000 + i);
            if (i == 20) {
                index.cut().store();
            }
        }

        assertThat(index.find(2, 0, Long.MAX_VALUE, 100))
                .containsExactly(128, 125, 122, 119, 116, 113, 110, 107, 104, 101);
        assertThat(index.find(2, 0, Long.MAX_VALUE, 3)).containsExactly(128, 125, 122);
        assertThat(index.find(77, 0, Long.MAX_VALUE, 3)).isEmpty();
        assertThat(index.find(2, 0, 1003, 100)).containsExactly(107, 104, 101);
        assertThat(index.find(2, 1025, 9999, 1)).containsExactly(128);
        assertThat(index.logOffsetLast()).isEqualTo(129);
        assertThat(disk.list("keys")).hasSize(3);
    }

    @Test
    void keepsAllKeysOfAMessageInOnePart() {
        for (int i = 0; i < 20; i++) {
            index.add(2L * i, 500, 1);
        }
        index.add(1, 501, 1);
        index.cut().store();

        assertThat(disk.list("keys")).containsExactly("00000000000000000500", "journal.00000000000000000501");
    }

    @Test
    void passesOverWhatIsStoredWhenTheLogIsReplayed() {
        addAll(0, 10);
        index.cut().store();
        crash(Loss.everything());

        assertThat(index.logOffsetLast()).isEqualTo(109);
        addAll(5, 13);

        for (int i = 0; i < 13; i++) {
            assertThat(index.find(hash(i), 0, Long.MAX_VALUE, 9)).containsExactly(100 + i);
        }
    }

    @Test
    void deletesFilesOfMessagesThatAreGone() {
        addAll(0, 40);
        index.cut().store();

        index.dropBefore(116);
        assertThat(disk.list("keys")).hasSize(3);
        assertThat(index.find(hash(15), 0, Long.MAX_VALUE, 9)).isEmpty();
        assertThat(index.find(hash(16), 0, Long.MAX_VALUE, 9)).containsExactly(116);
        crash(Loss.everything());
        assertThat(index.find(hash(15), 0, Long.MAX_VALUE, 9)).isEmpty();
        assertThat(index.find(hash(39), 0, Long.MAX_VALUE, 9)).containsExactly(139);
    }

    @Test
    void knowsHowFarItReachesWhenAllMessagesAreGone() {
        addAll(0, 17);
        index.cut().store();
        disk.delete("keys/journal.00000000000000000116");
        crash(Loss.nothing());
        assertThat(index.logOffsetLast()).isEqualTo(115);

        index.dropBefore(1_000_000);
        crash(Loss.everything());

        assertThat(index.logOffsetLast()).isEqualTo(115);
        assertThat(disk.list("keys")).hasSize(1);
    }

    @Test
    void tellsOfUniqueIdsInTheOrderOfTheLog() {
        addAll(0, 21);
        index.cut().store();
        addAll(21, 25);
        List<Long> found = new ArrayList<>();

        index.recentUnique(104, (hash, logOffset) -> {
            assertThat(hash).isEqualTo(hash((int) logOffset - 100));
            found.add(logOffset);
        });

        assertThat(found).containsExactly(105L, 107L, 109L, 111L, 113L, 115L, 117L, 119L, 121L, 123L);
    }

    @Test
    void goesOnInMemoryWhenTheDiskIsFullAndStoresAllLater() {
        addAll(0, 3);
        index.cut().store();
        addAll(3, 20);
        for (int k = 1; k <= 2; k++) {
            disk.fail(Call.Kind.WRITE, k, Fault.SHORT_WRITE);
            KeyIndex.Cut cut = index.cut();
            assertThatThrownBy(cut::store).isInstanceOf(StorageFault.class);
            disk.heal();
            addAll(20 + k - 1, 20 + k);
        }
        assertThat(index.find(hash(5), 0, Long.MAX_VALUE, 9)).containsExactly(105);

        KeyIndex.Cut cut = index.cut();
        cut.store();
        assertThat(cut.logOffsetLast()).isEqualTo(121);
        crash(Loss.everything());

        for (int i = 0; i < 22; i++) {
            assertThat(index.find(hash(i), 0, Long.MAX_VALUE, 9)).containsExactly(100 + i);
        }
    }

    @Test
    void keepsKeysInTheFilesOfThisMachine(@TempDir Path root) {
        FileStorage storage = new FileStorage(root);
        KeyIndex writing = KeyIndex.open(storage, 1000);
        for (int i = 0; i < 3500; i++) {
            writing.add(hash(i), 100 + i, i);
        }
        writing.cut().store();

        KeyIndex found = KeyIndex.open(storage, 1000);
        for (int i = 0; i < 3500; i += 7) {
            assertThat(found.find(hash(i), 0, Long.MAX_VALUE, 9)).containsExactly(100 + i);
        }
        found.dropBefore(2200);
        assertThat(storage.list("keys")).hasSize(2);
        KeyIndex.discard(storage);
        assertThat(KeyIndex.open(storage).logOffsetLast()).isEqualTo(-1);
    }

    @Test
    void takesNoCheckpointAfterAFailedForce() {
        addAll(0, 3);
        disk.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
        KeyIndex.Cut cut = index.cut();

        assertThatThrownBy(cut::store).isInstanceOf(StorageFault.class);
        assertThatThrownBy(() -> index.cut().store()).isInstanceOf(StorageFault.class);
    }

    @Property(tries = 20)
    void holdsWhatWasStoredAfterACrashAtAnyCall(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LossyStorage running = new LossyStorage();
        KeyIndex writing = KeyIndex.open(running, PART);
        List<LossyStorage> states = new ArrayList<>();
        List<Integer> storedAt = new ArrayList<>();
        int[] stored = {0};
        running.beforeEachCall(call -> {
            states.add(running.afterPowerLoss(Loss.seeded(call.number() * 31 + seed)));
            storedAt.add(stored[0]);
        });
        int count = 0;
        for (int round = 0; round < 6; round++) {
            int more = random.nextInt(12);
            for (int i = count; i < count + more; i++) {
                writing.add(hash(i), 100 + i, i);
            }
            count += more;
            writing.cut().store();
            stored[0] = count;
        }

        for (int i = 0; i < states.size(); i++) {
            checkRecovered(states.get(i), storedAt.get(i), count);
        }
    }

    private static void checkRecovered(LossyStorage state, int stored, int count) {
        KeyIndex found = KeyIndex.open(state, PART);
        assertThat(found.logOffsetLast()).isGreaterThanOrEqualTo(stored == 0 ? -1 : 99 + stored);
        for (int i = stored; i < count; i++) {
            found.add(hash(i), 100 + i, i);
        }
        found.cut().store();
        KeyIndex again = KeyIndex.open(state.afterPowerLoss(Loss.everything()), PART);
        for (int i = 0; i < count; i++) {
            assertThat(found.find(hash(i), i, i, 9)).containsExactly(100 + i);
            assertThat(again.find(hash(i), i, i, 9)).containsExactly(100 + i);
        }
    }

    @Test
    void detectsEveryDamagedByteOrIsNotHarmedByIt() {
        addAll(0, 21);
        index.cut().store();
        for (String name : disk.names()) {
            for (long at = 0; at < disk.sizeOf(name); at++) {
                LossyStorage damaged = disk.afterPowerLoss(Loss.everything());
                ByteBuffer old = ByteBuffer.allocate(1);
                damaged.open(name).read(at, old);
                damaged.corrupt(name, at, (byte) (old.get(0) ^ (1 + at % 255)));
                assertThat(isDetected(damaged)).as(name + " at " + at).isTrue();
            }
        }
    }

    /** Either it says so, or (in the journal) what it lost shows in how far it reaches. */
    private static boolean isDetected(LossyStorage damaged) {
        try {
            KeyIndex found = KeyIndex.open(damaged, PART);
            if (found.logOffsetLast() < 120) {
                return true;
            }
            for (int i = 0; i < 21; i++) {
                assertThat(found.find(hash(i), 0, Long.MAX_VALUE, 9)).containsExactly(100 + i);
            }
            return false;
        } catch (Corrupt e) {
            assertThat(e).hasMessageContaining("file=keys/");
            return true;
        }
    }

    /** Well mixed; odd (and so a unique id) for odd messages. */
    private static long hash(int i) {
        return (i * 0x9E3779B97F4A7C15L & ~1L) | (i & 1);
    }

    private void addAll(int from, int to) {
        for (int i = from; i < to; i++) {
            index.add(hash(i), 100 + i, i);
        }
    }

    private void crash(Loss loss) {
        disk = disk.afterPowerLoss(loss);
        index = KeyIndex.open(disk, PART);
    }
}
