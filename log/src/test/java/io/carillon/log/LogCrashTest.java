package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.message.DueTime;
import io.carillon.message.LightDispatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.Call;
import io.carillon.testkit.Changed;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
    private static final int STEPS = 120;
    /** Of what is lost: another one in each build, so that builds together see more than one of them has time for. */
    private static final long SEED = Long.getLong("carillon.tests.seed", System.nanoTime());

    private final AtomicInteger states = new AtomicInteger();
    private final ExecutorService checkers =
            Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

    @BeforeAll
    static void showSeed() {
        System.out.println("log crash test: -Dcarillon.tests.seed=" + SEED);
    }

    private static final String DOOMED = "doomed";
    /** Where messages go that were due later. */
    private static final String LATER = "later";
    /** What the ids of those begin with that are scheduled along with others. */
    private static final String NEXT = "next";

    /**
     * What was acknowledged when the storage was in one state.
     *
     * @param waiting what was scheduled
     * @param left the ids of those that have left
     * @param gone bodies whose topic's deletion was acknowledged
     * @param isOld whether messages may have been dropped because of their age
     */
    private record Moment(
            LossyStorage disk,
            List<LogDriver.Acked> acked,
            long ackedState,
            List<LogDriver.Waiting> waiting,
            Set<String> left,
            List<String> gone,
            boolean isOld) {
        Moment(LossyStorage disk, List<LogDriver.Acked> acked, long ackedState) {
            this(disk, acked, ackedState, List.of(), Set.of(), List.of(), false);
        }

        /** Nothing was acknowledged. */
        Moment(LossyStorage disk, boolean isOld) {
            this(disk, List.of(), 0, List.of(), Set.of(), List.of(), isOld);
        }
    }

    /** A workload, and what it knows besides what was acknowledged. */
    private static final class Script {
        private final RandomGenerator random;
        private final List<String> gone = new ArrayList<>();
        private boolean isDeleting;
        private boolean isOld;
        private int sent;
        private @Nullable Runnable lastSchedule;

        Script(long seed) {
            random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        }

        void run(LogDriver driver) {
            driver.lightQueues.putAll(
                    Map.of("topic0", List.of("%LMQ%a"), LATER, List.of("%LMQ%b", "%LMQ%a"), DOOMED, List.of("%LMQ%b")));
            driver.keepFrom(() -> pending(driver).stream()
                    .mapToLong(LogDriver.Waiting::logOffset)
                    .min()
                    .orElse(Long.MAX_VALUE));
            for (int step = 0; step < STEPS; step++) {
                if (random.nextInt(3) == 0) {
                    schedule(driver);
                } else {
                    send(driver);
                }
                if (random.nextInt(5) == 0) {
                    fire(driver, 3);
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
                if (random.nextInt(12) == 0) {
                    delete(driver);
                }
                if (random.nextInt(60) == 0) {
                    isOld = true;
                    lastSchedule = null;
                    if (random.nextBoolean()) {
                        fire(driver, Integer.MAX_VALUE);
                    }
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

        /** One message that is due later; sometimes one that was sent before, and may have left meanwhile. */
        private void schedule(LogDriver driver) {
            if (lastSchedule == null || random.nextInt(4) > 0) {
                int id = sent++;
                long dueMs = driver.ticker.nowMs() + random.nextInt(3) * DueQueues.HOUR_MS;
                long due = DueTime.of(dueMs, random.nextInt(DueTime.RANK_MAX + 1));
                int queue = random.nextInt(3);
                lastSchedule = () -> driver.schedule(LATER, queue, "id" + id, "body " + id, due);
            }
            lastSchedule.run();
        }

        /** Lets some of those that wait go, as one batch, and sometimes schedules another one with them. */
        private void fire(LogDriver driver, int countMax) {
            driver.settle();
            List<LogDriver.Waiting> pending = pending(driver);
            while (!pending.isEmpty()) {
                List<LogDriver.Waiting> now = pending.subList(0, Math.min(pending.size(), 1 + random.nextInt(3)));
                Map<Integer, String> next = random.nextInt(3) == 0 ? Map.of(now.size(), NEXT + sent++) : Map.of();
                long due = DueTime.of(driver.ticker.nowMs() + DueQueues.HOUR_MS, 0);
                AppendBatch batch = new AppendBatch(done -> next.forEach((i, id) -> {
                    if (done.refusal() == null) {
                        driver.waiting.add(new LogDriver.Waiting(
                                LATER, 0, id, "body of " + id, due, done.logOffset(i), done.queueOffset(i)));
                    }
                }));
                now.forEach(one -> driver.addFired(batch, one));
                next.forEach((_, id) -> driver.addScheduled(batch, LATER, 0, id, "body of " + id, due));
                ScheduleNotes.command(
                        batch, now.stream().map(LogDriver.Waiting::key).toList(), next);
                driver.log.append(batch);
                if (countMax <= 3) {
                    return;
                }
                driver.settle();
                pending = pending(driver);
            }
        }

        private static List<LogDriver.Waiting> pending(LogDriver driver) {
            return driver.waiting.stream()
                    .filter(one -> !driver.notes.left.containsKey(one.key()))
                    .distinct()
                    .toList();
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
                return new Moment(disk, isOld);
            }
            List<LogDriver.Acked> kept = driver.acked.stream()
                    .filter(acked -> !acked.topic().equals(DOOMED) || (!isDeleting && !gone.contains(acked.body())))
                    .toList();
            return new Moment(
                    disk,
                    kept,
                    driver.ackedState,
                    List.copyOf(driver.waiting),
                    Set.copyOf(driver.notes.left.keySet()),
                    List.copyOf(gone),
                    isOld);
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
        private final Script script;
        private final RandomGenerator random;
        private @Nullable LogDriver driver;
        private @Nullable SteppedCopy copy;
        private Moment moment = new Moment(storage, false);
        private boolean isInside;
        private @Nullable Throwable failure;
        private int whole;
        private int wholeOfOld;

        CopiedRun(LogConfig.Flush flush, long seed) {
            name = "copies, seed " + seed + " " + flush;
            config = LogDriver.config(flush, 4 << 10);
            script = new Script(seed);
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
            Moment restored = new Moment(
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
        Moment ended = script.moment(storage.afterPowerLoss(Loss.nothing()), driver, true);
        List<Callable<Void>> checks = new ArrayList<>(List.of(checking(config, ended, true, where + " process")));
        List<Loss> losses = new ArrayList<>(List.of(Loss.everything()));
        for (int i = 0; i < LOSSES_PER_CALL; i++) {
            losses.add(Loss.seeded(SEED + where.hashCode() * 31L + i));
        }
        for (Loss loss : losses) {
            Moment lost = script.moment(storage.afterPowerLoss(loss), driver, isSync);
            checks.add(checking(config, lost, isSync, where));
        }
        checkSideBySide(checks, where);
    }

    private Callable<Void> checking(LogConfig config, Moment moment, boolean mayGoOn, String where) {
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

    private void check(LogConfig config, Moment moment, boolean mayGoOn, String where) {
        int state = states.incrementAndGet();
        try (LogDriver found = new LogDriver(config, moment.disk())) {
            checkAcked(found, moment, where);
            checkDense(found, where);
            checkLight(found, where);
            assertThat(found.state).as(where).isGreaterThanOrEqualTo(moment.ackedState());
            checkGone(found, moment, where);
            checkWaiting(found, moment, where);
            checkLeft(found, moment, where);
            checkNext(found, moment.isOld(), where);
            if (mayGoOn && !moment.isOld() && state % 5 == 0) {
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

    /**
     * What was scheduled is in its hour, at its place: for good, for as long as it has not left. A retry that came after
     * that may have been told of the delivery.
     */
    private static void checkWaiting(LogDriver found, Moment moment, String where) {
        for (LogDriver.Waiting told : moment.waiting()) {
            MemorySegment stored = found.log.record(told.logOffset());
            boolean wasDelivered = stored != null && MessageRecord.due(stored, 0) == 0;
            MemorySegment record = wasDelivered
                    ? found.read(told.topic(), told.queue(), told.queueOffset())
                    : found.readDue(told.due(), told.queueOffset());
            if (record != null) {
                assertThat(LogDriver.bodyOf(record)).as("%s: %s", where, told).isEqualTo(told.body());
            } else {
                assertThat(moment.isOld() && moment.left().contains(told.key()))
                        .as("%s: %s is gone", where, told)
                        .isTrue();
            }
        }
    }

    /** Messages are in their queues exactly if the state says that they have left; {@link #checkDense}: and once. */
    private static void checkLeft(LogDriver found, Moment moment, String where) {
        Set<String> delivered = new TreeSet<>();
        for (int number = 0; number < 3; number++) {
            ConsumeQueue queue = found.log.queue(LATER, number);
            for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                MemorySegment record = found.read(LATER, number, offset);
                assertThat(record).as(where).isNotNull();
                delivered.add(MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY));
            }
        }
        Set<String> left = found.notes.left.keySet();
        assertThat(left).as(where).containsAll(moment.left());
        if (moment.isOld()) {
            assertThat(left).as(where).containsAll(delivered);
        } else {
            assertThat(delivered).as(where).isEqualTo(left);
        }
    }

    /** What was scheduled along with others is in its hour exactly if the state knows its place. */
    private static void checkNext(LogDriver found, boolean isOld, String where) {
        Map<String, ScheduleNotes.Place> places = new TreeMap<>();
        for (ConsumeQueue hour : found.log.dueQueues().all()) {
            QueueEntry entry = new QueueEntry();
            for (long offset = hour.offsetMin(); offset < hour.offsetMax(); offset++) {
                assertThat(hour.read(offset, entry)).as(where).isTrue();
                MemorySegment record = found.log.record(entry.logOffset);
                assertThat(record)
                        .as("%s: hole at %s@%s", where, hour.topic(), offset)
                        .isNotNull();
                assertThat(MessageRecord.due(record, 0)).as(where).isEqualTo(entry.tagsCode);
                String id = MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY);
                ScheduleNotes.Place before = places.put(id, new ScheduleNotes.Place(entry.tagsCode, (int) offset));
                assertThat(before).as("%s: %s was scheduled twice", where, id).isNull();
            }
        }
        places.keySet().removeIf(id -> !id.startsWith(NEXT));
        Map<String, ScheduleNotes.Place> noted = new TreeMap<>(found.notes.waiting);
        noted.keySet().removeIf(id -> isOld && found.notes.left.containsKey(id) && !places.containsKey(id));
        assertThat(noted).as(where).isEqualTo(places);
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
        for (String topic : List.of("t", "topic0", "topic1", DOOMED, LATER)) {
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

    /** A record is in each light queue that it names, at the place that it says, and nothing else is in there. */
    private static void checkLight(LogDriver found, String where) {
        LightDispatch dispatch = new LightDispatch();
        QueueEntry entry = new QueueEntry();
        for (String topic : List.of("topic0", LATER, DOOMED, "topic1")) {
            for (int number = 0; number < 3; number++) {
                ConsumeQueue queue = found.log.queue(topic, number);
                for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                    MemorySegment record = found.read(topic, number, offset);
                    assertThat(record).as(where).isNotNull();
                    assertThat(dispatch.read(record, 0)).as(where).isEqualTo(!topic.equals("topic1"));
                    for (int i = 0; i < dispatch.count(); i++) {
                        assertThat(light(found, record, dispatch, i).read(dispatch.place(i), entry))
                                .as("%s: %s-%s@%s", where, topic, number, offset)
                                .isTrue();
                        assertThat(entry.logOffset).as(where).isEqualTo(MessageRecord.physicalOffset(record, 0));
                    }
                }
            }
        }
        for (String name : List.of("%LMQ%a", "%LMQ%b")) {
            ConsumeQueue queue = found.log.queue(name, 0);
            for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                MemorySegment record = found.read(name, 0, offset);
                assertThat(record).as("%s: hole at %s@%s", where, name, offset).isNotNull();
                assertThat(dispatch.read(record, 0)).as(where).isTrue();
                List<String> places = new ArrayList<>();
                for (int i = 0; i < dispatch.count(); i++) {
                    places.add(light(found, record, dispatch, i).topic() + "@" + dispatch.place(i));
                }
                assertThat(places).as(where).contains(name + "@" + offset);
            }
        }
    }

    private static ConsumeQueue light(LogDriver found, MemorySegment record, LightDispatch dispatch, int i) {
        return found.log.queue(MessageProperties.text(record, dispatch.nameAt(i), dispatch.nameLength(i)), 0);
    }

    /** The recovered log takes more, answers retries with the first place, and survives another power loss. */
    private static void goOn(LogConfig config, LogDriver found, Moment moment, String where) {
        if (!moment.acked().isEmpty()) {
            LogDriver.Acked last = moment.acked().getLast();
            found.send(last.topic(), last.queue(), last.key(), last.body());
            found.settle();
            assertThat(found.acked).as(where).containsExactly(last);
        }
        if (!moment.waiting().isEmpty()) {
            goOnScheduling(found, moment.waiting().getLast(), where);
        }
        for (int i = 0; i < 3; i++) {
            found.send("t", i, "more" + i, "more " + i);
        }
        found.settle();
    }

    /** A retry gets the place of the first, or that of the delivery; what waits yet can leave. */
    private static void goOnScheduling(LogDriver found, LogDriver.Waiting last, String where) {
        found.schedule(last.topic(), last.queue(), last.key(), last.body(), last.due());
        found.settle();
        assertThat(found.waiting).as(where).hasSize(1);
        boolean hasLeft = found.notes.left.containsKey(last.key());
        LogDriver.Waiting again = found.waiting.getFirst();
        if (hasLeft) {
            MemorySegment delivered = found.read(last.topic(), last.queue(), again.queueOffset());
            assertThat(delivered).as(where).isNotNull();
            assertThat(MessageRecord.physicalOffset(delivered, 0)).as(where).isEqualTo(again.logOffset());
        } else {
            assertThat(again).as(where).isEqualTo(last);
            found.fire(found.waiting);
            found.settle();
        }
        checkLeft(found, new Moment(new LossyStorage(), false), where);
    }

    @AfterAll
    void countsItsStates() {
        checkers.shutdown();
        assertThat(states.get()).as("states checked").isGreaterThan(20_000);
    }
}
