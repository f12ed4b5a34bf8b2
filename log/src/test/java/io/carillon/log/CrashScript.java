package io.carillon.log;

import io.carillon.message.DueTime;
import io.carillon.testkit.LossyStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/** A workload, and what it knows besides what was acknowledged. */
final class CrashScript {
    private static final int STEPS = 120;

    static final String DOOMED = "doomed";
    /** Where messages go that were due later. */
    static final String LATER = "later";
    /** What the ids of those begin with that are scheduled along with others. */
    static final String NEXT = "next";

    private final RandomGenerator random;
    private final List<String> gone = new ArrayList<>();
    private boolean isDeleting;
    private boolean isOld;
    private int sent;
    private @Nullable Runnable lastSchedule;

    CrashScript(long seed) {
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
    AckedMoment moment(LossyStorage disk, @Nullable LogDriver driver, boolean isKept) {
        if (driver == null || !isKept) {
            return new AckedMoment(disk, isOld);
        }
        List<LogDriver.Acked> kept = driver.acked.stream()
                .filter(acked -> !acked.topic().equals(DOOMED) || (!isDeleting && !gone.contains(acked.body())))
                .toList();
        return new AckedMoment(
                disk,
                kept,
                driver.ackedState,
                List.copyOf(driver.waiting),
                Set.copyOf(driver.notes.left.keySet()),
                List.copyOf(gone),
                isOld);
    }
}
