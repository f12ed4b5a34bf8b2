package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageLogTest {
    private final LossyStorage storage = new LossyStorage();

    @Test
    void readsWhatItAcknowledged() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 3, "id1", "hello");
            driver.settle();

            assertThat(driver.acked).hasSize(1);
            MemorySegment record = driver.read("orders", 3, 0);
            assertThat(record).isNotNull();
            assertThat(LogDriver.bodyOf(record)).isEqualTo("hello");
            assertThat(MessageRecord.queueOffset(record, 0)).isZero();
            assertThat(MessageRecord.physicalOffset(record, 0))
                    .isEqualTo(driver.acked.getFirst().logOffset());
            assertThat(MessageRecord.storeTimestamp(record, 0)).isEqualTo(driver.ticker.nowMs());
        }
    }

    @Test
    void readsThePropertiesOfARecordAlone() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "hello");
            driver.settle();
            MemorySegment record = driver.read("orders", 0, 0);
            long at = MessageRecord.physicalOffset(record, 0);
            int size = MessageRecord.totalSize(record, 0);
            byte[] into = new byte[MessageRecord.PROPERTIES_BYTES_MAX];

            int length = driver.log.properties(at, size, into);

            assertThat(MessageProperties.decode(MemorySegment.ofArray(into), 0, length))
                    .isEqualTo(MessageProperties.decode(record, 0))
                    .containsEntry(MessageProperties.UNIQ_KEY, "id1");
            assertThat(driver.log.properties(at + 8, size, into)).isEqualTo(-1);
            assertThat(driver.log.properties(at, size - 1, into)).isEqualTo(-1);
            assertThat(driver.log.properties(at, -1, into)).isEqualTo(-1);
            assertThat(driver.log.properties(at, size, new byte[length - 1])).isEqualTo(-1);
            assertThat(driver.log.properties(at + (1L << 40), size, into)).isEqualTo(-1);
        }
    }

    @Test
    void showsNothingBeforeItIsForced() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "hello");

            assertThat(driver.acked).isEmpty();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isZero();
            driver.settle();
            assertThat(driver.acked).hasSize(1);
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
        }
    }

    @Test
    void acknowledgesAtOnceWithAsyncFlushAndForcesLater() {
        try (LogDriver driver = new LogDriver(LogDriver.config(LogConfig.Flush.ASYNC, 8 << 10), storage)) {
            driver.send("orders", 0, "id1", "hello");

            assertThat(driver.acked).hasSize(1);
            assertThat(driver.log.forcedOffset()).isLessThan(driver.log.offsetMax());
            driver.pass(Duration.ofMillis(500));
            assertThat(driver.log.forcedOffset()).isEqualTo(driver.log.offsetMax());
        }
    }

    @Test
    void sharesOneForceAmongAllThatWaited() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            long before = storage.calls(Call.Kind.FORCE);
            for (int i = 0; i < 10; i++) {
                driver.send("orders", 0, "id" + i, "hello");
            }
            driver.log.agents().getFirst().doWork();

            assertThat(driver.acked).hasSize(10);
            assertThat(storage.calls(Call.Kind.FORCE) - before).isEqualTo(1);
        }
    }

    @Test
    void answersARetryWithTheFirstPlace() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "hello");
            driver.send("orders", 1, "id1", "hello");
            driver.settle();
            driver.send("orders", 2, "id1", "hello");
            driver.settle();

            assertThat(driver.acked).hasSize(3);
            assertThat(driver.acked.get(1)).isEqualTo(driver.acked.get(0));
            assertThat(driver.acked.get(2)).isEqualTo(driver.acked.get(0));
            assertThat(driver.log.queue("orders", 1).offsetMax()).isZero();
        }
    }

    @Test
    void showsWhatStandsBehindARetryInABatch() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "hello");
            driver.settle();
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.add(batch, "orders", 0, "id1", "hello");
            driver.add(batch, "orders", 0, "id2", "new");
            driver.add(batch, "orders", 0, "id1", "hello");
            driver.add(batch, "orders", 0, "id3", "newer");
            driver.log.append(batch);
            driver.settle();

            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(3);
            assertThat(LogDriver.bodyOf(driver.read("orders", 0, 1))).isEqualTo("new");
            assertThat(LogDriver.bodyOf(driver.read("orders", 0, 2))).isEqualTo("newer");
        }
    }

    @Test
    void storesWhatComesAgainAfterTheWindow() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "hello");
            driver.pass(Duration.ofMinutes(9));
            driver.send("orders", 0, "id1", "hello");
            driver.settle();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
            driver.pass(Duration.ofMinutes(2));
            driver.send("orders", 0, "id1", "hello");
            driver.settle();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(2);
        }
    }

    @Test
    void storesWhatComesAgainAfterItsTopicWasDeleted() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            for (int round = 0; round < 2; round++) {
                driver.send("orders", 0, "id1", "hello");
                driver.send("orders", 0, "id1", "hello");
                driver.settle();
                assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(1);
                driver.deleteTopic("orders");
                driver.settle();
            }

            assertThat(driver.acked.get(1)).isEqualTo(driver.acked.get(0));
            assertThat(driver.acked.get(3)).isEqualTo(driver.acked.get(2));
            assertThat(driver.acked.get(2).logOffset())
                    .isGreaterThan(driver.acked.get(0).logOffset());
        }
    }

    @Test
    void storesAnotherMessageThatBearsTheSameId() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "hello");
            driver.send("orders", 0, "id1", "other body");
            driver.send("payments", 0, "id1", "hello");
            driver.settle();

            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(2);
            assertThat(driver.log.queue("payments", 0).offsetMax()).isEqualTo(1);
        }
    }

    @Test
    void answersARetryWithTheFirstPlaceAfterARestart() {
        LogDriver first = new LogDriver(LogDriver.SMALL, storage);
        first.send("orders", 0, "id1", "hello");
        first.settle();
        first.close();

        try (LogDriver second = new LogDriver(LogDriver.SMALL, storage)) {
            second.send("orders", 5, "id1", "hello");
            second.settle();

            assertThat(second.acked).isEqualTo(first.acked);
        }
    }

    @Test
    void goesOnAcrossSegmentsAndRestarts() {
        int sent = 0;
        for (int round = 0; round < 3; round++) {
            try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
                for (int i = 0; i < 60; i++, sent++) {
                    driver.send("orders", sent % 2, "id" + sent, "body " + sent);
                    driver.settle();
                }
                driver.raiseState(sent);
                driver.settle();
            }
        }

        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            assertThat(storage.list("log").size()).isGreaterThan(3);
            assertThat(driver.state).isEqualTo(sent);
            for (int i = 0; i < sent; i++) {
                MemorySegment record = driver.read("orders", i % 2, i / 2);
                assertThat(record).isNotNull();
                assertThat(LogDriver.bodyOf(record)).isEqualTo("body " + i);
            }
        }
    }

    @Test
    void findsByKeyAndByUniqueId() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "one");
            driver.send("orders", 0, "id2", "two");
            driver.settle();

            assertThat(driver.log.findByKey("orders", "kid2", false, 0, Long.MAX_VALUE, 10))
                    .singleElement()
                    .satisfies(record -> assertThat(LogDriver.bodyOf(record)).isEqualTo("two"));
            assertThat(driver.log.findByKey("orders", "id1", true, 0, Long.MAX_VALUE, 10))
                    .hasSize(1);
            assertThat(driver.log.findByKey("orders", "id1", false, 0, Long.MAX_VALUE, 10))
                    .isEmpty();
            assertThat(driver.log.findByKey("payments", "kid2", false, 0, Long.MAX_VALUE, 10))
                    .isEmpty();
        }
    }

    @Test
    void findsByKeyBehindNewerOnesThatAreTooYoung() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            long startMs = driver.ticker.nowMs();
            for (int i = 0; i < 40; i++) {
                driver.send("%RETRY%g", 0, "same", "body " + i);
                driver.send("orders", 0, "same", "body " + i);
                driver.settle();
                driver.ticker.advanceMs(1000);
            }

            assertThat(driver.log.findByKey("orders", "ksame", false, startMs, startMs + 2000, 2))
                    .extracting(LogDriver::bodyOf)
                    .containsExactly("body 2", "body 1");
        }
    }

    @Test
    void searchesByStoreTime() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            long start = driver.ticker.nowMs();
            for (int i = 0; i < 5; i++) {
                driver.send("orders", 0, "id" + i, "body");
                driver.settle();
                driver.ticker.advanceMs(10);
            }
            ConsumeQueue queue = driver.log.queue("orders", 0);

            assertThat(driver.log.offsetAtOrAfter(queue, start)).isZero();
            assertThat(driver.log.offsetAtOrAfter(queue, start + 1)).isEqualTo(1);
            assertThat(driver.log.offsetAtOrAfter(queue, start + 40)).isEqualTo(4);
            assertThat(driver.log.offsetAtOrAfter(queue, start + 41)).isEqualTo(5);
            assertThat(driver.log.offsetAtOrBefore(queue, start + 15)).isEqualTo(1);
            assertThat(driver.log.offsetAtOrBefore(queue, start - 1)).isZero();
        }
    }

    @Test
    void keepsStoreTimesFromFallingWhenTheClockIsSetBack() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "one");
            driver.settle();
            driver.ticker.stepWallMs(-3_600_000);
            driver.send("orders", 0, "id2", "two");
            driver.settle();

            ConsumeQueue queue = driver.log.queue("orders", 0);
            assertThat(driver.log.storeTimestamp(queue, 1)).isEqualTo(driver.log.storeTimestamp(queue, 0));
        }
    }

    @Test
    void refusesEverythingAfterAFailedForceAndGoesOnReading() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "one");
            driver.settle();
            storage.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
            driver.send("orders", 0, "id2", "two");
            driver.settle();
            long forces = storage.calls(Call.Kind.FORCE);
            driver.send("orders", 0, "id3", "three");
            driver.pass(Duration.ofSeconds(30));

            assertThat(driver.refused).containsExactly(Refusal.FAULT, Refusal.FAULT);
            assertThat(driver.acked).hasSize(1);
            assertThat(driver.read("orders", 0, 0)).isNotNull();
            assertThat(storage.calls(Call.Kind.FORCE))
                    .as("no force is tried again")
                    .isEqualTo(forces);
        }
    }

    @Test
    void refusesSendsOnAFullDiskTakesMetadataAndRecoversByItself() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.settle();
            storage.setUsableBytes(0);
            int sent = 0;
            while (driver.refused.isEmpty()) {
                driver.send("orders", 0, "id" + sent, "some body " + sent);
                driver.settle();
                sent++;
                assertThat(sent).isLessThan(1000);
            }
            driver.raiseState(7);
            driver.settle();

            assertThat(driver.refused).containsExactly(Refusal.DISK_FULL);
            assertThat(driver.ackedState).isEqualTo(7);
            assertThat(driver.read("orders", 0, 0)).isNotNull();

            storage.setUsableBytes(1 << 20);
            driver.send("orders", 0, "again", "body");
            driver.settle();
            assertThat(driver.acked.getLast().key()).isEqualTo("again");
            assertThat(driver.acked.getLast().queueOffset()).isEqualTo(driver.acked.size() - 1);
        }
    }

    @Test
    void takesBackWhatAShortWriteLeft() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "one");
            driver.settle();
            storage.fail(Call.Kind.WRITE, 1, Fault.SHORT_WRITE);
            driver.send("orders", 0, "id2", "two");
            driver.settle();
            driver.send("orders", 0, "id3", "three");
            driver.settle();

            assertThat(driver.refused).containsExactly(Refusal.DISK_FULL);
            assertThat(driver.acked).extracting(LogDriver.Acked::queueOffset).containsExactly(0L, 1L);
            MemorySegment record = driver.read("orders", 0, 1);
            assertThat(record).isNotNull();
            assertThat(LogDriver.bodyOf(record)).isEqualTo("three");
        }
    }

    @Test
    void takesBackAGroupOfManyQueues() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            AppendBatch batch = new AppendBatch(_ -> {});
            driver.add(batch, "orders", 0, "id1", "one");
            driver.add(batch, "orders", 1, "id2", "two");
            storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
            driver.log.append(batch);
            assertThat(batch.refusal()).isEqualTo(Refusal.DISK_FULL);
            driver.send("orders", 1, "id2", "two");
            driver.send("orders", 0, "id1", "one");
            driver.settle();

            assertThat(driver.acked).extracting(LogDriver.Acked::queueOffset).containsExactly(0L, 0L);
            assertThat(LogDriver.bodyOf(driver.read("orders", 1, 0))).isEqualTo("two");
            assertThat(LogDriver.bodyOf(driver.read("orders", 0, 0))).isEqualTo("one");
        }
    }

    @Test
    void goesOnWhenTheFirstWriteOfASegmentFindsNoRoom() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            storage.beforeEachCall(call -> {
                boolean isFirstEntry = call.name().startsWith(Segment.FOLDER)
                        && call.position() == Segment.HEADER_BYTES
                        && call.bytes() > Entry.HEADER_BYTES;
                if (isFirstEntry && call.kind() == Call.Kind.WRITE && driver.refused.isEmpty()) {
                    storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
                }
            });
            for (int i = 0; i < 80; i++) {
                driver.send("orders", 0, "id" + i, "some body " + i);
                driver.settle();
            }

            assertThat(driver.refused).containsOnly(Refusal.DISK_FULL);
            assertThat(driver.acked).hasSize(80 - driver.refused.size());
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(driver.acked.size());
        }
    }

    @Test
    void neverForcesZerosThatWereWrittenAheadWithAsyncFlush() {
        List<Call> forces = new ArrayList<>();
        try (LogDriver driver = new LogDriver(LogDriver.config(LogConfig.Flush.ASYNC, 64 << 10), storage)) {
            fillUntil(driver, 64 << 10);
            driver.pass(Duration.ofMillis(500));
            assertThat(storage.list(Segment.FOLDER)).contains("spare");
            storage.beforeEachCall(call -> noteForce(call, forces));
            long forcedBefore = driver.log.forcedOffset();

            fillUntil(driver, 128 << 10);
            assertThat(forces).as("a segment is begun without a wait").isEmpty();

            long written = driver.log.offsetMax();
            driver.pass(Duration.ofMillis(500));
            assertThat(driver.log.forcedOffset()).isEqualTo(written);
            assertThat(forces).hasSize(2).allMatch(call -> call.bytes() > 0);
            assertThat(forces.stream().mapToLong(Call::bytes).sum()).isEqualTo(written - forcedBefore);
        }
    }

    @Test
    void forcesOnlyTheHeaderOfASpareFileThatWasMadeForAnotherPlace() {
        List<Call> forces = new ArrayList<>();
        boolean[] isOvertaken = new boolean[1];
        try (LogDriver driver = new LogDriver(LogDriver.config(LogConfig.Flush.ASYNC, 64 << 10), storage)) {
            fillUntil(driver, 64 << 10);
            storage.beforeEachCall(call -> {
                if (call.kind() == Call.Kind.WRITE && call.position() == 4096 && !isOvertaken[0]) {
                    isOvertaken[0] = true;
                    fillUntil(driver, 128 << 10); // while the spare file is filled
                }
            });
            driver.pass(Duration.ofMillis(500));
            assertThat(storage.list(Segment.FOLDER)).contains("spare");
            storage.beforeEachCall(call -> noteForce(call, forces));

            fillUntil(driver, 192 << 10);

            assertThat(forces).hasSize(1).allMatch(call -> call.bytes() > 0 && call.bytes() < 200);
            driver.settle();
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(driver.acked.size());
        }
        try (LogDriver driver = new LogDriver(LogDriver.config(LogConfig.Flush.ASYNC, 64 << 10), storage)) {
            assertThat(driver.read("orders", 0, driver.log.queue("orders", 0).offsetMax() - 1))
                    .isNotNull();
        }
    }

    private static void noteForce(Call call, List<Call> forces) {
        if (call.kind() == Call.Kind.FORCE && call.name().matches("log/(\\d{20}|spare|next)")) {
            forces.add(call);
        }
    }

    /** Sends until the log is in the segment that begins here. */
    private static void fillUntil(LogDriver driver, long base) {
        for (int i = 0; driver.log.offsetMax() < base; i++) {
            driver.send("orders", 0, "id" + base + "-" + i, "x".repeat(1000));
        }
    }

    @Test
    void losesNothingWhenThePowerFailsAfterAKill() {
        LogConfig async = LogDriver.config(LogConfig.Flush.ASYNC, 8 << 10);
        LogDriver killed = new LogDriver(async, storage);
        for (int i = 0; i < 50; i++) {
            killed.send("orders", 0, "id" + i, "some body " + i);
        }
        assertThat(storage.list(Segment.FOLDER))
                .contains(Segment.nameOf(8 << 10).substring(4));

        LogDriver second = new LogDriver(LogDriver.SMALL, storage);
        second.send("orders", 0, "last", "last");
        second.settle();
        LossyStorage found = storage.afterPowerLoss(Loss.everything());

        try (LogDriver third = new LogDriver(LogDriver.SMALL, found)) {
            assertThat(third.log.queue("orders", 0).offsetMax()).isEqualTo(51);
            assertThat(LogDriver.bodyOf(third.read("orders", 0, 50))).isEqualTo("last");
        }
        second.close();
        killed.close();
    }

    @Test
    void buildsADamagedIndexAnew() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            fillAndExpire(driver);
        }
        for (String folder : List.of(QueueIndex.FOLDER, KeyIndex.FOLDER)) {
            for (String name : storage.list(folder)) {
                LossyStorage damaged = storage.afterPowerLoss(Loss.nothing());
                for (long at = 0; at < Math.min(damaged.sizeOf(folder + "/" + name), 2000); at += 7) {
                    damaged.corrupt(folder + "/" + name, at, (byte) 0x55);
                }
                try (LogDriver driver = new LogDriver(LogDriver.SMALL, damaged)) {
                    ConsumeQueue queue = driver.log.queue("orders", 0);
                    assertThat(queue.offsetMax()).as(name).isEqualTo(201);
                    assertThat(driver.read("orders", 0, 200)).as(name).isNotNull();
                    assertThat(driver.read("orders", 0, queue.offsetMin()))
                            .as(name)
                            .isNotNull();
                    assertThat(driver.log.findByKey("orders", "klast", false, 0, Long.MAX_VALUE, 10))
                            .as(name)
                            .hasSize(1);
                }
            }
        }
    }

    @Test
    void dropsOldSegmentsAndKeepsOffsets() {
        LogConfig config = LogDriver.SMALL;
        try (LogDriver driver = new LogDriver(config, storage)) {
            fillAndExpire(driver);

            ConsumeQueue queue = driver.log.queue("orders", 0);
            assertThat(queue.offsetMin()).isPositive();
            assertThat(queue.offsetMax()).isEqualTo(201);
            assertThat(driver.read("orders", 0, queue.offsetMin())).isNotNull();
            assertThat(driver.read("orders", 0, queue.offsetMin() - 1)).isNull();
        }
        try (LogDriver driver = new LogDriver(config, storage)) {
            assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(201);
            assertThat(driver.read("orders", 0, 200)).isNotNull();
        }
    }

    @Test
    void keepsTheNextOffsetOfAnEmptyQueueWhenItsIndexIsLost() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            for (int i = 0; i < 5; i++) {
                driver.send("idle", 3, "idle" + i, "body " + i);
            }
            fillAndExpire(driver);
            assertThat(driver.log.queue("idle", 3).offsetMin()).isEqualTo(5);
        }
        storage.list(QueueIndex.FOLDER).forEach(name -> storage.delete(QueueIndex.FOLDER + "/" + name));

        for (int round = 0; round < 2; round++) {
            try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
                ConsumeQueue queue = driver.log.queue("idle", 3);
                assertThat(queue.offsetMin()).isEqualTo(5);
                assertThat(queue.offsetMax()).isEqualTo(5 + round);
                assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(201);
                driver.send("idle", 3, "again" + round, "body");
                driver.settle();
                assertThat(driver.acked.getLast().queueOffset()).isEqualTo(5 + round);
            }
        }
    }

    private static void fillAndExpire(LogDriver driver) {
        for (int i = 0; i < 200; i++) {
            driver.send("orders", 0, "id" + i, "body " + i);
            driver.settle();
        }
        driver.pass(Duration.ofSeconds(6));
        driver.pass(Duration.ofDays(4));
        driver.send("orders", 0, "last", "last");
        driver.pass(Duration.ofSeconds(10));
    }

    @Test
    void refusesToGuessTheNextOffsetsOfEmptyQueues() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("idle", 3, "idle", "body");
            fillAndExpire(driver);
        }
        storage.list(QueueIndex.FOLDER).forEach(name -> storage.delete(QueueIndex.FOLDER + "/" + name));
        storage.corrupt(QueueEnds.FILE, 21, (byte) 0x55);

        assertThatThrownBy(() -> new LogDriver(LogDriver.SMALL, storage))
                .isInstanceOf(Corrupt.class)
                .hasMessageContaining(QueueEnds.FILE);
    }

    @Test
    void buildsTheKeysAnewWithoutTouchingTheQueues() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("gone", 0, "id1", "one");
            driver.send("orders", 0, "id2", "two");
            driver.settle();
            driver.deleteTopic("gone");
            driver.pass(Duration.ofSeconds(6));
        }
        storage.list(KeyIndex.FOLDER).forEach(name -> storage.delete(KeyIndex.FOLDER + "/" + name));

        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            assertThat(driver.log.findByKey("orders", "kid2", false, 0, Long.MAX_VALUE, 10))
                    .hasSize(1);
            assertThat(driver.log.existingQueue("gone", 0)).isNull();
            assertThat(driver.read("orders", 0, 0)).isNotNull();
            driver.send("orders", 0, "id2", "two");
            driver.settle();
            assertThat(driver.acked.getLast().queueOffset())
                    .as("a retry is known")
                    .isZero();
        }
    }

    @Test
    void refusesEverythingAfterAFailedForceOfAnIndex() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "one");
            driver.settle();
            storage.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
            driver.pass(Duration.ofSeconds(6));
            long forces = storage.calls(Call.Kind.FORCE);
            driver.send("orders", 0, "id2", "two");
            driver.pass(Duration.ofSeconds(30));

            assertThat(driver.log.forcedOffset()).isEqualTo(driver.log.offsetMax());
            assertThat(driver.refused).containsExactly(Refusal.FAULT);
            assertThat(driver.read("orders", 0, 0)).isNotNull();
            assertThat(storage.calls(Call.Kind.FORCE))
                    .as("no force is tried again")
                    .isEqualTo(forces);
        }
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            assertThat(driver.read("orders", 0, 0)).isNotNull();
        }
    }

    @Test
    void stopsAtDamageBeforeTheEndAndNamesThePlace() {
        LogDriver driver = new LogDriver(LogDriver.SMALL, storage);
        for (int i = 0; i < 5; i++) {
            driver.send("orders", 0, "id" + i, "body " + i);
            driver.settle();
        }
        long damaged = driver.acked.get(1).logOffset() + 100;
        LossyStorage found = storage.afterPowerLoss(Loss.nothing());
        found.corrupt(Segment.nameOf(0), damaged, (byte) 0x55, (byte) 0x55);

        assertThatThrownBy(() -> new LogDriver(LogDriver.SMALL, found))
                .isInstanceOf(Corrupt.class)
                .hasMessageContaining(Segment.nameOf(0))
                .hasMessageContaining("offset=");
        driver.close();
    }

    @Test
    void refusesWhatIsLargerThanASegment() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            driver.send("orders", 0, "id1", "x".repeat(9000));
            driver.settle();

            assertThat(driver.refused).isEqualTo(List.of(Refusal.TOO_LARGE));
        }
    }

    @Test
    void refusesAfterItsClose() {
        LogDriver driver = new LogDriver(LogDriver.SMALL, storage);
        driver.close();
        driver.send("orders", 0, "id1", "one");

        assertThat(driver.refused).containsExactly(Refusal.CLOSED);
    }

    @Test
    void keepsNobodyWaitingBehindSomebodyWhoCannotBeTold() {
        try (LogDriver driver = new LogDriver(LogDriver.SMALL, storage)) {
            AppendBatch large = new AppendBatch(_ -> {
                driver.send("orders", 0, "meanwhile", "hello");
                throw new IllegalStateException("cannot be told");
            });
            driver.add(large, "orders", 0, "id1", "x".repeat(9 << 10));

            assertThatThrownBy(() -> driver.log.append(large)).hasMessage("cannot be told");

            driver.send("orders", 0, "later", "hello");
            assertThat(driver.refused).hasSize(3).containsOnly(Refusal.FAULT); // it is told twice, of one fault
        }
    }

    @Test
    void findsNoMoreBytesByAKeyThanAsked() {
        try (LogDriver driver = new LogDriver(LogDriver.config(LogConfig.Flush.SYNC, 64 << 10), storage)) {
            for (int i = 0; i < 5; i++) {
                driver.send("orders", 0, "id", "x".repeat(1000) + i);
                driver.settle();
                driver.ticker.advance(Duration.ofMinutes(11)); // so that it is no retry
            }

            assertThat(find(driver, Long.MAX_VALUE)).hasSize(5);
            assertThat(find(driver, 3500)).hasSize(3);
            assertThat(find(driver, 1)).containsExactly("x".repeat(1000) + 4);
        }
    }

    private static List<String> find(LogDriver driver, long bytesMax) {
        return driver.log.findByKey("orders", "kid", false, 0, Long.MAX_VALUE, 10, bytesMax).stream()
                .map(LogDriver::bodyOf)
                .toList();
    }
}
