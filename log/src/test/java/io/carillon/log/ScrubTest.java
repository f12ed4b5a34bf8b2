package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.Call;
import io.carillon.testkit.Changed;
import io.carillon.testkit.Fault;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScrubTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final LogConfig DAILY =
            Changed.copy(Changed.copy(LogDriver.SMALL, "scrubInterval", DAY), "keepFor", Duration.ofDays(10_000));
    private static final int MESSAGES = 60;

    private final LossyStorage disk = new LossyStorage();
    private final List<String> told = new ArrayList<>();

    private LogDriver filled(LogConfig config) {
        LogDriver driver = new LogDriver(config, disk);
        driver.log.onDamage(told::add);
        for (int i = 0; i < MESSAGES; i++) {
            driver.send("t", 0, "k" + i, "body ".repeat(100 + i));
            driver.settle();
        }
        driver.pass(Duration.ofMinutes(1)); // a checkpoint, before which nothing changes any more
        assertThat(disk.list(Segment.FOLDER).stream().filter(name -> name.matches("\\d{20}")))
                .as("segments")
                .hasSizeGreaterThan(4);
        return driver;
    }

    /** One whole pass: it is due within a day, and reads a chunk in each sixteenth of a second. */
    private static void scrub(LogDriver driver) {
        driver.pass(DAY);
        for (int i = 0; i < 100; i++) {
            driver.pass(Duration.ofMillis(100));
        }
    }

    @Test
    void findsNothingInALogThatIsWhole() {
        try (LogDriver driver = filled(DAILY)) {
            long reads = disk.calls(Call.Kind.READ);
            scrub(driver);
            assertThat(disk.calls(Call.Kind.READ) - reads).as("it was read").isGreaterThan(4);
            assertThat(told).isEmpty();
            scrub(driver);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void tellsWhereAnyOneByteOfAnOldEntryChanged() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (LogDriver driver = filled(DAILY)) {
            for (int i = 0; i < 30; i++) {
                LogDriver.Acked damaged = driver.acked.get(random.nextInt(MESSAGES));
                String file = fileOf(damaged.logOffset());
                long at = damaged.logOffset() - baseOf(file) + random.nextInt(400);
                byte was = Objects.requireNonNull(driver.log.record(damaged.logOffset()))
                        .get(ValueLayout.JAVA_BYTE, at - (damaged.logOffset() - baseOf(file)));
                disk.corrupt(file, at, (byte) (was ^ (1 << random.nextInt(8))));
                told.clear();
                scrub(driver);
                assertThat(told).as("seed %s, %s", seed, damaged).hasSize(1);
                assertThat(told.getFirst()).contains(file);
                disk.corrupt(file, at, was);
            }
            told.clear();
            scrub(driver);
            assertThat(told).as("all is as it was, seed %s", seed).isEmpty();
        }
    }

    private String fileOf(long logOffset) {
        return disk.list(Segment.FOLDER).stream()
                .filter(name -> name.matches("\\d{20}") && Long.parseLong(name) <= logOffset)
                .max(Comparator.naturalOrder())
                .map(name -> Segment.FOLDER + "/" + name)
                .orElseThrow();
    }

    private static long baseOf(String file) {
        return Long.parseLong(file.substring(file.indexOf('/') + 1));
    }

    @Test
    void takesWhatCannotBeReadForDamaged() {
        try (LogDriver driver = filled(DAILY)) {
            disk.failFrom(Call.Kind.READ, 1, Fault.IO_ERROR);
            scrub(driver);
            assertThat(told).as("one for each segment").hasSizeGreaterThan(4);
            told.clear();
            disk.heal();
            scrub(driver);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void readsNothingWhenItIsOff() {
        try (LogDriver driver = filled(Changed.copy(DAILY, "scrubInterval", Duration.ZERO))) {
            long reads = disk.calls(Call.Kind.READ);
            scrub(driver);
            assertThat(disk.calls(Call.Kind.READ)).isEqualTo(reads);
        }
    }
}
