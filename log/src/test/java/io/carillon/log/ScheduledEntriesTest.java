package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.message.DueTime;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that are due later: where they wait, who finds them, and how retries find them. */
class ScheduledEntriesTest {
    private static final long DUE = DueTime.of(1_750_000_000_000L + 2 * DueQueues.HOUR_MS, 5);
    private static final int HOUR = DueQueues.hourOf(DueTime.ms(DUE));

    private final LossyStorage storage = new LossyStorage();

    private LogDriver open() {
        return new LogDriver(LogDriver.SMALL, storage);
    }

    // ---- due queues

    @Test
    void keepsAScheduledMessageInTheQueueOfItsHourAlone() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 3, "id1", "later", DUE);
            driver.settle();

            assertThat(driver.waiting).singleElement().satisfies(told -> {
                assertThat(told.queue()).isEqualTo(3);
                assertThat(told.queueOffset()).isZero();
            });
            MemorySegment record = driver.readDue(DUE, 0);
            assertThat(record).isNotNull();
            assertThat(LogDriver.bodyOf(record)).isEqualTo("later");
            assertThat(MessageRecord.due(record, 0)).isEqualTo(DUE);
            assertThat(MessageRecord.topic(record, 0)).isEqualTo("orders");
            assertThat(driver.log.existingQueue("orders", 3)).isNull();
            assertThat(driver.log.dueQueues().all())
                    .extracting(DueQueues::hourOf)
                    .containsExactly(HOUR);
        }
    }

    @Test
    void keepsTheOrderOfAMixedBatchAcrossARestartAndALostIndex() {
        try (LogDriver driver = open()) {
            AppendBatch batch = new AppendBatch(_ -> {});
            for (int i = 0; i < 6; i++) {
                if (i % 3 == 0) {
                    driver.add(batch, "orders", 0, "now" + i, "now " + i);
                } else {
                    driver.addScheduled(batch, "orders", 0, "later" + i, "later " + i, DUE);
                }
            }
            driver.log.append(batch);
            driver.settle();
            assertMixed(driver);
        }
        try (LogDriver driver = open()) {
            assertMixed(driver);
        }
        storage.list(QueueIndex.FOLDER).forEach(name -> storage.delete(QueueIndex.FOLDER + "/" + name));
        try (LogDriver driver = open()) {
            assertMixed(driver);
        }
    }

    private static void assertMixed(LogDriver driver) {
        assertThat(driver.log.queue("orders", 0).offsetMax()).isEqualTo(2);
        assertThat(LogDriver.bodyOf(driver.read("orders", 0, 1))).isEqualTo("now 3");
        assertThat(driver.log.dueQueues().of(HOUR).offsetMax()).isEqualTo(4);
        assertThat(LogDriver.bodyOf(driver.readDue(DUE, 2))).isEqualTo("later 4");
    }

    @Test
    void takesNoRecordIntoAQueueThatRecoveryWouldNotPutItInto() {
        try (LogDriver driver = open()) {
            AppendBatch batch = new AppendBatch(_ -> {});
            ConsumeQueue otherHour = driver.log.dueQueues().of(HOUR + 1);
            ConsumeQueue plain = driver.log.queue("orders", 0);

            assertThatThrownBy(() -> addTo(driver, batch, plain, DUE, false))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> addTo(driver, batch, plain, DUE, true))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> addTo(driver, batch, otherHour, DUE, true))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> addTo(driver, batch, otherHour, 0, true))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(batch.count()).isZero();
        }
    }

    private static void addTo(LogDriver driver, AppendBatch batch, ConsumeQueue queue, long due, boolean isScheduled) {
        int size = driver.encode(batch, "orders", 0, "id1", "body", due);
        if (isScheduled) {
            batch.addScheduled(queue, size, driver.scanned(), true);
        } else {
            batch.add(queue, size, driver.scanned(), true);
        }
    }

    @Test
    void findsTheNewestScheduledMessageWithAUniqueId() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "id1", "first", DUE);
            driver.schedule("orders", 0, "id1", "second", DUE);
            driver.schedule("payments", 0, "id1", "other topic", DUE);
            driver.send("orders", 0, "id1", "not scheduled");
            driver.send("orders", 0, "id2", "not scheduled");
            driver.settle();

            MemorySegment found = driver.log.findScheduled("orders", "id1");
            assertThat(found).isNotNull();
            assertThat(LogDriver.bodyOf(found)).isEqualTo("second");
            assertThat(MessageRecord.queueOffset(found, 0)).isEqualTo(1);
            assertThat(driver.log.findScheduled("orders", "id2")).isNull();
            assertThat(driver.log.findScheduled("orders", "id3")).isNull();
        }
        try (LogDriver driver = open()) {
            assertThat(LogDriver.bodyOf(driver.log.findScheduled("orders", "id1")))
                    .isEqualTo("second");
        }
    }

    // ---- keys

    @Test
    void findsAMessageByKeyOnlyWhenItWasDelivered() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "id1", "later", DUE);
            driver.settle();
            assertThat(driver.bodiesByKey("orders", "kid1", false)).isEmpty();
            assertThat(driver.bodiesByKey("orders", "id1", true)).isEmpty();
        }
        storage.list(KeyIndex.FOLDER).forEach(name -> storage.delete(KeyIndex.FOLDER + "/" + name));
        try (LogDriver driver = open()) {
            assertThat(driver.bodiesByKey("orders", "kid1", false)).isEmpty();
            assertThat(driver.bodiesByKey("orders", "id1", true)).isEmpty();
            MemorySegment waiting = driver.log.findScheduled("orders", "id1");
            assertThat(waiting).isNotNull();
            driver.fire(List.of(waitingOf(waiting)));
            driver.settle();
            assertThat(driver.bodiesByKey("orders", "kid1", false)).containsExactly("later");
            assertThat(driver.bodiesByKey("orders", "id1", true)).containsExactly("later");
        }
        storage.list(KeyIndex.FOLDER).forEach(name -> storage.delete(KeyIndex.FOLDER + "/" + name));
        try (LogDriver driver = open()) {
            assertThat(driver.bodiesByKey("orders", "kid1", false)).containsExactly("later");
            assertThat(driver.bodiesByKey("orders", "id1", true)).containsExactly("later");
        }
    }

    private static LogDriver.Waiting waitingOf(MemorySegment record) {
        return new LogDriver.Waiting(
                "orders",
                0,
                "id1",
                "later",
                DUE,
                MessageRecord.physicalOffset(record, 0),
                MessageRecord.queueOffset(record, 0));
    }

    // ---- retries

    @Test
    void answersARetriedScheduleWithTheFirstPlaceBeforeAndAfterARestart() {
        LogDriver.Waiting first;
        try (LogDriver driver = open()) {
            driver.schedule("orders", 1, "id1", "later", DUE);
            driver.schedule("orders", 2, "id1", "later", DUE);
            driver.settle();
            driver.schedule("orders", 3, "id1", "later", DUE);
            driver.settle();
            first = driver.waiting.getFirst();
            assertThat(driver.waiting).containsExactly(first, first, first);
        }
        try (LogDriver driver = open()) {
            driver.schedule("orders", 2, "id1", "later", DUE);
            driver.settle();

            assertThat(driver.waiting).containsExactly(first);
            assertThat(driver.log.dueQueues().of(HOUR).offsetMax()).isEqualTo(1);
        }
    }

    @Test
    void knowsARetryWhoseFirstWasDelivered() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 1, "id1", "later", DUE);
            driver.settle();
            driver.fire(driver.waiting);
            driver.settle();
            assertRetryIsKnown(driver);
        }
        try (LogDriver driver = open()) {
            assertRetryIsKnown(driver);
        }
    }

    @Test
    void knowsARetryWhoseFirstWasDeliveredAndWhoseHourIsGone() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 1, "id1", "later", DUE);
            driver.settle();
            driver.fire(driver.waiting);
            driver.deleteTopic(DueQueues.topicOf(HOUR));
            driver.settle();
            assertRetryIsKnown(driver);
        }
        try (LogDriver driver = open()) {
            assertRetryIsKnown(driver);
        }
    }

    private static void assertRetryIsKnown(LogDriver driver) {
        long hourMax = driver.log.dueQueues().of(HOUR).offsetMax();
        AppendBatch retry = new AppendBatch(_ -> {});
        driver.addScheduled(retry, "orders", 1, "id1", "later", DUE);
        driver.log.append(retry);
        driver.settle();

        assertThat(retry.refusal()).isNull();
        assertThat(retry.isStored(0)).isFalse();
        assertThat(retry.queueOffset(0)).isZero();
        assertThat(driver.log.dueQueues().of(HOUR).offsetMax()).isEqualTo(hourMax);
        assertThat(driver.log.queue("orders", 1).offsetMax()).isEqualTo(1);
    }

    @Test
    void knowsARetryWhoseDeliveryCouldNotBeWritten() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 1, "id1", "later", DUE);
            driver.settle();
            storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
            driver.fire(driver.waiting);
            driver.schedule("orders", 1, "id1", "later", DUE);
            driver.settle();

            assertThat(driver.refused).containsExactly(Refusal.DISK_FULL);
            assertThat(driver.waiting.get(1)).isEqualTo(driver.waiting.get(0));
        }
    }

    // ---- sizes and retention

    @Test
    void refusesAScheduledMessageThatIsLargerThanASegment() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "id1", "x".repeat(9000), DUE);
            driver.settle();

            assertThat(driver.refused).containsExactly(Refusal.TOO_LARGE);
            assertThat(driver.log.dueQueues().of(HOUR).offsetMax()).isZero();
        }
    }

    @Test
    void dropsNothingThatCouldNotBeRescued() {
        try (LogDriver driver = open()) {
            driver.schedule("orders", 0, "id1", "later", DUE);
            driver.settle();
            LogDriver.Waiting waiting = driver.waiting.getFirst();
            driver.keepFrom(() -> driver.notes.left.containsKey("id1") ? Long.MAX_VALUE : waiting.logOffset());
            for (int i = 0; i < 200; i++) {
                driver.send("orders", 1, "filler" + i, "body " + i);
                driver.settle();
            }
            driver.pass(Duration.ofSeconds(6));
            driver.pass(Duration.ofDays(30));
            driver.pass(Duration.ofSeconds(6));
            assertThat(driver.readDue(DUE, 0)).isNotNull();
            assertThat(driver.log.offsetMin()).isLessThan(waiting.logOffset());

            driver.fire(driver.waiting);
            driver.pass(Duration.ofSeconds(6));
            driver.pass(Duration.ofSeconds(6));
            assertThat(driver.readDue(DUE, 0)).isNull();
            assertThat(driver.log.offsetMin()).isGreaterThan(waiting.logOffset());
            assertThat(LogDriver.bodyOf(driver.read("orders", 0, 0))).isEqualTo("later");
        }
    }
}
