package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.testkit.Call;
import io.carillon.testkit.Changed;
import io.carillon.testkit.Fault;
import io.carillon.testkit.LossyStorage;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Sending while no checkpoint keeps up with it. */
class HeldAppendsTest {
    private static final LogConfig CONFIG =
            Changed.copy(LogDriver.config(LogConfig.Flush.ASYNC, 64 << 10), "indexMemory", new ByteSize(800));
    private static final int SENT = 100;

    private final LossyStorage storage = new LossyStorage();

    private static void sendAll(LogDriver driver) {
        for (int i = 0; i < SENT; i++) {
            driver.send("orders", i % 3, "id" + i, "body " + i);
        }
    }

    @Test
    void holdsBackWhatComesUntilACheckpointIsStored() {
        try (LogDriver driver = new LogDriver(CONFIG, storage)) {
            sendAll(driver);
            assertThat(driver.acked).hasSizeBetween(10, SENT / 2);
            assertThat(driver.refused).isEmpty();

            driver.settle();

            assertThat(driver.acked)
                    .extracting(LogDriver.Acked::key)
                    .startsWith("id0", "id1")
                    .hasSize(SENT);
            assertThat(driver.acked)
                    .extracting(LogDriver.Acked::logOffset)
                    .as("in the order in which they came")
                    .isSorted();
        }
    }

    @Test
    void holdsBackMetadataBehindMessages() {
        try (LogDriver driver = new LogDriver(CONFIG, storage)) {
            sendAll(driver);
            driver.raiseState(7);
            assertThat(driver.ackedState).isZero();

            driver.settle();
            assertThat(driver.ackedState).isEqualTo(7);
        }
    }

    @Test
    void refusesWhatIsHeldBackWhenTheDiskHasNoRoomForACheckpoint() {
        try (LogDriver driver = new LogDriver(CONFIG, storage)) {
            driver.settle();
            sendAll(driver);
            driver.raiseState(7);
            int taken = driver.acked.size();
            storage.beforeEachCall(call -> {
                if (call.kind() == Call.Kind.WRITE && !call.name().startsWith(Segment.FOLDER)) {
                    storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
                }
            });
            driver.settle();

            assertThat(driver.refused).hasSize(SENT - taken).containsOnly(Refusal.DISK_FULL);
            assertThat(driver.ackedState).isEqualTo(7);
            storage.beforeEachCall(_ -> {});
            driver.pass(Duration.ofSeconds(10));
            driver.send("orders", 0, "later", "body");
            assertThat(driver.acked.getLast().key()).isEqualTo("later");
        }
    }

    @Test
    void refusesWhatIsHeldBackAfterAFailedForce() {
        try (LogDriver driver = new LogDriver(CONFIG, storage)) {
            driver.settle();
            sendAll(driver);
            int taken = driver.acked.size();
            storage.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
            driver.settle();

            assertThat(driver.refused).hasSize(SENT - taken).containsOnly(Refusal.FAULT);
            driver.send("orders", 0, "later", "body");
            assertThat(driver.refused).hasSize(SENT - taken + 1);
        }
    }

    @Test
    void refusesWhatIsHeldBackWhenTheLogIsClosed() {
        LogDriver driver = new LogDriver(CONFIG, storage);
        sendAll(driver);
        int taken = driver.acked.size();
        driver.close();

        assertThat(driver.refused).hasSize(SENT - taken).containsOnly(Refusal.CLOSED);
    }

    @Test
    void holdsNothingBackForMessagesThatCouldNotBeWritten() {
        try (LogDriver driver = new LogDriver(CONFIG, storage)) {
            driver.settle();
            driver.pass(Duration.ofSeconds(10));
            storage.failFrom(Call.Kind.WRITE, 1, Fault.DISK_FULL);
            sendAll(driver);
            assertThat(driver.refused).hasSize(SENT).containsOnly(Refusal.DISK_FULL);

            storage.heal();
            driver.send("orders", 0, "later", "body");

            assertThat(driver.acked).extracting(LogDriver.Acked::key).containsExactly("later");
        }
    }
}
