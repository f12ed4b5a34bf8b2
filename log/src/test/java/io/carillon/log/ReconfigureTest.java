package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.testkit.Call;
import io.carillon.testkit.Changed;
import io.carillon.testkit.LossyStorage;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may change while a log is open takes effect without another opening. */
class ReconfigureTest {
    private static final String BODY = "x".repeat(1000);

    private final LossyStorage disk = new LossyStorage();
    private LogConfig config = LogDriver.SMALL;
    private LogDriver driver = new LogDriver(config, disk);
    private int sent;

    @AfterEach
    void close() {
        driver.close();
    }

    private void change(Object... namesAndValues) {
        config = Changed.copy(config, namesAndValues);
        driver.log.reconfigure(config);
    }

    private void send(int count) {
        for (int i = 0; i < count; i++) {
            driver.send("T", 0, "id" + sent++, BODY);
            driver.settle();
        }
    }

    private void openAsync() {
        driver.close();
        config = LogDriver.config(LogConfig.Flush.ASYNC, 1 << 20);
        driver = new LogDriver(config, disk);
        driver.pass(Duration.ofMinutes(1));
    }

    @Test
    void keepsMessagesForAsLongAsItIsToldMeanwhile() {
        send(30);
        driver.pass(Duration.ofHours(2));
        assertThat(driver.log.offsetMin()).isEqualTo(Segment.HEADER_BYTES);

        change("keepFor", Duration.ofHours(1));
        driver.pass(Duration.ofSeconds(10));

        assertThat(driver.log.offsetMin()).isGreaterThan(2 * 8192);
    }

    @Test
    void keepsAsManyBytesAsItIsToldMeanwhile() {
        send(30);
        driver.pass(Duration.ofSeconds(10));
        assertThat(driver.log.offsetMin()).isEqualTo(Segment.HEADER_BYTES);

        change("keepAtMost", ByteSize.kib(16));
        driver.pass(Duration.ofSeconds(10));

        assertThat(driver.log.offsetMax() - driver.log.offsetMin()).isLessThanOrEqualTo(16 << 10);
    }

    @Test
    void usesAsMuchOfTheDiskAsItIsToldMeanwhile() {
        send(30);
        disk.setUsableBytes(disk.totalBytes() - disk.usableBytes()); // half of it is used now
        driver.pass(Duration.ofSeconds(10));
        assertThat(driver.log.offsetMin()).isEqualTo(Segment.HEADER_BYTES);

        change("diskUseMax", 40);
        driver.pass(Duration.ofSeconds(10));

        assertThat(driver.log.offsetMin()).isGreaterThan(8192);
    }

    @Test
    void leavesAsMuchOfTheDiskFreeAsItIsToldMeanwhile() {
        change("diskReserve", new ByteSize(disk.usableBytes()));
        disk.setUsableBytes(disk.usableBytes() - (64 << 10));

        send(30);
        assertThat(driver.refused).contains(Refusal.DISK_FULL);

        change("diskReserve", new ByteSize(0));
        driver.pass(Duration.ofSeconds(10));
        driver.refused.clear();
        send(5);
        assertThat(driver.refused).isEmpty();
    }

    @Test
    void forcesAsOftenAsItIsToldMeanwhile() {
        openAsync();
        send(1);
        driver.pass(Duration.ofMillis(100));
        assertThat(driver.log.forcedOffset()).isLessThan(driver.log.offsetMax());

        change("flushInterval", Duration.ofMillis(50));
        driver.pass(Duration.ofMillis(1));

        assertThat(driver.log.forcedOffset()).isEqualTo(driver.log.offsetMax());
    }

    @Test
    void checkpointsAsOftenAsItIsToldMeanwhile() {
        openAsync();
        send(1);
        driver.pass(Duration.ofSeconds(2));
        long before = disk.calls(Call.Kind.RENAME);

        driver.pass(Duration.ofSeconds(1));
        assertThat(disk.calls(Call.Kind.RENAME)).isEqualTo(before);
        change("checkpointInterval", Duration.ofSeconds(2));
        driver.pass(Duration.ofSeconds(1));
        assertThat(disk.calls(Call.Kind.RENAME)).isGreaterThan(before);
    }

    @Test
    void checkpointsAfterAsManyBytesAsItIsToldMeanwhile() {
        openAsync();
        send(10);
        long before = disk.calls(Call.Kind.RENAME);

        change("checkpointBytes", ByteSize.kib(4));
        driver.pass(Duration.ofMillis(600));

        assertThat(disk.calls(Call.Kind.RENAME)).isGreaterThan(before);
    }

    @Test
    void takesForColdWhatItIsToldMeanwhile() {
        send(20);
        assertThat(driver.log.isCold(Segment.HEADER_BYTES)).isFalse();

        change("hotBytes", ByteSize.kib(8));

        assertThat(driver.log.isCold(Segment.HEADER_BYTES)).isTrue();
        assertThat(driver.log.isCold(driver.log.offsetMax())).isFalse();
    }
}
