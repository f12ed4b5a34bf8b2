package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.CopiedFile;
import io.carillon.log.CopyAnswer;
import io.carillon.log.CopyListing;
import io.carillon.log.CopyOutcome;
import io.carillon.log.CopyPace;
import io.carillon.log.CopySource;
import io.carillon.log.CopyStart;
import io.carillon.log.DueQueues;
import io.carillon.log.LogConfig;
import io.carillon.log.LogCopies;
import io.carillon.log.LogFetch;
import io.carillon.log.LogRestore;
import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Messages that wait for longer than the log keeps anything. */
class KeptMessagesTest {
    private static final Duration KEEP_FOR = Duration.ofHours(1);
    private static final long HOUR_MS = 3_600_000;
    private static final long DAY_MS = 24 * HOUR_MS;

    private LossyStorage storage = new LossyStorage();
    private final ManualTicker ticker = new ManualTicker();

    private ScheduleDriver open() {
        return new ScheduleDriver(
                ScheduleDriver.config(LogConfig.Flush.SYNC, 8 << 10, KEEP_FOR),
                ScheduleConfig.DEFAULT,
                storage,
                ticker,
                Set.of("orders", "filler"));
    }

    private static void send(ScheduleDriver driver, String id, long dueMs) {
        driver.send(
                "orders",
                0,
                DueTime.of(dueMs, 5),
                Map.of(MessageProperties.UNIQ_KEY, id),
                done -> assertThat(done.refusal()).isNull());
        driver.settle();
    }

    /** Fills segments and lets them grow so old that the log drops them. */
    private static void dropAll(ScheduleDriver driver) {
        long end = driver.log.offsetMax();
        for (int round = 0; round < 4 && driver.log.offsetMin() < end; round++) {
            for (int i = 0; i < 60; i++) {
                driver.send("filler", 0, DueTime.of(1, 5), Map.of("n", "x".repeat(400)), _ -> {});
                driver.settle();
            }
            driver.pass(2 * KEEP_FOR.toMillis(), KEEP_FOR.toMillis());
            driver.pass(20_000, 6_000);
        }
        assertThat(driver.log.offsetMin()).isGreaterThanOrEqualTo(end);
    }

    private static List<String> delivered(ScheduleDriver driver) {
        ConsumeQueue queue = driver.log.queue("orders", 0);
        List<String> ids = new ArrayList<>();
        for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
            ids.add(String.valueOf(
                    ScheduleDriver.properties(driver.record(queue, offset)).get(MessageProperties.UNIQ_KEY)));
        }
        return ids;
    }

    private List<String> files() {
        return storage.list(KeptMessages.FOLDER);
    }

    @Test
    void deliversWhatTheLogHasDroppedAndThenForgetsIt() {
        ScheduleDriver driver = open();
        long dueMs = ticker.nowMs() + 30 * DAY_MS;
        send(driver, "b", dueMs + 5);
        send(driver, "a", dueMs);
        send(driver, "later", dueMs + 400 * DAY_MS);
        dropAll(driver);
        assertThat(files()).hasSize(2);
        assertThat(delivered(driver)).isEmpty();

        ticker.advanceMs(dueMs - ticker.nowMs() - 1);
        driver.settle();
        assertThat(delivered(driver)).isEmpty();
        driver.pass(10, 1);

        assertThat(delivered(driver)).containsExactly("a", "b");
        driver.pass(20_000, 6_000);
        assertThat(files()).hasSize(1);
        driver.close();
    }

    @Test
    void findsCancelsAndMovesWhatTheLogHasDropped() {
        ScheduleDriver driver = open();
        long dueMs = ticker.nowMs() + 30 * DAY_MS;
        send(driver, "cancelled", dueMs);
        send(driver, "moved", dueMs);
        dropAll(driver);
        List<Waiting> waiting = driver.scheduler.list("orders", "", 0, Long.MAX_VALUE, 10);
        assertThat(waiting).extracting(Waiting::uniqueId).containsExactly("cancelled", "moved");
        assertThat(driver.scheduler.find("orders", "moved"))
                .as("no index has its unique id")
                .isNull();
        assertThat(driver.scheduler.list("orders", "moved", 0, Long.MAX_VALUE, 10))
                .extracting(Waiting::ticket)
                .containsExactly(waiting.get(1).ticket());
        assertThat(driver.scheduler.body(waiting.get(1).ticket(), 2)).containsExactly(1, 2);
        List<Outcome> outcomes = new ArrayList<>();

        driver.scheduler.cancel(waiting.get(0).ticket(), outcomes::add);
        driver.scheduler.reschedule(waiting.get(1).ticket(), ticker.nowMs() + 100, outcomes::add);
        driver.settle();
        driver.pass(200, 10);

        assertThat(outcomes).containsExactly(Outcome.DONE, Outcome.DONE);
        assertThat(delivered(driver)).containsExactly("moved");
        ticker.advanceMs(dueMs - ticker.nowMs() + 1000);
        driver.settle();
        assertThat(delivered(driver)).containsExactly("moved");
        driver.close();
    }

    @Test
    void knowsAfterAPowerLossWhatWasKept() {
        ScheduleDriver driver = open();
        long dueMs = ticker.nowMs() + 30 * DAY_MS;
        for (int i = 0; i < 20; i++) {
            send(driver, "id" + i, dueMs + i);
        }
        dropAll(driver);
        storage = storage.afterPowerLoss(Loss.everything());
        ScheduleDriver again = open();

        ticker.advanceMs(dueMs - ticker.nowMs() + 100);
        again.settle();
        again.pass(100, 10);

        assertThat(delivered(again)).hasSize(20).startsWith("id0", "id1").doesNotHaveDuplicates();
        again.close();
        driver.close();
    }

    @Test
    void losesNothingWhereverThePowerFailsWhileMessagesAreKept() {
        List<LossyStorage> during = new ArrayList<>();
        ScheduleDriver driver = open();
        long dueMs = ticker.nowMs() + 30 * DAY_MS;
        for (int i = 0; i < 30; i++) {
            send(driver, "id" + i, dueMs + i % 3 * DAY_MS);
        }
        LossyStorage disk = storage;
        disk.beforeEachCall(call -> {
            if (call.kind().isChange() && during.size() < 400) {
                during.add(disk.afterPowerLoss(Loss.seeded(call.number())));
            }
        });
        dropAll(driver);
        disk.beforeEachCall(_ -> {});
        driver.close();

        assertThat(during).hasSizeGreaterThan(50);
        assertDeliveredOnce(during, "power loss", dueMs + 3 * DAY_MS);
    }

    /** Opens each of these disks when all of the thirty messages are due. */
    private static void assertDeliveredOnce(List<LossyStorage> disks, String what, long laterMs) {
        for (int i = 0; i < disks.size(); i++) {
            ManualTicker later = new ManualTicker();
            later.advanceMs(laterMs - later.nowMs());
            ScheduleDriver found = new ScheduleDriver(
                    ScheduleDriver.config(LogConfig.Flush.SYNC, 8 << 10, Duration.ofDays(40_000)),
                    ScheduleConfig.DEFAULT,
                    disks.get(i),
                    later,
                    Set.of("orders", "filler"));
            found.settle();
            found.pass(100, 10);
            assertThat(delivered(found)).as("%s %s", what, i).hasSize(30).doesNotHaveDuplicates();
            found.close();
        }
    }

    /** A log in this process as a source of copies; what is not on disk yet is not waited for. */
    private record Source(LogCopies copies) implements CopySource, CopyPace {
        @Override
        public CopyStart begin() {
            return copies.begin("test");
        }

        @Override
        public CopyAnswer part(String copy, CopiedFile file, long at, int length, boolean withBytes) {
            return copies.part(copy, file.name(), at, length, withBytes);
        }

        @Override
        public void end(String copy) {
            copies.end(copy);
        }

        @Override
        public void began(CopyListing listing) {}

        @Override
        public void took(long bytes) {}

        @Override
        public void kept(long bytes) {}

        @Override
        public void await() {
            throw new IllegalStateException("not on disk yet");
        }
    }

    private static void copy(ScheduleDriver driver, List<LossyStorage> into) {
        LossyStorage folder = new LossyStorage();
        Source source = new Source(driver.log.copies());
        try {
            CopyOutcome made = new LogFetch(folder, source, source).run();
            assertThat(made).isInstanceOf(CopyOutcome.Whole.class);
        } catch (IllegalStateException notYet) {
            return;
        }
        LossyStorage data = new LossyStorage();
        assertThat(new LogRestore(folder, data).run()).isInstanceOf(CopyOutcome.Whole.class);
        into.add(data);
    }

    @Test
    void losesNothingInACopyThatIsMadeWhileMessagesAreKept() {
        List<LossyStorage> copies = new ArrayList<>();
        ScheduleDriver driver = open();
        long dueMs = ticker.nowMs() + 30 * DAY_MS;
        for (int i = 0; i < 30; i++) {
            send(driver, "id" + i, dueMs + i % 3 * DAY_MS);
        }
        boolean[] isInside = {false};
        storage.beforeEachCall(call -> {
            // Whoever holds the copies' lock would keep another thread from beginning one.
            boolean isFree = !isInside[0] && !Thread.holdsLock(driver.log.copies());
            if (isFree && call.kind().isChange() && call.number() % 3 == 0) {
                isInside[0] = true;
                copy(driver, copies);
                isInside[0] = false;
            }
        });
        dropAll(driver);
        storage.beforeEachCall(_ -> {});
        copy(driver, copies);
        driver.close();

        assertThat(copies).hasSizeGreaterThan(50);
        assertThat(copies)
                .filteredOn(data -> !data.list(KeptMessages.FOLDER).isEmpty())
                .isNotEmpty();
        assertDeliveredOnce(copies, "copy", dueMs + 3 * DAY_MS);
    }

    @Test
    void goesOnAfterACrashWhereCopyingEnded() {
        ScheduleDriver driver = open();
        int hour = DueQueues.hourOf(ticker.nowMs() + 30 * DAY_MS);
        for (int i = 0; i < 10; i++) {
            send(driver, "id" + i, (hour + i % 2) * HOUR_MS + i);
        }
        LossyStorage disk = new LossyStorage();
        KeptMessages kept = KeptMessages.open(disk, driver.log, driver.state, 3);
        assertThat(kept.isReady(driver.log.offsetMax())).isFalse();
        assertThat(kept.isReady(driver.log.offsetMax())).isFalse();
        disk.failFrom(Call.Kind.WRITE, 2, Fault.IO_ERROR);
        assertThatThrownBy(() -> kept.before(driver.log.offsetMax())).isInstanceOf(StorageFault.class);
        disk.heal();

        KeptMessages again = KeptMessages.open(disk.afterPowerLoss(Loss.everything()), driver.log, driver.state, 3);
        kept.before(driver.log.offsetMax());
        again.before(driver.log.offsetMax());

        for (KeptMessages one : List.of(kept, again)) {
            long entries = one.bytes();
            for (int i = 0; i < 10; i++) {
                assertThat(one.record(hour + i % 2, i / 2)).as("message %s", i).isNotNull();
            }
            one.before(driver.log.offsetMax());
            assertThat(one.bytes()).as("copied once").isEqualTo(entries);
        }
        assertThat(again.record(hour, 5)).isNull();
        driver.close();
    }

    @Test
    void copiesWhatWaitsAgainAfterAPowerLossTookItsCancel() {
        ScheduleDriver driver = open();
        int hour = DueQueues.hourOf(ticker.nowMs() + 30 * DAY_MS);
        for (int i = 0; i < 3; i++) {
            send(driver, "id" + i, hour * HOUR_MS + i);
        }
        LossyStorage before = storage.afterPowerLoss(Loss.nothing());
        List<Outcome> outcomes = new ArrayList<>();
        driver.scheduler.cancel(Ticket.of(hour, 0), outcomes::add);
        driver.settle();
        assertThat(outcomes).containsExactly(Outcome.DONE);
        LossyStorage disk = new LossyStorage();
        KeptMessages.open(disk, driver.log, driver.state).before(driver.log.offsetMax());
        driver.close();

        storage = before;
        ScheduleDriver again = open();
        KeptMessages kept = KeptMessages.open(disk, again.log, again.state);
        assertThat(kept.record(hour, 0)).isNull();
        kept.before(again.log.offsetMax());

        assertThat(kept.record(hour, 0)).isNotNull();
        long bytes = kept.bytes();
        kept.isReady(again.log.offsetMax() + 1);
        assertThat(kept.bytes()).as("copied once").isEqualTo(bytes);
        again.close();
    }

    @Test
    void deletesNoDayBeforeTheDiskKnowsThatAllOfItHasLeft() {
        ScheduleDriver driver = new ScheduleDriver(
                ScheduleDriver.config(LogConfig.Flush.ASYNC, 8 << 10, KEEP_FOR),
                ScheduleConfig.DEFAULT,
                storage,
                ticker,
                Set.of("orders", "filler"));
        int hour = DueQueues.hourOf(ticker.nowMs() + 30 * DAY_MS);
        LossyStorage disk = new LossyStorage();
        KeptMessages kept = KeptMessages.open(disk, driver.log, driver.state);
        send(driver, "first", hour * HOUR_MS);
        kept.before(driver.log.offsetMax());
        cancel(driver, hour, 0);
        kept.tidy();
        assertThat(disk.list(KeptMessages.FOLDER)).as("not forced").hasSize(1);

        send(driver, "second", hour * HOUR_MS);
        kept.before(driver.log.offsetMax());
        kept.tidy();
        driver.pass(1000, 500);
        cancel(driver, hour, 1);
        assertThat(driver.log.forcedOffset()).isLessThan(driver.log.offsetMax());
        kept.tidy();
        assertThat(disk.list(KeptMessages.FOLDER)).as("not forced again").hasSize(1);

        driver.pass(1000, 500);
        kept.tidy();
        assertThat(disk.list(KeptMessages.FOLDER)).isEmpty();
        driver.close();
    }

    private static void cancel(ScheduleDriver driver, int hour, int place) {
        List<Outcome> outcomes = new ArrayList<>();
        driver.scheduler.cancel(Ticket.of(hour, place), outcomes::add);
        driver.settle();
        assertThat(outcomes).containsExactly(Outcome.DONE);
    }

    @Test
    void tellsAMessageThatDoesNotReadBack() {
        ScheduleDriver driver = open();
        send(driver, "a", ticker.nowMs() + 30 * DAY_MS);
        dropAll(driver);
        Waiting waiting =
                driver.scheduler.list("orders", "", 0, Long.MAX_VALUE, 10).getFirst();
        try (Storage.File file = storage.open(KeptMessages.FOLDER + "/" + files().getFirst())) {
            file.write(file.size() - 3, ByteBuffer.wrap(new byte[] {77}));
        }

        assertThatThrownBy(() -> driver.scheduler.find(waiting.ticket()))
                .isInstanceOf(Corrupt.class)
                .hasMessageContaining("schedule/");
        driver.close();
    }
}
