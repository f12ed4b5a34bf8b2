package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.Call;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The power fails after every single storage call of a scripted workload, and the disk keeps all, nothing, or some of
 * what was not forced; some of the recovered logs go on and lose power again. In each state the promises P1 (durable),
 * P2 (order and place), P3 (once) and P5 (progress) must hold.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LogCrashTest {
    private static final int SEEDS_PER_CALL = 6;
    private int states;

    /** What was acknowledged when the storage was in one state. */
    private record Moment(LossyStorage disk, List<LogDriver.Acked> acked, long ackedState) {}

    @ParameterizedTest
    @EnumSource(LogConfig.Flush.class)
    void keepsItsPromisesAfterPowerLossAtEveryCall(LogConfig.Flush flush) {
        for (long seed = 1; seed <= 4; seed++) {
            explore(flush, seed);
        }
    }

    @Test
    void recoversFromAPowerLossDuringRecovery() {
        LossyStorage storage = new LossyStorage();
        LogConfig config = LogDriver.config(LogConfig.Flush.SYNC, 4 << 10);
        LogDriver driver = new LogDriver(config, storage);
        for (int i = 0; i < 40; i++) {
            driver.send("t", i % 3, "id" + i, "body " + i);
            driver.settle();
        }
        LossyStorage lost = storage.afterPowerLoss(Loss.seeded(5));
        List<LossyStorage> during = new ArrayList<>();
        lost.beforeEachCall(call -> {
            if (call.kind().isChange()) {
                during.add(lost.afterPowerLoss(Loss.seeded(call.number())));
            }
        });
        new LogDriver(config, lost).close();
        driver.close();

        assertThat(during).isNotEmpty();
        for (LossyStorage disk : during) {
            check(config, new Moment(disk, driver.acked, 0), true, "during recovery");
        }
    }

    private void explore(LogConfig.Flush flush, long seed) {
        LossyStorage storage = new LossyStorage();
        LogConfig config = LogDriver.config(flush, 4 << 10);
        LogDriver[] driver = new LogDriver[1];
        storage.beforeEachCall(call -> {
            if (call.kind().isChange()) {
                loseAt(call, storage, driver[0], config, seed);
            }
        });
        driver[0] = new LogDriver(config, storage);
        run(driver[0], RandomGeneratorFactory.of("L64X128MixRandom").create(seed));
        driver[0].close();
    }

    private static void run(LogDriver driver, RandomGenerator random) {
        int sent = 0;
        for (int step = 0; step < 120; step++) {
            int sends = 1 + random.nextInt(3);
            for (int i = 0; i < sends; i++, sent++) {
                driver.send("topic" + random.nextInt(2), random.nextInt(3), "id" + sent, "body " + sent);
            }
            if (random.nextInt(4) == 0) {
                driver.raiseState(step);
            }
            if (random.nextInt(3) > 0) {
                driver.settle();
            }
            if (random.nextInt(8) == 0) {
                driver.pass(Duration.ofSeconds(6));
            }
        }
        driver.settle();
    }

    private void loseAt(Call call, LossyStorage storage, @Nullable LogDriver driver, LogConfig config, long seed) {
        boolean isSync = config.flush() == LogConfig.Flush.SYNC;
        List<LogDriver.Acked> acked = driver == null ? List.of() : List.copyOf(driver.acked);
        long ackedState = driver == null ? 0 : driver.ackedState;
        String where = "seed " + seed + " " + config.flush() + " call " + call;
        check(config, new Moment(storage.afterPowerLoss(Loss.nothing()), acked, ackedState), true, where + " process");
        List<Loss> losses = new ArrayList<>(List.of(Loss.everything()));
        for (int i = 0; i < SEEDS_PER_CALL; i++) {
            losses.add(Loss.seeded(seed * 1_000_003 + call.number() * 31 + i));
        }
        for (Loss loss : losses) {
            LossyStorage disk = storage.afterPowerLoss(loss);
            check(config, new Moment(disk, isSync ? acked : List.of(), isSync ? ackedState : 0), isSync, where);
        }
    }

    private void check(LogConfig config, Moment moment, boolean mayGoOn, String where) {
        states++;
        try (LogDriver found = new LogDriver(config, moment.disk())) {
            checkAcked(found, moment, where);
            checkDense(found, where);
            assertThat(found.state).as(where).isGreaterThanOrEqualTo(moment.ackedState());
            if (mayGoOn && states % 5 == 0) {
                goOn(config, found, moment, where);
            }
        }
    }

    private static void checkAcked(LogDriver found, Moment moment, String where) {
        for (LogDriver.Acked acked : moment.acked()) {
            MemorySegment record = found.read(acked.topic(), acked.queue(), acked.queueOffset());
            assertThat(record).as("%s: %s is gone", where, acked).isNotNull();
            assertThat(LogDriver.bodyOf(record)).as(where).isEqualTo(acked.body());
        }
    }

    /** Every queue can be read from its minimum to its maximum, and nothing stands in it twice. */
    private static void checkDense(LogDriver found, String where) {
        Map<String, String> places = new HashMap<>();
        for (String topic : List.of("t", "topic0", "topic1")) {
            for (int queue = 0; queue < 3; queue++) {
                ConsumeQueue index = found.log.queue(topic, queue);
                for (long offset = index.offsetMin(); offset < index.offsetMax(); offset++) {
                    MemorySegment record = found.read(topic, queue, offset);
                    assertThat(record)
                            .as("%s: hole at %s-%s@%s", where, topic, queue, offset)
                            .isNotNull();
                    String place = topic + "-" + queue + "@" + offset;
                    String before = places.put(topic + LogDriver.bodyOf(record), place);
                    assertThat(before)
                            .as("%s: stored twice, also at %s", where, place)
                            .isNull();
                }
            }
        }
    }

    /** The recovered log takes more, answers retries with the first place, and survives another power loss. */
    private static void goOn(LogConfig config, LogDriver found, Moment moment, String where) {
        if (!moment.acked().isEmpty()) {
            LogDriver.Acked last = moment.acked().getLast();
            found.send(last.topic(), last.queue(), last.key(), last.body());
            found.settle();
            assertThat(found.acked).as(where).containsExactly(last);
        }
        for (int i = 0; i < 3; i++) {
            found.send("t", i, "more" + i, "more " + i);
        }
        found.settle();
    }

    @AfterAll
    void countsItsStates() {
        assertThat(states).as("states checked").isGreaterThan(20_000);
    }
}
