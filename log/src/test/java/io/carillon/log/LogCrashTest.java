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

    private static final String DOOMED = "doomed";

    /**
     * What was acknowledged when the storage was in one state.
     *
     * @param gone bodies whose topic's deletion was acknowledged
     * @param isOld whether messages may have been dropped because of their age
     */
    private record Moment(
            LossyStorage disk, List<LogDriver.Acked> acked, long ackedState, List<String> gone, boolean isOld) {
        Moment(LossyStorage disk, List<LogDriver.Acked> acked, long ackedState) {
            this(disk, acked, ackedState, List.of(), false);
        }
    }

    /** A workload, and what it knows besides what was acknowledged. */
    private static final class Script {
        private final RandomGenerator random;
        private final List<String> gone = new ArrayList<>();
        private boolean isDeleting;
        private boolean isOld;
        private int sent;

        Script(long seed) {
            random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        }

        void run(LogDriver driver) {
            for (int step = 0; step < 120; step++) {
                send(driver);
                if (random.nextInt(4) == 0) {
                    driver.raiseState(step);
                }
                if (random.nextInt(3) > 0) {
                    driver.settle();
                }
                if (random.nextInt(8) == 0) {
                    driver.pass(Duration.ofSeconds(6));
                }
                if (random.nextInt(12) == 0) {
                    delete(driver);
                }
                if (random.nextInt(60) == 0) {
                    isOld = true;
                    driver.pass(Duration.ofDays(4));
                }
            }
            driver.settle();
        }

        /** One to three messages, one by one or as a batch with a retry in between. */
        private void send(LogDriver driver) {
            List<LogDriver.Sent> all = new ArrayList<>();
            int sends = 1 + random.nextInt(3);
            for (int i = 0; i < sends; i++, sent++) {
                String topic = random.nextInt(5) == 0 ? DOOMED : "topic" + random.nextInt(2);
                all.add(new LogDriver.Sent(topic, random.nextInt(3), "id" + sent, "body " + sent));
            }
            if (random.nextInt(3) == 0) {
                all.add(random.nextInt(all.size() + 1), all.getFirst());
                driver.sendAll(all);
            } else {
                all.forEach(one -> driver.send(one.topic(), one.queue(), one.key(), one.body()));
            }
        }

        private void delete(LogDriver driver) {
            driver.settle();
            isDeleting = true;
            driver.deleteTopic(DOOMED, () -> {
                isDeleting = false;
                gone.addAll(bodiesOf(driver));
            });
            if (random.nextBoolean()) {
                // A checkpoint that begins while the deletion is written and not yet durable.
                driver.ticker.advance(Duration.ofSeconds(6));
                driver.log.agents().get(1).doWork();
            }
            driver.settle();
        }

        private static List<String> bodiesOf(LogDriver driver) {
            return driver.acked.stream()
                    .filter(acked -> acked.topic().equals(DOOMED))
                    .map(LogDriver.Acked::body)
                    .toList();
        }

        /** What must be there: a deletion that was begun may have taken its topic's messages or not. */
        Moment moment(LossyStorage disk, @Nullable LogDriver driver, boolean isKept) {
            if (driver == null || !isKept) {
                return new Moment(disk, List.of(), 0, List.of(), isOld);
            }
            List<LogDriver.Acked> kept = driver.acked.stream()
                    .filter(acked -> !acked.topic().equals(DOOMED) || (!isDeleting && !gone.contains(acked.body())))
                    .toList();
            return new Moment(disk, kept, driver.ackedState, List.copyOf(gone), isOld);
        }
    }

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
        Script script = new Script(seed);
        storage.beforeEachCall(call -> {
            if (call.kind().isChange()) {
                String where = "seed " + seed + " " + flush + " call " + call;
                loseAt(call, storage, script, driver[0], config, where);
            }
        });
        driver[0] = new LogDriver(config, storage);
        script.run(driver[0]);
        driver[0].close();
    }

    private void loseAt(
            Call call,
            LossyStorage storage,
            Script script,
            @Nullable LogDriver driver,
            LogConfig config,
            String where) {
        boolean isSync = config.flush() == LogConfig.Flush.SYNC;
        check(config, script.moment(storage.afterPowerLoss(Loss.nothing()), driver, true), true, where + " process");
        List<Loss> losses = new ArrayList<>(List.of(Loss.everything()));
        for (int i = 0; i < SEEDS_PER_CALL; i++) {
            losses.add(Loss.seeded(where.hashCode() * 31L + i));
        }
        for (Loss loss : losses) {
            check(config, script.moment(storage.afterPowerLoss(loss), driver, isSync), isSync, where);
        }
    }

    private void check(LogConfig config, Moment moment, boolean mayGoOn, String where) {
        states++;
        try (LogDriver found = new LogDriver(config, moment.disk())) {
            checkAcked(found, moment, where);
            checkDense(found, where);
            assertThat(found.state).as(where).isGreaterThanOrEqualTo(moment.ackedState());
            checkGone(found, moment, where);
            if (mayGoOn && !moment.isOld() && states % 5 == 0) {
                goOn(config, found, moment, where);
            }
        }
    }

    private static void checkAcked(LogDriver found, Moment moment, String where) {
        for (LogDriver.Acked acked : moment.acked()) {
            MemorySegment record = found.read(acked.topic(), acked.queue(), acked.queueOffset());
            ConsumeQueue queue = found.log.queue(acked.topic(), acked.queue());
            assertThat(queue.offsetMax()).as("%s: %s", where, acked).isGreaterThan(acked.queueOffset());
            if (!moment.isOld() || acked.queueOffset() >= queue.offsetMin()) {
                assertThat(record).as("%s: %s is gone", where, acked).isNotNull();
                assertThat(LogDriver.bodyOf(record)).as(where).isEqualTo(acked.body());
            }
        }
    }

    /** What was deleted does not come back. */
    private static void checkGone(LogDriver found, Moment moment, String where) {
        for (int number = 0; number < 3; number++) {
            ConsumeQueue queue = found.log.queue(DOOMED, number);
            for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                MemorySegment record = found.read(DOOMED, number, offset);
                assertThat(record).as(where).isNotNull();
                assertThat(moment.gone()).as(where).doesNotContain(LogDriver.bodyOf(record));
            }
        }
    }

    /** Every queue can be read from its minimum to its maximum, and nothing stands in it twice. */
    private static void checkDense(LogDriver found, String where) {
        Map<String, String> places = new HashMap<>();
        for (String topic : List.of("t", "topic0", "topic1", DOOMED)) {
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
