package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.testkit.Call;
import io.carillon.testkit.Changed;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogCopyTest {
    private static final LogConfig CONFIG = LogDriver.SMALL;

    private final LossyStorage disk = new LossyStorage();
    private final LossyStorage folder = new LossyStorage();
    private final LossyStorage data = new LossyStorage();

    private static void send(LogDriver driver, int from, int to) {
        for (int i = from; i < to; i++) {
            driver.send("t", i % 3, "id" + i, "body " + i + " " + "x".repeat(i % 200));
            driver.settle();
        }
    }

    private CopyOutcome restore() {
        return new LogRestore(folder, data).run();
    }

    private static void assertHolds(LogDriver found, List<LogDriver.Acked> acked) {
        for (LogDriver.Acked one : acked) {
            MemorySegment record = found.read(one.topic(), one.queue(), one.queueOffset());
            assertThat(record).as("%s is gone", one).isNotNull();
            assertThat(LogDriver.bodyOf(record)).isEqualTo(one.body());
        }
    }

    @ParameterizedTest
    @EnumSource(LogConfig.Flush.class)
    void aCopyHoldsAllThatWasAcknowledgedBeforeAndNothingAfter(LogConfig.Flush flush) {
        LogConfig config = LogDriver.config(flush, 8 << 10);
        try (LogDriver driver = new LogDriver(config, disk)) {
            send(driver, 0, 100);
            driver.pass(Duration.ofSeconds(6));
            driver.raiseState(7);
            send(driver, 100, 150);
            List<LogDriver.Acked> before = List.copyOf(driver.acked);
            CopyWorld world = new CopyWorld(driver.log.copies(), "test");
            world.whileNotYet = driver::settle;
            int[] sent = {150};
            world.beforePart = () -> {
                send(driver, sent[0], sent[0] + 20);
                driver.pass(Duration.ofSeconds(6));
                sent[0] += 20;
            };
            CopyOutcome outcome = new LogFetch(folder, world, world).run();
            assertThat(outcome).isInstanceOf(CopyOutcome.Whole.class);
            assertThat(restore()).isEqualTo(outcome);
            try (LogDriver found = new LogDriver(config, data)) {
                assertHolds(found, before);
                assertThat(found.log.queue("t", 0).offsetMax()).isEqualTo(50);
                assertThat(found.state).isEqualTo(7);
                found.send("t", 0, "id0", before.getFirst().body());
                found.settle();
                assertThat(found.acked).containsExactly(before.getFirst());
                send(found, 1000, 1010);
            }
        }
    }

    @Test
    void aCopyOfAnEmptyLogCanBeRestored() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
        }
        assertThat(restore()).isInstanceOf(CopyOutcome.Whole.class);
        try (LogDriver found = new LogDriver(CONFIG, data)) {
            send(found, 0, 3);
            assertThat(found.acked).hasSize(3);
        }
    }

    @Test
    void nothingThatIsStillCopiedIsDropped() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 300);
            driver.pass(Duration.ofSeconds(6));
            long first = driver.log.offsetMin();
            CopyWorld world = new CopyWorld(driver.log.copies(), "test");
            List<Long> mins = new ArrayList<>();
            world.beforePart = () -> {
                driver.ticker.advance(Duration.ofSeconds(50));
                send(driver, 1000 + mins.size() * 10, 1010 + mins.size() * 10);
                mins.add(driver.log.offsetMin());
            };
            // All of it is too old from here on.
            driver.ticker.advance(Duration.ofDays(4));
            assertThat(new LogFetch(folder, world, world).run()).isInstanceOf(CopyOutcome.Whole.class);
            assertThat(mins.getFirst()).isEqualTo(first);
            assertThat(mins.getLast()).as("what was copied may go").isGreaterThan(first);
            driver.pass(Duration.ofSeconds(6));
            assertThat(driver.log.offsetMin()).isGreaterThan(mins.getLast());
        }
        assertThat(restore()).isInstanceOf(CopyOutcome.Whole.class);
    }

    @Test
    void aCopyThatNobodyReadsIsGivenUp() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 300);
            driver.pass(Duration.ofSeconds(6));
            long first = driver.log.offsetMin();
            driver.ticker.advance(Duration.ofDays(4));
            LogCopies copies = driver.log.copies();
            CopyListing listing = (CopyListing) copies.begin("test");
            driver.pass(Duration.ofSeconds(50));
            assertThat(driver.log.offsetMin()).isEqualTo(first);
            driver.pass(Duration.ofSeconds(15));
            assertThat(driver.log.offsetMin()).isGreaterThan(first);
            assertThat(copies.part(listing.copy(), listing.files().getLast().name(), 0, 10, true))
                    .isInstanceOf(CopyEnded.class);
        }
    }

    @Test
    void onAFullDiskSendsGoBeforeCopies() {
        LogConfig config = Changed.copy(CONFIG, "diskReserve", new ByteSize(100 << 10));
        try (LogDriver driver = new LogDriver(Changed.copy(config, "keepAtMost", new ByteSize(1)), disk)) {
            disk.setUsableBytes(1 << 20);
            send(driver, 0, 20);
            driver.pass(Duration.ofSeconds(6));
            CopyListing listing = (CopyListing) driver.log.copies().begin("test");
            send(driver, 20, 300);
            driver.pass(Duration.ofSeconds(6));
            assertThat(driver.log.offsetMin()).isEqualTo(listing.from() + Segment.HEADER_BYTES);
            disk.setUsableBytes(50 << 10);
            driver.pass(Duration.ofSeconds(6));
            assertThat(driver.log.offsetMin()).isGreaterThan(listing.from() + Segment.HEADER_BYTES);
            CopyAnswer answer = driver.log
                    .copies()
                    .part(listing.copy(), listing.files().getLast().name(), 0, 10, true);
            assertThat(answer).isInstanceOf(CopyEnded.class);
        }
    }

    @Test
    void onlySoManyCopiesAreMadeAtOnce() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            LogCopies copies = driver.log.copies();
            List<CopyStart> begun = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                begun.add(copies.begin("test"));
            }
            assertThat(begun.subList(0, 4)).allMatch(CopyListing.class::isInstance);
            assertThat(begun.getLast()).isInstanceOf(CopyEnded.class);
            copies.end(((CopyListing) begun.getFirst()).copy());
            assertThat(copies.begin("test")).isInstanceOf(CopyListing.class);
        }
    }

    @Test
    void aPartThatIsNotInTheCopyIsRefused() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 3);
            LogCopies copies = driver.log.copies();
            CopyListing listing = (CopyListing) copies.begin("test");
            CopiedFile last = listing.files().getLast();
            assertThatThrownBy(() -> copies.part(listing.copy(), "lock", 0, 1, true))
                    .hasMessageContaining("no file 'lock'");
            assertThatThrownBy(() -> copies.part(listing.copy(), last.name(), 1, (int) last.size(), true))
                    .hasMessageContaining("bytes at 1");
            assertThatThrownBy(() -> copies.part(listing.copy(), last.name(), -1, 1, true))
                    .hasMessageContaining("bytes at -1");
            assertThatThrownBy(() -> copies.part(listing.copy(), last.name(), 0, (1 << 20) + 1, true))
                    .hasMessageContaining("at most");
        }
    }

    // ---- going on

    @Test
    void asSecondTryGoesOnWhereTheFirstOneStopped() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 300);
            driver.pass(Duration.ofSeconds(6));
            stopAfter(driver, 5);
            assertThat(folder.exists(CopyManifest.UNFINISHED)).isTrue();
            assertThat(restore())
                    .isInstanceOf(CopyOutcome.Refused.class)
                    .asString()
                    .contains("not finished");
            send(driver, 300, 400);
            List<LogDriver.Acked> before = List.copyOf(driver.acked);
            CopyWorld again = new CopyWorld(driver.log.copies(), "test");
            CopyOutcome.Whole whole = (CopyOutcome.Whole) new LogFetch(folder, again, again).run();
            assertThat(again.kept).isGreaterThan(8 << 10);
            assertThat(again.kept + again.took).isEqualTo(whole.bytes());
            assertThat(restore()).isEqualTo(whole);
            try (LogDriver found = new LogDriver(CONFIG, data)) {
                assertHolds(found, before);
            }
        }
    }

    private void stopAfter(LogDriver driver, int parts) {
        CopyWorld world = new CopyWorld(driver.log.copies(), "test");
        world.beforePart = () -> {
            if (world.asked.size() == parts) {
                throw new StorageFault("the client was killed", null);
            }
        };
        assertThatThrownBy(() -> new LogFetch(folder, world, world).run()).isInstanceOf(StorageFault.class);
    }

    @Test
    void whatWasDamagedInTheUnfinishedCopyIsCopiedAnew() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 300);
            driver.pass(Duration.ofSeconds(6));
            stopAfter(driver, 5);
            String segment = "log/" + folder.list("log").getFirst();
            folder.corrupt(segment, 4000, (byte) 1, (byte) 2, (byte) 3);
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
        }
        assertThat(restore()).isInstanceOf(CopyOutcome.Whole.class);
    }

    /** Leaves an unfinished copy of a log, beside which there is another one by now. */
    private void leaveUnfinished(LogDriver driver, LogDriver other) {
        send(driver, 0, 300);
        driver.pass(Duration.ofSeconds(6));
        stopAfter(driver, 5);
        other.ticker.advance(Duration.ofDays(1));
        send(other, 500, 900);
    }

    @Test
    void anUnfinishedCopyOfAnotherLogIsLeftAlone() {
        try (LogDriver driver = new LogDriver(CONFIG, disk);
                LogDriver other = new LogDriver(CONFIG, new LossyStorage())) {
            leaveUnfinished(driver, other);
            CopyWorld named = new CopyWorld(other.log.copies(), "other");
            assertThat(new LogFetch(folder, named, named).run())
                    .asString()
                    .contains("an unfinished copy of test, not of other");
            assertThat(CopyWorld.fetch(other, folder)).asString().contains("another log of the same name");
            assertThat(other.log.copies().count()).isZero();
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
        }
    }

    @Test
    void aCopyOfAReplicaIsMadeAnewWhereAnotherOneHasSomethingElse() {
        try (LogDriver driver = new LogDriver(CONFIG, disk);
                LogDriver other = new LogDriver(CONFIG, new LossyStorage())) {
            leaveUnfinished(driver, other);
            CopyWorld world = new CopyWorld(other.log.copies(), "test");
            world.whileNotYet = other::settle;
            assertThat(new LogFetch(folder, world, world, true).run()).isInstanceOf(CopyOutcome.Whole.class);
            assertThat(restore()).isInstanceOf(CopyOutcome.Whole.class);
            try (LogDriver found = new LogDriver(CONFIG, data)) {
                assertHolds(found, other.acked);
            }
        }
    }

    @Test
    void aFolderThatHoldsSomethingElseIsLeftAlone() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
            assertThat(CopyWorld.fetch(driver, folder)).asString().contains("a whole copy of test already");
            assertThat(CopyWorld.fetch(driver, disk)).asString().contains("not empty");
        }
    }

    @Test
    void aFullDiskOfTheClientIsToldAndCostsNothing() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 300);
            folder.setUsableBytes(10_000);
            assertThat(CopyWorld.fetch(driver, folder)).asString().contains("only 10000 are left");
            folder.setUsableBytes(1 << 20);
            folder.fail(Call.Kind.WRITE, 20, Fault.DISK_FULL);
            assertThatThrownBy(() -> CopyWorld.fetch(driver, folder))
                    .isInstanceOfSatisfying(
                            StorageFault.class,
                            fault -> assertThat(fault.isDiskFull()).isTrue());
            assertThat(driver.log.copies().count()).isZero();
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
        }
    }

    @Test
    void aCopySurvivesAPowerLossOfTheClientAtEveryCall() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 100);
            driver.pass(Duration.ofSeconds(6));
            send(driver, 100, 120);
            List<LossyStorage> lost = new ArrayList<>();
            folder.beforeEachCall(call -> {
                if (call.kind().isChange()) {
                    lost.add(folder.afterPowerLoss(Loss.everything()));
                    lost.add(folder.afterPowerLoss(Loss.seeded(call.number())));
                }
            });
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
            assertThat(lost).hasSizeGreaterThan(60);
            for (LossyStorage found : lost) {
                if (!found.exists(CopyManifest.WHOLE)) {
                    assertThat(CopyWorld.fetch(driver, found)).isInstanceOf(CopyOutcome.Whole.class);
                }
                LossyStorage fresh = new LossyStorage();
                assertThat(new LogRestore(found, fresh).run()).isInstanceOf(CopyOutcome.Whole.class);
                try (LogDriver restored = new LogDriver(CONFIG, fresh)) {
                    assertHolds(restored, driver.acked);
                }
            }
        }
    }

    // ---- restoring

    @Test
    void aRestoreIsWholeOrDoesNotOpenAfterAPowerLossAtEveryCall() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 100);
            driver.pass(Duration.ofSeconds(6));
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
            List<LossyStorage> lost = new ArrayList<>();
            data.beforeEachCall(call -> {
                if (call.kind().isChange()) {
                    lost.add(data.afterPowerLoss(Loss.everything()));
                    lost.add(data.afterPowerLoss(Loss.seeded(call.number())));
                }
            });
            assertThat(restore()).isInstanceOf(CopyOutcome.Whole.class);
            for (LossyStorage found : lost) {
                boolean isBegun = found.exists(CopyManifest.RESTORING);
                if (isBegun) {
                    assertThatThrownBy(() -> new LogDriver(CONFIG, found)).hasMessageContaining("not finished");
                    assertThat(new LogRestore(folder, found).run()).isInstanceOf(CopyOutcome.Whole.class);
                }
                if (isBegun || !found.list("log").isEmpty()) {
                    try (LogDriver restored = new LogDriver(CONFIG, found)) {
                        assertHolds(restored, driver.acked);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"log/", "metadata", "manifest"})
    void aDamagedCopyIsNotRestored(String damaged) {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 300);
            driver.pass(Duration.ofSeconds(6));
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
        }
        String name = folder.names().stream()
                .filter(one -> one.startsWith(damaged))
                .findFirst()
                .orElseThrow();
        folder.corrupt(name, folder.sizeOf(name) / 2, (byte) 255, (byte) 254, (byte) 253);
        assertThatThrownBy(this::restore).isInstanceOf(Corrupt.class).hasMessageContaining(name);
        if (!damaged.equals("manifest")) {
            assertThatThrownBy(() -> new LogDriver(CONFIG, data)).hasMessageContaining("not finished");
        }
    }

    @Test
    void aLogThatIsDamagedOnTheServerIsFoundWhenItIsCopied() {
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            send(driver, 0, 300);
            disk.corrupt("log/" + disk.list("log").getFirst(), 2000, (byte) 255, (byte) 254, (byte) 253);
            assertThatThrownBy(() -> CopyWorld.fetch(driver, folder))
                    .isInstanceOf(Corrupt.class)
                    .hasMessageContaining(disk.list("log").getFirst());
            assertThat(driver.log.copies().count()).isZero();
        }
    }

    @Test
    void nothingIsRestoredOverSomethingElse() {
        assertThat(restore()).asString().contains("no file manifest");
        try (LogDriver driver = new LogDriver(CONFIG, disk)) {
            assertThat(CopyWorld.fetch(driver, folder)).isInstanceOf(CopyOutcome.Whole.class);
        }
        assertThat(new LogRestore(folder, disk).run()).asString().contains("not empty");
        data.setUsableBytes(10);
        assertThat(restore()).asString().contains("only 10");
        data.setUsableBytes(1 << 20);
        data.open("lock").close();
        assertThat(restore()).isInstanceOf(CopyOutcome.Whole.class);
    }
}
