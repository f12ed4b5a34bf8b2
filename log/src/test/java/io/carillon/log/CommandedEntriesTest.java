package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Storage;
import io.carillon.message.DueTime;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Changes to the replicated state that go with messages: both take effect, or none does. */
class CommandedEntriesTest {
    private static final long DUE = DueTime.of(1_750_000_000_000L + 2 * DueQueues.HOUR_MS, 5);
    private static final int HOUR = DueQueues.hourOf(DueTime.ms(DUE));

    private final LossyStorage storage = new LossyStorage();
    private long commandedAt;

    private LogDriver open() {
        return new LogDriver(LogDriver.SMALL, storage);
    }

    @Test
    void appliesACommandWithItsRecordsAndTheirPlaces() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 1, "id1", "later", DUE);
            driver.schedule("orders", 1, "id2", "later still", DUE);
            driver.settle();
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.addFired(batch, driver.waiting.getFirst());
            driver.addScheduled(batch, "orders", 1, "id3", "again", DUE);
            ScheduleNotes.command(batch, List.of("id1"), Map.of(1, "id3"));
            driver.log.append(batch);
            driver.settle();
            assertApplied(driver);
        }
        try (LogDriver driver = open()) {
            assertApplied(driver);
        }
    }

    private static void assertApplied(LogDriver driver) {
        assertThat(driver.notes.left.keySet()).containsExactly("id1");
        assertThat(driver.notes.waiting).isEqualTo(Map.of("id3", new ScheduleNotes.Place(DUE, 2)));
        assertThat(LogDriver.bodyOf(driver.readDue(DUE, 2))).isEqualTo("again");
        assertThat(LogDriver.bodyOf(driver.read("orders", 1, 0))).isEqualTo("later");
    }

    @Test
    void dropsTheCommandAndAllRecordsWhenOneIsADuplicate() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "id1", "later", DUE);
            driver.settle();
            long end = driver.log.offsetMax();
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.add(batch, "orders", 0, "new", "new");
            driver.addScheduled(batch, "orders", 0, "id1", "later", DUE);
            ScheduleNotes.command(batch, List.of("x"), Map.of());
            driver.log.append(batch);
            driver.settle();

            assertThat(batch.refusal()).isNull();
            assertThat(batch.isStored(0)).isFalse();
            assertThat(batch.logOffset(0)).isEqualTo(-1);
            assertThat(batch.isStored(1)).isFalse();
            assertThat(batch.logOffset(1)).isEqualTo(driver.waiting.getFirst().logOffset());
            assertThat(driver.notes.left).isEmpty();
            assertThat(driver.log.offsetMax()).isEqualTo(end);
            assertThat(driver.log.queue("orders", 0).offsetMax()).isZero();
        }
    }

    @Test
    void storesOnceWhatIsTwiceInACommandedBatch() {
        try (LogDriver driver = open()) {
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.add(batch, "orders", 0, "id1", "one");
            driver.add(batch, "orders", 0, "id1", "one");
            ScheduleNotes.command(batch, List.of("x"), Map.of());
            driver.log.append(batch);
            driver.settle();

            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
            assertThat(driver.notes.left).containsKey("x");
            assertThat(batch.logOffset(1)).isEqualTo(batch.logOffset(0));
        }
    }

    @Test
    void keepsTheCommandOfABatchThatIsAppendedAgainAfterARefusal() {
        try (LogDriver driver = open()) {
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.add(batch, "orders", 0, "id1", "one");
            driver.addScheduled(batch, "orders", 0, "id2", "two", DUE);
            ScheduleNotes.command(batch, List.of("x"), Map.of(1, "id2"));
            storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
            driver.log.append(batch);
            assertThat(batch.refusal()).isEqualTo(Refusal.DISK_FULL);
            assertThat(driver.notes.left).isEmpty();
            // Takes the place that the refused record had.
            driver.schedule("orders", 0, "id3", "three", DUE);
            driver.log.append(batch);
            driver.settle();

            assertThat(batch.refusal()).isNull();
            assertThat(driver.notes.left).containsKey("x");
            assertThat(driver.notes.waiting).isEqualTo(Map.of("id2", new ScheduleNotes.Place(DUE, 1)));
        }
        try (LogDriver driver = open()) {
            assertThat(driver.notes.left).containsKey("x");
            assertThat(LogDriver.bodyOf(driver.readDue(DUE, 1))).isEqualTo("two");
        }
    }

    @Test
    void keepsTheCommandOfABatchWhoseDuplicateWasRefusedWithIt() {
        try (LogDriver driver = open()) {
            AppendBatch first = new AppendBatch(_ -> {});
            driver.add(first, "orders", 0, "id1", "one");
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.add(batch, "orders", 0, "id1", "one");
            ScheduleNotes.command(batch, List.of("x"), Map.of());
            // Told while others are in line: what is appended now is written in one go.
            AppendBatch refused = new AppendBatch(_ -> {
                driver.log.append(first);
                driver.log.append(batch);
            });
            driver.add(refused, "orders", 0, "large", "x".repeat(9000));
            storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
            driver.log.append(refused);
            assertThat(batch.refusal()).isEqualTo(Refusal.DISK_FULL);
            driver.log.append(batch);
            driver.settle();

            assertThat(batch.isStored(0)).isTrue();
            assertThat(driver.notes.left).containsKey("x");
        }
    }

    @Test
    void storesNothingOfACommandedBatchThatIsAppendedTwice() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "id1", "later", DUE);
            driver.settle();
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.addFired(batch, driver.waiting.getFirst());
            driver.add(batch, "orders", 1, "id2", "two");
            ScheduleNotes.command(batch, List.of("id1"), Map.of());
            for (int i = 0; i < 2; i++) {
                driver.log.append(batch);
                driver.settle();
            }

            assertThat(batch.isStored(0)).isFalse();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
            assertThat(driver.log.queue("orders", 1).offsetMax()).isEqualTo(1);
            assertThat(driver.bodiesByKey("orders", "kid1", false)).hasSize(1);
        }
    }

    @Test
    void takesACommandThatHasNoRecords() {
        try (LogDriver driver = open()) {
            driver.send("orders", 0, "id1", "one");
            AppendBatch batch = new AppendBatch(_ -> {});
            ScheduleNotes.command(batch, List.of("x"), Map.of());
            driver.log.append(batch);
            driver.send("orders", 0, "id2", "two");
            driver.settle();
            assertThat(driver.notes.left).containsKey("x");
        }
        // Without a checkpoint that knows the end.
        for (String name : List.of(Checkpoint.INDEX_FILE, Checkpoint.STATE_FILE)) {
            storage.delete(name);
        }
        try (LogDriver driver = open()) {
            assertThat(driver.notes.left).containsKey("x");
            assertThat(LogDriver.bodyOf(driver.read("orders", 0, 1))).isEqualTo("two");
        }
    }

    @Test
    void forgetsATopicThatACommandDeletesNowAsAfterARestart() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "id1", "later", DUE);
            driver.settle();
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.addFired(batch, driver.waiting.getFirst());
            batch.command(LogDriver.deletionOf(DueQueues.topicOf(HOUR)));
            driver.log.append(batch);
            driver.settle();
            assertThat(driver.log.dueQueues().all()).isEmpty();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
        }
        for (int round = 0; round < 2; round++) {
            try (LogDriver driver = open()) {
                assertThat(driver.log.dueQueues().all()).isEmpty();
                assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
            }
            storage.list(QueueIndex.FOLDER).forEach(name -> storage.delete(QueueIndex.FOLDER + "/" + name));
        }
    }

    @Test
    void takesNoPlaceOutsideOfACommandOrOfARecordThatIsNotThere() {
        try (LogDriver driver = open()) {
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.add(batch, "orders", 0, "id1", "one");
            batch.command(new byte[6]);
            batch.placeInCommand(0, 2);

            assertThatThrownBy(() -> batch.placeInCommand(0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> batch.placeInCommand(0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> batch.placeInCommand(1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void recoversCommandedEntriesOfEveryLength() {
        try (LogDriver driver = open()) {
            for (int i = 0; i < 24; i++) {
                AppendBatch batch = new AppendBatch(_ -> {});
                driver.addScheduled(batch, "orders", 0, "id" + i, "b".repeat(i % 8), DUE);
                ScheduleNotes.command(batch, List.of("c".repeat(1 + i)), Map.of(0, "id" + i));
                driver.log.append(batch);
                driver.settle();
            }
        }
        for (String name : List.of(Checkpoint.INDEX_FILE, Checkpoint.STATE_FILE)) {
            storage.delete(name);
        }
        try (LogDriver driver = open()) {
            assertThat(driver.notes.left).hasSize(24);
            assertThat(driver.notes.waiting).hasSize(24);
            driver.notes.waiting.forEach((id, place) -> {
                MemorySegment record = driver.readDue(DUE, place.queueOffset());
                assertThat(record).isNotNull();
                assertThat(LogDriver.bodyOf(record)).isEqualTo("b".repeat(Integer.parseInt(id.substring(2)) % 8));
            });
        }
    }

    @Test
    void losesATornCommandedEntryAsAWhole() {
        commandedEntry();
        LossyStorage torn = storage.afterPowerLoss(Loss.nothing());
        torn.corrupt(Segment.nameOf(0), commandedAt + Entry.HEADER_BYTES + 1, (byte) 0x55);

        try (LogDriver driver = new LogDriver(LogDriver.SMALL, torn)) {
            assertThat(driver.notes.left).isEmpty();
            assertThat(driver.log.dueQueues().of(HOUR).offsetMax()).isZero();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
        }
    }

    @Test
    void stopsAtACommandedEntryWhoseCountIsWrong() {
        commandedEntry();
        LossyStorage wrong = storage.afterPowerLoss(Loss.nothing());
        long at = commandedAt;
        try (Storage.File file = wrong.open(Segment.nameOf(0))) {
            ByteBuffer entry = ByteBuffer.allocateDirect(4);
            file.read(at, entry);
            ByteBuffer whole = ByteBuffer.allocateDirect(entry.flip().getInt());
            file.read(at, whole);
            whole.clear();
            whole.putInt(44, 2);
            Entry.putCrc(whole, 0, at, new CRC32C(), Entry.crcScratch());
            file.write(at, whole);
        }

        assertThatThrownBy(() -> new LogDriver(LogDriver.SMALL, wrong))
                .isInstanceOf(NotUnderstood.class)
                .hasMessageContaining("no whole message record inside an intact entry")
                .hasMessageContaining(Segment.nameOf(0));
    }

    /** Stores a message, then one that is due later with a command, and leaves the log as a kill would. */
    private void commandedEntry() {
        LogDriver driver = open();
        driver.send("orders", 0, "id1", "one");
        driver.settle();
        AppendBatch batch = new AppendBatch(_ -> {});
        driver.addScheduled(batch, "orders", 0, "id2", "two", DUE);
        ScheduleNotes.command(batch, List.of("x"), Map.of(0, "id2"));
        driver.log.append(batch);
        driver.settle();
        commandedAt = batch.logOffset(0) - Entry.HEADER_BYTES;
    }

    // ---- sizes

    @Test
    void refusesWhatNoSegmentHoldsAsTooLargeAndBeginsNone() {
        int room = (8 << 10) - Segment.HEADER_BYTES - (8 << 10) / 8;
        try (LogDriver driver = open()) {
            driver.settle();
            int segments = storage.list(Segment.FOLDER).size();
            AtomicInteger stored = new AtomicInteger();
            for (int bytes = room - 40; bytes < room + 40; bytes++) {
                AppendBatch batch = new AppendBatch(_ -> {});
                driver.add(batch, "orders", 0, "id" + bytes, "body");
                batch.command(command(bytes - batch.end() - Entry.HEADER_BYTES));
                driver.log.append(batch);
                driver.settle();
                if (batch.refusal() == null) {
                    stored.incrementAndGet();
                } else {
                    assertThat(batch.refusal()).as("%s bytes", bytes).isEqualTo(Refusal.TOO_LARGE);
                }
            }

            assertThat(stored.get()).isEqualTo(33);
            assertThat(storage.list(Segment.FOLDER).size() - segments).isEqualTo(stored.get());
        }
    }

    @Test
    void refusesCommandsWithMessagesOnAFullDiskAndTakesThemWhenThereIsRoom() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "first", "later", DUE);
            driver.settle();
            storage.setUsableBytes(0);
            for (int i = 0; driver.refused.isEmpty(); i++) {
                driver.send("orders", 1, "filler" + i, "body");
                driver.settle();
                assertThat(i).isLessThan(1000);
            }
            driver.refused.clear();
            driver.schedule("orders", 0, "second", "later", DUE);
            driver.fire(driver.waiting);
            driver.raiseState(7);
            driver.settle();
            assertThat(driver.refused).containsExactly(Refusal.DISK_FULL, Refusal.DISK_FULL);
            assertThat(driver.notes.left).isEmpty();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isZero();
            assertThat(driver.log.dueQueues().of(HOUR).offsetMax()).isEqualTo(1);
            assertThat(driver.ackedState).as("what has no messages is taken").isEqualTo(7);

            storage.setUsableBytes(1 << 20);
            driver.fire(driver.waiting);
            driver.settle();
            assertThat(driver.notes.left).containsOnlyKeys("first");
            assertThat(LogDriver.bodyOf(driver.read("orders", 0, 0))).isEqualTo("later");
        }
    }

    private static byte[] command(int bytes) {
        return ByteBuffer.allocate(bytes).putLong(7).array();
    }
}
