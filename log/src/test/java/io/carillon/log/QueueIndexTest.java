package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueIndexTest {
    /** Three entries a block, four blocks a file: borders everywhere. */
    private static final IndexLayout SMALL = new IndexLayout(16 + 3 * 20, 4);

    private LossyStorage disk = new LossyStorage();
    private QueueIndex index = QueueIndex.open(disk, SMALL);
    private long logEnd = 1000;

    @Test
    void readsWhatWasPublished() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 5);

        assertThat(index.nextOffset(queue)).isEqualTo(5);
        assertThat(queue.offsetMax()).isZero();
        assertThat(queue.read(0, new QueueEntry())).isFalse();
        index.publish(queue, 5);

        QueueEntry entry = new QueueEntry();
        assertThat(queue.read(4, entry)).isTrue();
        assertThat(entry.logOffset).isEqualTo(1400);
        assertThat(entry.size).isEqualTo(104);
        assertThat(entry.tagsCode).isEqualTo(-1400);
        assertThat(queue.read(5, entry)).isFalse();
        assertThat(queue.read(-1, entry)).isFalse();
    }

    @Test
    void readsThroughAllStagesAtOnce() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 8);
        cut(index).store();
        put(queue, 6);
        cut(index);
        put(queue, 4);
        index.publish(queue, 17);

        QueueEntries entries = new QueueEntries(100);
        for (int from = 0; from < 17; from++) {
            assertThat(queue.readRange(from, 100, entries)).isEqualTo(17 - from);
            for (int i = 0; i < 17 - from; i++) {
                assertThat(entries.logOffsets[i]).isEqualTo(1000 + 100L * (from + i));
                assertThat(entries.sizes[i]).isEqualTo(100 + from + i);
                assertThat(entries.tagsCodes[i]).isEqualTo(-(1000 + 100L * (from + i)));
            }
        }
        assertThat(queue.readRange(3, 2, entries)).isEqualTo(2);
        assertThat(queue.readRange(17, 2, entries)).isZero();
        assertThat(queue.readRange(2, 50, new QueueEntries(7))).isEqualTo(7);
    }

    @Test
    void keepsWhatACheckpointStoredAfterPowerLoss() {
        put(index.queue("T", 0), 7);
        put(index.queue("T", 3), 1);
        put(index.queue("a topic of Ünïcödé", 9), 3);
        cut(index).store();
        put(index.queue("T", 0), 7);

        crash(Loss.everything());

        assertThat(index.epoch()).isEqualTo(1);
        assertThat(index.all()).hasSize(3);
        assertEntries(index.queue("T", 0), 0, 7, 1000);
        assertEntries(index.queue("T", 3), 0, 1, 1700);
        assertEntries(index.queue("a topic of Ünïcödé", 9), 0, 3, 1800);
        assertThat(index.existing("T", 1)).isNull();
        assertThat(index.existing("U", 1)).isNull();
    }

    @Test
    void passesOverEntriesThatAreThereWhenTheLogIsReplayed() {
        ConsumeQueue before = index.queue("T", 0);
        put(before, 5);
        cut(index).store();
        crash(Loss.everything());

        ConsumeQueue queue = index.queue("T", 0);
        for (int i = 2; i < 9; i++) {
            index.put(queue, i, 1000 + 100L * i, 100 + i, -(1000 + 100L * i));
        }
        index.publish(queue, index.nextOffset(queue));

        assertEntries(queue, 0, 9, 1000);
    }

    @Test
    void passesOverWhatCameTooLateForATopicThatWasMadeAnew() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 2);

        index.put(queue, 100, 9000, 1, 1);
        index.put(queue, 2, 9100, 1, 1);

        assertThat(index.nextOffset(queue)).isEqualTo(3);
    }

    @Test
    void takesEntriesBackWithoutATrace() {
        ConsumeQueue queue = index.queue("T", 0);
        index.put(queue, 0, 1000, 1, 1);
        index.put(queue, 1, 5000, 1, 1);
        index.truncate(queue, 1);
        index.put(queue, 1, 1100, 1, 1);
        cut(index).store();
        index.put(queue, 2, 5000, 1, 1);
        index.truncate(queue, 2);
        index.put(queue, 2, 1200, 1, 1);

        assertThat(index.nextOffset(queue)).isEqualTo(3);
    }

    @Test
    void startsAnEmptyQueueWhereTheLogDoes() {
        ConsumeQueue queue = index.queue("T", 0);
        for (int i = 1000; i < 1005; i++) {
            index.put(queue, i, 1000 + 100L * i, 100 + i, -(1000 + 100L * i));
        }
        index.publish(queue, 1005);
        assertThat(queue.offsetMin()).isEqualTo(1000);
        cut(index).store();
        crash(Loss.everything());

        assertThat(index.queue("T", 0).offsetMin()).isEqualTo(1000);
        assertEntries(index.queue("T", 0), 1000, 1005, 1000);
    }

    @Test
    void startsAQueueAnewWhenTheLogDoes() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 7);
        cut(index).store();

        index.put(queue, 0, 9000, 100, -9000);
        index.put(queue, 1, 9100, 101, -9100);
        index.publish(queue, 2);
        assertEntries(queue, 0, 2, 9000);
        cut(index).store();
        crash(Loss.everything());

        assertEntries(index.queue("T", 0), 0, 2, 9000);
        assertThat(index.all()).hasSize(1);
    }

    @Test
    void forgetsADroppedTopicAndUsesItsBlocksAgain() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 12);
        put(index.queue("U", 0), 2);
        cut(index).store();
        index.publish(queue, 12);
        index.dropTopic("T");
        index.dropTopic("none");

        assertThat(queue.isDropped()).isTrue();
        assertThat(queue.offsetMin()).isEqualTo(queue.offsetMax());
        assertThat(queue.read(3, new QueueEntry())).isFalse();
        assertThat(index.existing("T", 0)).isNull();
        put(queue, 1);
        ConsumeQueue another = index.queue("T", 0);
        assertThat(index.nextOffset(another)).isZero();
        put(another, 4);
        cut(index).store();
        long bytes = disk.sizeOf("index/table");
        put(another, 8);
        cut(index).store();
        assertThat(disk.sizeOf("index/table")).isLessThanOrEqualTo(bytes + 2 * 32);
        crash(Loss.everything());

        assertThat(index.all()).hasSize(2);
        assertThat(index.queue("T", 0).offsetMax()).isEqualTo(12);
    }

    @Test
    void dropsEntriesOfMessagesThatAreGone() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 20);
        index.publish(queue, 20);
        cut(index).store();
        put(queue, 3);
        index.publish(queue, 23);

        index.dropBefore(1000 + 100 * 7 + 1);

        assertThat(queue.offsetMin()).isEqualTo(8);
        assertEntries(queue, 8, 23, 1000);
        assertThat(queue.read(7, new QueueEntry())).isFalse();
        assertThat(queue.readRange(7, 5, new QueueEntries(5))).isZero();
        index.dropBefore(0);
        assertThat(queue.offsetMin()).isEqualTo(8);
        cut(index).store();
        crash(Loss.everything());
        index.dropBefore(1701);
        assertEntries(index.queue("T", 0), 8, 23, 1000);
    }

    @Test
    void remembersTheNextOffsetOfAQueueWithoutMessages() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 9);
        index.publish(queue, 9);
        cut(index).store();
        index.dropBefore(1_000_000);
        assertThat(queue.offsetMin()).isEqualTo(9);
        cut(index).store();
        crash(Loss.everything());

        index.dropBefore(1_000_000);

        ConsumeQueue found = index.queue("T", 0);
        assertThat(found.offsetMin()).isEqualTo(9);
        assertThat(found.offsetMax()).isEqualTo(9);
        logEnd = 2_000_000;
        put(found, 1);
        index.publish(found, 10);
        assertThat(found.read(9, new QueueEntry())).isTrue();
        index.dropBefore(1_500_000);
        assertThat(found.offsetMin()).isEqualTo(9);
    }

    @Test
    void goesOnInMemoryWhenTheDiskIsFullAndStoresAllLater() {
        ConsumeQueue queue = index.queue("T", 0);
        put(queue, 4);
        cut(index).store();
        put(queue, 4);
        disk.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
        QueueIndex.Cut cut = cut(index);
        assertThatThrownBy(cut::store)
                .isInstanceOfSatisfying(
                        StorageFault.class,
                        fault -> assertThat(fault.isDiskFull()).isTrue());
        put(queue, 4);
        index.publish(queue, 12);
        assertEntries(queue, 0, 12, 1000);

        cut(index).store();
        crash(Loss.everything());

        assertEntries(index.queue("T", 0), 0, 12, 1000);
    }

    @Test
    void takesNoCheckpointAfterAFailedForce() {
        put(index.queue("T", 0), 4);
        disk.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
        QueueIndex.Cut cut = cut(index);

        assertThatThrownBy(cut::store).isInstanceOf(StorageFault.class);
        assertThatThrownBy(() -> cut(index).store()).isInstanceOf(StorageFault.class);
    }

    @Test
    void refusesASecondCutBeforeTheFirstIsStored() {
        cut(index);

        assertThatThrownBy(() -> cut(index)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void findsTheQueueOfARecordByItsBytes() {
        MemorySegment bytes = MemorySegment.ofArray("xxTopic-Üyy".getBytes(StandardCharsets.UTF_8));
        ConsumeQueue queue = index.queue("Topic-Ü", 4);

        assertThat(index.queue(bytes, 2, 8, 4)).isSameAs(queue);
        assertThat(index.queue(bytes, 2, 8, 4)).isSameAs(queue);
        assertThat(index.queue(bytes, 2, 5, 1)).isSameAs(index.queue("Topic", 1));
        index.dropTopic("Topic-Ü");
        assertThat(index.queue(bytes, 2, 8, 4)).isNotSameAs(queue).isSameAs(index.queue("Topic-Ü", 4));
    }

    @Test
    void keepsQueuesOfAnyNumberApart() {
        for (int number : new int[] {7, 0, Integer.MAX_VALUE, 3, 100_000}) {
            assertThat(index.queue("T", number).number()).isEqualTo(number);
        }

        assertThat(index.all()).extracting(ConsumeQueue::number).containsExactly(0, 3, 7, 100_000, Integer.MAX_VALUE);
        assertThat(index.existing("T", 1)).isNull();
        assertThatThrownBy(() -> index.queue("T", -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsManyQueuesInTheFilesOfThisMachine(@TempDir Path root) {
        FileStorage storage = new FileStorage(root);
        try (QueueIndex writing = QueueIndex.open(storage)) {
            for (int i = 0; i < 5000; i++) {
                ConsumeQueue queue = writing.queue("T" + i % 500, i % 3);
                writing.put(queue, writing.nextOffset(queue), 1000 + i, i, -i);
            }
            cut(writing).store();
        }

        try (QueueIndex found = QueueIndex.open(storage)) {
            assertThat(found.all()).hasSize(1500);
            assertThat(storage.list("index")).containsExactly("blocks.0000", "names", "table");
            QueueEntry entry = new QueueEntry();
            ConsumeQueue queue = found.queue("T7", 1);
            assertThat(queue.read(queue.offsetMax() - 1, entry)).isTrue();
            assertThat(entry.logOffset).isEqualTo(1000 + entry.size);
        }
    }

    @Test
    void findsOutThatItIsNotThisLogs() {
        put(index.queue("T", 0), 4);

        index.requireBelow(1301);
        assertThatThrownBy(() -> index.requireBelow(1300)).isInstanceOf(Corrupt.class);
    }

    @Test
    void startsFromNothingWhenItIsDiscarded() {
        put(index.queue("T", 0), 4);
        cut(index).store();
        index.close();

        QueueIndex.discard(disk);
        index = QueueIndex.open(disk, SMALL);

        assertThat(index.epoch()).isZero();
        assertThat(index.all()).isEmpty();
    }

    @Test
    void growsItsFilesFromSmall() {
        disk = new LossyStorage();
        index = QueueIndex.open(disk);
        put(index.queue("T", 0), 1);
        cut(index).store();
        assertThat(disk.sizeOf("index/blocks.0000")).isEqualTo(16 * 4096);
        QueueEntry entry = new QueueEntry();
        for (int i = 0; i < 100; i++) {
            put(index.queue("T", i), 300);
            cut(index).store();
            index.publish(index.queue("T", i), 300);
            assertThat(index.queue("T", i / 2).read(i, entry)).isTrue();
        }
        assertThat(disk.sizeOf("index/blocks.0000")).isEqualTo(256 * 4096);

        disk = disk.afterPowerLoss(Loss.everything());
        index = QueueIndex.open(disk);

        assertEntries(index.queue("T", 99), 0, 300, 1000 + 100 + 99 * 30_000);
    }

    @Test
    void refusesAMissingOrShortFileOfBlocks() {
        put(index.queue("T", 0), 4);
        cut(index).store();
        index.close();

        Storage.File file = disk.open("index/blocks.0000");
        file.truncate(100);
        assertThatThrownBy(() -> QueueIndex.open(disk, SMALL))
                .isInstanceOf(Corrupt.class)
                .hasMessageContaining("index/blocks.0000");
        disk.delete("index/blocks.0000");
        assertThatThrownBy(() -> QueueIndex.open(disk, SMALL)).isInstanceOf(Corrupt.class);
    }

    @Test
    void detectsEveryDamagedByteOrIsNotHarmedByIt() {
        for (int i = 0; i < 3; i++) {
            put(index.queue("T", i), 3 + 4 * i);
        }
        cut(index).store();
        index.dropTopic("T");
        put(index.queue("U", 0), 8);
        put(index.queue("V", 1), 2);
        cut(index).store();
        cut(index).store();
        index.close();
        int detected = 0;

        for (String name : disk.names()) {
            for (long at = 0; at < disk.sizeOf(name); at++) {
                LossyStorage damaged = disk.afterPowerLoss(Loss.everything());
                ByteBuffer old = ByteBuffer.allocate(1);
                damaged.open(name).read(at, old);
                damaged.corrupt(name, at, (byte) (old.get(0) ^ (1 + at % 255)));
                detected += isDetected(damaged) ? 1 : 0;
            }
        }

        // Names, table rows and headers, and the filled part of the blocks; the rest of the files is not in use.
        assertThat(detected).isGreaterThan(500);
    }

    private boolean isDetected(LossyStorage damaged) {
        try (QueueIndex found = QueueIndex.open(damaged, SMALL)) {
            assertEntries(found.queue("U", 0), 0, 8, 3100);
            assertEntries(found.queue("V", 1), 0, 2, 3900);
            return false;
        } catch (Corrupt e) {
            assertThat(e).hasMessageContaining("file=index/");
            return true;
        }
    }

    /** Appends messages that stand in the log one after the other. */
    private void put(ConsumeQueue queue, int count) {
        for (int i = 0; i < count; i++) {
            long offset = index.nextOffset(queue);
            index.put(queue, offset, logEnd, 100 + (int) offset, -logEnd);
            logEnd += 100;
        }
    }

    /** Message {@code i} of the queue stands at {@code logOffset + 100 i}. */
    private static void assertEntries(ConsumeQueue queue, long from, long to, long logOffset) {
        assertThat(queue.offsetMax()).isEqualTo(to);
        QueueEntry entry = new QueueEntry();
        for (long offset = from; offset < to; offset++) {
            assertThat(queue.read(offset, entry)).isTrue();
        }
        assertThat(queue.read(to, entry)).isFalse();
        QueueEntries entries = new QueueEntries((int) (to - from));
        assertThat(queue.readRange(from, Integer.MAX_VALUE, entries)).isEqualTo((int) (to - from));
        long base = logOffset;
        for (int i = 0; i < to - from; i++) {
            assertThat(queue.read(from + i, entry)).isTrue();
            assertThat(entry.logOffset).isEqualTo(entries.logOffsets[i]);
            if (from == 0) {
                assertThat(entry.logOffset).isEqualTo(base + 100L * i);
                assertThat(entry.size).isEqualTo(100 + i);
            }
        }
    }

    private void crash(Loss loss) {
        disk = disk.afterPowerLoss(loss);
        index = QueueIndex.open(disk, SMALL);
    }

    private static QueueIndex.Cut cut(QueueIndex index) {
        QueueIndex.Cut cut = index.cut();
        cut.takeDropped();
        return cut;
    }
}
