package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.testkit.Call;
import io.carillon.testkit.Changed;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The power fails after every single storage call of a scripted workload, and the disk keeps all, nothing, or some of
 * what was not forced; some of the recovered logs go on and lose power again. In each state the promises P1 (durable),
 * P2 (order and place), P3 (once) and P5 (progress) must hold, for messages that are due later, too; and a change of the
 * replicated state that goes with messages must be there exactly if they are.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LogCrashTest {
    private static final int LOSSES_PER_CALL = Integer.getInteger("carillon.tests.losses", 3);
    /** Of what is lost: another one in each build, so that builds together see more than one of them has time for. */
    private static final long SEED = Long.getLong("carillon.tests.seed", System.nanoTime());

    private final AtomicInteger states = new AtomicInteger();
    private final ExecutorService checkers =
            Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

    @BeforeAll
    static void showSeed() {
        System.out.println("log crash test: -Dcarillon.tests.seed=" + SEED);
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
            check(config, new AckedMoment(disk, driver.acked, 0), true, "during recovery");
        }
    }

    /** Begun at any call, and read bit by bit while the run goes on, it must be as after a power loss at its beginning. */
    @ParameterizedTest
    @EnumSource(LogConfig.Flush.class)
    void keepsItsPromisesInACopyThatIsMadeWhileItRuns(LogConfig.Flush flush) {
        int whole = 0;
        int dropped = 0;
        for (long seed = 21; seed <= 30; seed++) {
            CopiedRun run = new CopiedRun(flush, seed);
            run.run();
            whole += run.whole;
            dropped += run.wholeOfOld;
        }
        assertThat(whole).as("whole copies").isGreaterThan(200);
        assertThat(dropped).as("of a log whose beginning was gone").isGreaterThan(20);
    }

    /** A run during which copies are made, one after the other, at random calls of the storage. */
    private final class CopiedRun {
        private final String name;
        private final LossyStorage storage = new LossyStorage();
        private final LogConfig config;
        private final CrashScript script;
        private final RandomGenerator random;
        private @Nullable LogDriver driver;
        private @Nullable SteppedCopy copy;
        private AckedMoment moment = new AckedMoment(storage, false);
        private boolean isInside;
        private @Nullable Throwable failure;
        private int whole;
        private int wholeOfOld;

        CopiedRun(LogConfig.Flush flush, long seed) {
            name = "copies, seed " + seed + " " + flush;
            config = LogDriver.config(flush, 4 << 10);
            script = new CrashScript(seed);
            random = RandomGeneratorFactory.of("L64X128MixRandom").create(-seed);
        }

        void run() {
            storage.beforeEachCall(_ -> betweenCalls());
            try (LogDriver running = new LogDriver(config, storage)) {
                driver = running;
                script.run(running);
                driver = null;
            }
            assertThat(failure).as(name).isNull();
        }

        /** Whoever holds the copies' lock would keep another thread from beginning one. */
        private void betweenCalls() {
            LogDriver running = driver;
            if (running != null && !isInside && !Thread.holdsLock(running.log.copies())) {
                isInside = true;
                try {
                    go(running);
                    isInside = false;
                } catch (RuntimeException | AssertionError e) {
                    failure = e; // told at the end: within the storage's call it would be taken for a fault of the disk
                }
            }
        }

        private void go(LogDriver running) {
            SteppedCopy current = copy;
            if (current == null) {
                if (random.nextInt(5) == 0) {
                    copy = SteppedCopy.begin(running.log.copies());
                    moment = script.moment(storage, running, true);
                }
                return;
            }
            current.step(1 + random.nextInt(3000));
            if (current.isWhole()) {
                whole++;
                wholeOfOld += moment.isOld() ? 1 : 0;
                check(current);
            }
            copy = SteppedCopy.isOver(current) ? null : current;
        }

        private void check(SteppedCopy made) {
            LossyStorage data = made.restored();
            AckedMoment restored = new AckedMoment(
                    data,
                    moment.acked(),
                    moment.ackedState(),
                    moment.waiting(),
                    moment.left(),
                    moment.gone(),
                    moment.isOld());
            LogCrashTest.this.check(config, restored, true, name + " up to " + made.to());
        }
    }

    private void explore(LogConfig.Flush flush, long seed) {
        LossyStorage storage = new LossyStorage();
        // Every other time, more is sent at once than may wait for a checkpoint.
        ByteSize indexMemory = seed % 2 == 0 ? ByteSize.mib(1) : new ByteSize(300);
        LogConfig config = Changed.copy(LogDriver.config(flush, 4 << 10), "indexMemory", indexMemory);
        LogDriver[] driver = new LogDriver[1];
        CrashScript script = new CrashScript(seed);
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
            CrashScript script,
            @Nullable LogDriver driver,
            LogConfig config,
            String where) {
        boolean isSync = config.flush() == LogConfig.Flush.SYNC;
        AckedMoment ended = script.moment(storage.afterPowerLoss(Loss.nothing()), driver, true);
        List<Callable<Void>> checks = new ArrayList<>(List.of(checking(config, ended, true, where + " process")));
        List<Loss> losses = new ArrayList<>(List.of(Loss.everything()));
        for (int i = 0; i < LOSSES_PER_CALL; i++) {
            losses.add(Loss.seeded(SEED + where.hashCode() * 31L + i));
        }
        for (Loss loss : losses) {
            AckedMoment lost = script.moment(storage.afterPowerLoss(loss), driver, isSync);
            checks.add(checking(config, lost, isSync, where));
        }
        checkSideBySide(checks, where);
    }

    private Callable<Void> checking(LogConfig config, AckedMoment moment, boolean mayGoOn, String where) {
        return () -> {
            check(config, moment, mayGoOn, where);
            return null;
        };
    }

    /** Each has a disk of its own. The workload stands still meanwhile. */
    private void checkSideBySide(List<Callable<Void>> checks, String where) {
        try {
            for (Future<Void> checked : checkers.invokeAll(checks)) {
                checked.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(
                    "losses " + SEED + " " + where + ": " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private void check(LogConfig config, AckedMoment moment, boolean mayGoOn, String where) {
        int state = states.incrementAndGet();
        try (LogDriver found = new LogDriver(config, moment.disk())) {
            Promises promises = new Promises(found, moment, where);
            promises.check();
            if (mayGoOn && !moment.isOld() && state % 5 == 0) {
                promises.goOn();
            }
        }
    }

    @AfterAll
    void countsItsStates() {
        checkers.shutdown();
        assertThat(states.get()).as("states checked").isGreaterThan(20_000);
    }
}
