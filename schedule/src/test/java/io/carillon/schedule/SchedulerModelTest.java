package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Agent;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.LogConfig;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The scheduler over a real log against a list of messages, under random sends, orders, clocks, checkpoints and power
 * losses; every step comes from one seed. What is told holds from then on: a message that was acknowledged is delivered
 * once, unless it was cancelled or replaced, and never before its time.
 *
 * <p>Order is checked on the topic {@code calm}, which always takes messages: of two messages of a queue that both were
 * acknowledged before the clock had ever shown the earlier one's time, the one that is due first is delivered first,
 * whatever the clock and the power did later. Not in it: what was delivered by order, and what was refused.
 */
class SchedulerModelTest {
    private static final List<String> TOPICS = List.of("calm", "paused", "missing");
    private static final int QUEUES = 2;

    /** What the test knows of a message. */
    private static final class Message {
        final String id;
        final String topic;
        final int queue;
        final @Nullable String key;
        final boolean isRecurring;
        long due;
        long ticket;
        boolean isAcked;
        boolean isCancelled;
        boolean isReplaced;
        boolean isAskedNow;
        boolean wasMoved;
        boolean wasToldLeft;
        int delivered;
        /** The latest time that the clock had shown when it was acknowledged. */
        long clockWhenAcked;
        /** Orders that were not answered yet. */
        int orders;
        /** Times that it may have been moved to. */
        List<Long> movesMs = new ArrayList<>();

        Message(String id, String topic, int queue, @Nullable String key, boolean isRecurring, long due) {
            this.id = id;
            this.topic = topic;
            this.queue = queue;
            this.key = key;
            this.isRecurring = isRecurring;
            this.due = due;
        }

        Message copy() {
            Message copy = new Message(id, topic, queue, key, isRecurring, due);
            copy.ticket = ticket;
            copy.isAcked = isAcked;
            copy.isCancelled = isCancelled;
            copy.isReplaced = isReplaced;
            copy.isAskedNow = isAskedNow;
            copy.wasMoved = wasMoved;
            copy.wasToldLeft = wasToldLeft;
            copy.delivered = delivered;
            copy.clockWhenAcked = clockWhenAcked;
            copy.orders = orders;
            copy.movesMs = new ArrayList<>(movesMs);
            return copy;
        }

        boolean isWaiting() {
            return isAcked && !isCancelled && !isReplaced && delivered == 0;
        }

        long earliestMs() {
            long earliest = DueTime.ms(due);
            for (long ms : movesMs) {
                earliest = Math.min(earliest, ms);
            }
            return isAskedNow ? 0 : earliest;
        }
    }

    /** All that the test knows. */
    private static final class Knowledge {
        final Map<String, Message> messages = new LinkedHashMap<>();
        /** What was delivered, by queue, in order. */
        final Map<String, List<String>> delivered = new HashMap<>();

        final Set<String> keysUnderWay = new HashSet<>();
        /** The last occurrence that was delivered of what recurs. */
        final Map<String, Integer> occurrence = new HashMap<>();

        Knowledge copy() {
            Knowledge copy = new Knowledge();
            messages.forEach((id, message) -> copy.messages.put(id, message.copy()));
            delivered.forEach((queue, ids) -> copy.delivered.put(queue, new ArrayList<>(ids)));
            copy.keysUnderWay.addAll(keysUnderWay);
            copy.occurrence.putAll(occurrence);
            return copy;
        }
    }

    /** One run. */
    private static final class Run {
        private final String name;
        private final SplittableRandom random;
        private final LogConfig config;
        private final ScheduleConfig scheduleConfig;
        private final ManualTicker ticker = new ManualTicker();
        private final Set<String> topics = new HashSet<>(Set.of("calm", "paused"));
        private LossyStorage storage = new LossyStorage();
        private Knowledge known = new Knowledge();
        private ScheduleDriver driver;
        private long clockMax;
        private int sent;
        int hoursForgotten;
        /** How often an hour was seen to which something came after it was forgotten. */
        int hoursAgain;

        Run(long seed) {
            name = "seed " + seed;
            random = new SplittableRandom(seed);
            boolean isAsync = seed % 5 == 4;
            config = ScheduleDriver.config(isAsync ? LogConfig.Flush.ASYNC : LogConfig.Flush.SYNC, 256 << 10);
            int loadedMax = random.nextBoolean() ? 1 + random.nextInt(5) : 1000;
            scheduleConfig = new ScheduleConfig(Duration.ofDays(3653), 1_000_000, 1000, loadedMax);
            driver = open();
        }

        private ScheduleDriver open() {
            return new ScheduleDriver(config, scheduleConfig, storage, ticker, topics);
        }

        void run() {
            int crashes = 0;
            for (int step = 0; step < 80; step++) {
                clockMax();
                if (crashes < 4 && random.nextInt(25) == 0) {
                    crashes++;
                    crashDuring();
                } else {
                    act();
                }
            }
            finish();
        }

        private void act() {
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4 -> sendSome();
                case 5 -> sendKeyed();
                case 6 -> order(this::cancel);
                case 7 -> order(this::move);
                case 8 -> order(this::deliverNow);
                case 9 -> pauseOrResume();
                case 10 -> openOrCloseTopic();
                case 11 -> step(random.nextInt(-7_200_000, 7_200_000));
                case 12, 13 -> runSomething();
                case 14 -> passAndCheck(random.nextInt(50));
                case 15 -> passAndCheck(random.nextInt(5000));
                case 16 -> passAndCheck(random.nextInt(200_000));
                case 17 -> passAndCheck(random.nextInt(4 * 3_600_000));
                case 18 -> sendRecurring();
                default -> settleAndCheck();
            }
        }

        /** The latest time that the clock has shown. */
        private long clockMax() {
            clockMax = Math.max(clockMax, ticker.nowMs());
            return clockMax;
        }

        // ---- what is done

        private long dueMs() {
            long nowMs = ticker.nowMs();
            return switch (random.nextInt(8)) {
                case 0 -> nowMs - random.nextInt(1000);
                case 1, 2 -> nowMs + random.nextInt(100);
                case 3 -> (nowMs / 1000 + 2 + random.nextInt(3)) * 1000;
                case 4 -> nowMs + random.nextInt(60_000);
                case 5 -> nowMs + random.nextInt(3_600_000);
                case 6 -> (nowMs / 3_600_000 + 1) * 3_600_000 - 2 + random.nextInt(4);
                default -> nowMs + random.nextLong(40L * 86_400_000);
            };
        }

        private void sendSome() {
            long due = DueTime.of(dueMs(), random.nextInt(3));
            for (int i = random.nextInt(5); i >= 0; i--) {
                due = random.nextInt(3) == 0 ? DueTime.of(dueMs(), random.nextInt(3)) : due;
                Message message = message(due, null, false);
                Knowledge now = known;
                message.orders++;
                driver.send(message.topic, message.queue, due, properties(message), batch -> {
                    message.orders--;
                    if (batch.refusal() == null) {
                        acked(now, message, Math.toIntExact(batch.queueOffset(0)));
                    }
                });
            }
        }

        private Message message(long due, @Nullable String key, boolean isRecurring) {
            String topic = TOPICS.get(random.nextInt(TOPICS.size()));
            String id = (isRecurring ? "R" : "M") + sent++;
            Message message = new Message(id, topic, random.nextInt(QUEUES), isRecurring ? id : key, isRecurring, due);
            known.messages.put(id, message);
            return message;
        }

        private static Map<String, String> properties(Message message) {
            Map<String, String> properties = new LinkedHashMap<>();
            properties.put(MessageProperties.UNIQ_KEY, message.id);
            properties.put(MessageProperties.TIMER_OUT_MS, Long.toString(DueTime.ms(message.due)));
            if (message.key != null) {
                properties.put(Extras.KEY, message.key);
            }
            return properties;
        }

        private void acked(Knowledge now, Message message, int place) {
            message.isAcked = true;
            message.ticket = Ticket.of(DueQueues.hourOf(DueTime.ms(message.due)), place);
            message.clockWhenAcked = clockMax();
            if (message.key != null) {
                scan(now);
                for (Message other : now.messages.values()) {
                    if (other != message && hasSameKey(other, message)) {
                        other.isReplaced |= other.isWaiting();
                    }
                }
            }
        }

        private static boolean hasSameKey(Message one, Message other) {
            return one.key != null && one.key.equals(other.key) && one.topic.equals(other.topic);
        }

        private void sendKeyed() {
            for (int i = random.nextInt(3); i >= 0; i--) {
                Message message = message(DueTime.of(dueMs(), 1), "key" + random.nextInt(2), false);
                send(message, properties(message), random.nextInt(3) > 0);
            }
        }

        private void sendRecurring() {
            if (random.nextInt(3) > 0) {
                return;
            }
            Message message = message(DueTime.of(ticker.nowMs() + 1 + random.nextInt(100_000), 0), null, true);
            Map<String, String> properties = properties(message);
            properties.put(Extras.CRON, random.nextBoolean() ? "@every 7m" : "*/5 * * * *");
            properties.put(Extras.MISFIRE, random.nextBoolean() ? "once" : "skip");
            send(message, properties, true);
        }

        private void send(Message message, Map<String, String> properties, boolean mayReplace) {
            Knowledge now = known;
            String key = message.topic + message.key;
            message.orders++;
            now.keysUnderWay.add(key);
            KeyedSend[] send = new KeyedSend[1];
            send[0] = new KeyedSend(outcome -> {
                message.orders--;
                if (outcome == Outcome.DONE && send[0].batch().refusal() == null) {
                    acked(now, message, Math.toIntExact(send[0].batch().queueOffset(0)));
                } else {
                    assertThat(mayReplace).as(name).isFalse();
                    assertThat(outcome).as(name).isEqualTo(Outcome.KEY_TAKEN);
                }
            });
            driver.add(send[0].batch(), message.topic, message.queue, message.due, properties);
            driver.scheduler.send(send[0], message.topic, Objects.requireNonNull(message.key), mayReplace);
        }

        private interface Ordered {
            void order(Message message);
        }

        /** Something that is asked about any message, be it gone already. */
        private void order(Ordered ordered) {
            for (int i = random.nextInt(3); i >= 0; i--) {
                List<Message> all = known.messages.values().stream()
                        .filter(message -> message.isAcked && !message.isRecurring)
                        .toList();
                if (!all.isEmpty()) {
                    int back = random.nextInt(3) == 0 ? all.size() : Math.min(all.size(), 8);
                    ordered.order(all.get(all.size() - 1 - random.nextInt(back)));
                }
            }
            if (random.nextInt(10) == 0) {
                driver.scheduler.cancel(
                        random.nextLong(),
                        outcome -> assertThat(outcome).as(name).isEqualTo(Outcome.NOT_FOUND));
            }
        }

        private void cancel(Message message) {
            message.orders++;
            boolean[] isTold = new boolean[1];
            driver.scheduler.cancel(message.ticket, outcome -> {
                told(message, outcome, isTold);
                message.isCancelled |= outcome == Outcome.DONE;
            });
        }

        private void move(Message message) {
            long dueMs = Math.max(1, dueMs());
            long nowMs = ticker.nowMs();
            message.orders++;
            message.movesMs.add(Math.max(dueMs, nowMs));
            boolean[] isTold = new boolean[1];
            driver.scheduler.reschedule(message.ticket, dueMs, outcome -> {
                told(message, outcome, isTold);
                message.movesMs.remove(Long.valueOf(Math.max(dueMs, nowMs)));
                if (outcome == Outcome.DONE) {
                    message.due = DueTime.of(Math.max(dueMs, nowMs), DueTime.rank(message.due));
                    message.wasMoved = true;
                    message.clockWhenAcked = clockMax();
                }
            });
        }

        private void deliverNow(Message message) {
            message.orders++;
            message.isAskedNow = true;
            boolean[] isTold = new boolean[1];
            driver.scheduler.deliverNow(message.ticket, outcome -> {
                told(message, outcome, isTold);
                message.wasToldLeft |= outcome == Outcome.DONE;
            });
        }

        /** Each answer comes once, and is true. */
        private void told(Message message, Outcome outcome, boolean[] isTold) {
            assertThat(isTold[0]).as("%s: told twice of %s", name, message.id).isFalse();
            isTold[0] = true;
            message.orders--;
            switch (outcome) {
                case LEFT -> message.wasToldLeft = true;
                case CANCELLED ->
                    assertThat(message.isCancelled)
                            .as("%s %s", name, message.id)
                            .isTrue();
                case NOT_FOUND ->
                    assertThat(message.wasMoved || message.isReplaced)
                            .as("%s: %s was not found", name, message.id)
                            .isTrue();
                case HELD -> assertThat(message.topic).as(name).isNotEqualTo("calm");
                case DONE -> {}
                default -> throw new AssertionError(name + ": " + outcome);
            }
        }

        private void pauseOrResume() {
            if (random.nextBoolean()) {
                driver.scheduler.pause("paused", _ -> {});
            } else {
                driver.scheduler.resume("paused", _ -> {});
            }
        }

        private void openOrCloseTopic() {
            if (random.nextBoolean()) {
                topics.add("missing");
            } else {
                topics.remove("missing");
            }
            driver.scheduler.onTopicChange();
        }

        private void step(long ms) {
            ticker.stepWallMs(ms);
            clockMax();
        }

        private void runSomething() {
            for (int i = random.nextInt(6); i >= 0; i--) {
                List<Agent> agents = driver.log.agents();
                int which = random.nextInt(agents.size() + 2);
                if (which < agents.size()) {
                    agents.get(which).doWork();
                } else {
                    driver.runLoop();
                }
            }
        }

        private void passAndCheck(long ms) {
            driver.pass(ms, Math.max(1, ms / 5));
            clockMax();
            settleAndCheck();
        }

        // ---- what is found

        /** Reads what was delivered since the last time. */
        private void scan(Knowledge into) {
            for (String topic : TOPICS) {
                for (int number = 0; number < QUEUES; number++) {
                    ConsumeQueue queue = driver.log.queue(topic, number);
                    List<String> ids = into.delivered.computeIfAbsent(topic + number, _ -> new ArrayList<>());
                    while (ids.size() < queue.offsetMax()) {
                        ids.add(delivered(into, driver.record(queue, ids.size())));
                    }
                }
            }
        }

        private String delivered(Knowledge into, MemorySegment record) {
            Map<String, String> properties = ScheduleDriver.properties(record);
            String id = properties.get(MessageProperties.UNIQ_KEY);
            long storedMs = MessageRecord.storeTimestamp(record, 0);
            String base = id.replaceFirst("-.*", "");
            Message message = into.messages.get(base);
            assertThat(message).as("%s: nobody sent %s", name, id).isNotNull();
            assertThat(MessageRecord.due(record, 0)).as(name).isZero();
            if (message.isRecurring) {
                int number = Integer.parseInt(properties.getOrDefault(Extras.OCCURRENCE, "1"));
                Integer before = into.occurrence.put(base, number);
                assertThat(number).as("%s: order of %s", name, id).isGreaterThan(before == null ? 0 : before);
                assertThat(storedMs)
                        .as("%s: %s is early", name, id)
                        .isGreaterThanOrEqualTo(Long.parseLong(properties.get(MessageProperties.TIMER_OUT_MS)));
            } else {
                assertThat(storedMs).as("%s: %s is early", name, id).isGreaterThanOrEqualTo(message.earliestMs());
                message.delivered++;
                assertThat(message.delivered).as("%s: times of %s", name, id).isEqualTo(1);
            }
            return id;
        }

        private void settleAndCheck() {
            // The clock may have been stepped, which is only seen when the loop looks.
            ticker.advanceMs(1000);
            driver.settle();
            clockMax();
            scan(known);
            known.keysUnderWay.clear();
            Map<String, Waiting> waiting = new HashMap<>();
            Set<String> keys = new HashSet<>();
            List<Waiting> list = driver.scheduler.list("", "", 0, Long.MAX_VALUE, Integer.MAX_VALUE);
            long before = 0;
            for (Waiting one : list) {
                String base = one.uniqueId().replaceFirst("-.*", "");
                assertThat(waiting.put(base, one))
                        .as("%s: %s waits twice", name, base)
                        .isNull();
                assertThat(one.dueMs()).as("%s: order of the list", name).isGreaterThanOrEqualTo(before);
                before = one.dueMs();
                String key = one.properties().get(Extras.KEY);
                assertThat(key == null || keys.add(one.topic() + key))
                        .as("%s: key %s", name, key)
                        .isTrue();
                boolean isHeld =
                        !topics.contains(one.topic()) || driver.state.paused().contains(one.topic());
                assertThat(isHeld || one.dueMs() > ticker.nowMs())
                        .as("%s: %s of %s is due and did not leave", name, one.uniqueId(), one.topic())
                        .isTrue();
            }
            hoursForgotten = Math.max(hoursForgotten, driver.state.forgottenCount());
            for (ConsumeQueue hour : driver.log.dueQueues().all()) {
                hoursAgain += hour.offsetMin() > 0 ? 1 : 0;
            }
            assertThat(driver.scheduler.pendingCount()).as(name).isEqualTo(list.size());
            for (Message message : known.messages.values()) {
                check(message, waiting.get(message.id));
            }
        }

        private void check(Message message, @Nullable Waiting waiting) {
            String what = name + ": " + message.id;
            assertThat(message.orders).as("%s: answers that did not come", what).isZero();
            if (message.isRecurring) {
                assertThat(waiting != null).as(what).isEqualTo(message.isAcked && !message.isCancelled);
                return;
            }
            assertThat(waiting != null).as("%s waits", what).isEqualTo(message.isWaiting());
            assertThat(message.delivered > 0 && (message.isCancelled || message.isReplaced))
                    .as("%s was cancelled or replaced, and delivered", what)
                    .isFalse();
            assertThat(message.wasToldLeft && message.delivered == 0)
                    .as("%s should have been delivered", what)
                    .isFalse();
            if (waiting != null) {
                assertThat(waiting.dueMs()).as("%s is due", what).isEqualTo(DueTime.ms(message.due));
                message.ticket = waiting.ticket();
            }
        }

        // ---- the power

        /** Loses power at some call to the storage during what is done next. */
        private void crashDuring() {
            LossyStorage[] lost = new LossyStorage[1];
            Knowledge[] knownThen = new Knowledge[1];
            long atCall = storage.calls() + random.nextInt(30);
            Loss loss = config.flush() == LogConfig.Flush.ASYNC
                    ? Loss.nothing()
                    : switch (random.nextInt(3)) {
                        case 0 -> Loss.nothing();
                        case 1 -> Loss.everything();
                        default -> Loss.seeded(random.nextLong());
                    };
            storage.beforeEachCall(call -> {
                if (call.number() >= atCall && lost[0] == null) {
                    lost[0] = storage.afterPowerLoss(loss);
                    knownThen[0] = known.copy();
                }
            });
            for (int i = 0; i < 4; i++) {
                act();
            }
            storage.beforeEachCall(_ -> {});
            storage = lost[0] == null ? storage.afterPowerLoss(loss) : lost[0];
            known = knownThen[0] == null ? known.copy() : knownThen[0];
            driver = open();
            recover();
        }

        private record Found(long ticket, long due, ScheduleState.Status status) {}

        /** What was told must be so; what was not, may. */
        private void recover() {
            scan(known);
            Map<String, List<Found>> found = new HashMap<>();
            for (ConsumeQueue hour : driver.log.dueQueues().all()) {
                for (long place = hour.offsetMin(); place < hour.offsetMax(); place++) {
                    MemorySegment record = driver.record(hour, place);
                    String id = ScheduleDriver.properties(record).get(MessageProperties.UNIQ_KEY);
                    long ticket = Ticket.of(DueQueues.hourOf(hour), Math.toIntExact(place));
                    found.computeIfAbsent(id, _ -> new ArrayList<>())
                            .add(new Found(ticket, MessageRecord.due(record, 0), driver.state.status(ticket)));
                }
            }
            for (Message message : known.messages.values()) {
                recover(message, found.getOrDefault(message.id, List.of()));
            }
            known.keysUnderWay.clear();
        }

        private void recover(Message message, List<Found> found) {
            String what = name + ": after the power came back, " + message.id;
            if (found.isEmpty() && message.isAcked && isForgotten(message)) {
                assertThat(message.delivered).as(what).isEqualTo(message.isRecurring ? 0 : 1);
                message.orders = 0;
                message.wasToldLeft = false;
                message.movesMs.clear();
                return;
            }
            assertThat(found.isEmpty() && message.isAcked)
                    .as("%s is lost", what)
                    .isFalse();
            List<Found> pending = found.stream()
                    .filter(one -> one.status() == ScheduleState.Status.PENDING)
                    .toList();
            assertThat(pending).as(what).hasSizeLessThan(2);
            if (!message.isRecurring) {
                boolean isSure = message.isAcked
                        && message.orders == 0
                        && !known.keysUnderWay.contains(message.topic + message.key);
                if (isSure) {
                    assertThat(!pending.isEmpty()).as("%s waits", what).isEqualTo(message.isWaiting());
                    assertThat(pending.isEmpty() || pending.getFirst().due() == message.due)
                            .as("%s is due", what)
                            .isTrue();
                }
                assertThat(message.isCancelled && !pending.isEmpty()).as(what).isFalse();
            }
            message.isAcked = !found.isEmpty();
            message.orders = 0;
            message.wasToldLeft = false;
            message.movesMs.clear();
            boolean isAsKnown = !pending.isEmpty() && pending.getFirst().due() == message.due;
            if (message.clockWhenAcked == 0 || !isAsKnown) {
                message.clockWhenAcked = clockMax();
            }
            message.wasMoved |= found.size() > 1;
            if (message.isRecurring) {
                return;
            }
            if (!pending.isEmpty()) {
                message.due = pending.getFirst().due();
                message.ticket = pending.getFirst().ticket();
                message.isReplaced = false;
            } else if (message.isAcked && message.delivered == 0) {
                message.ticket = found.getLast().ticket();
                ScheduleState.Status last = driver.state.status(message.ticket);
                assertThat(last).as("%s was not delivered", what).isNotEqualTo(ScheduleState.Status.LEFT);
                message.isCancelled = last == ScheduleState.Status.CANCELLED;
                message.isReplaced = last == ScheduleState.Status.MOVED;
            }
        }

        private boolean isForgotten(Message message) {
            ConsumeQueue hour = driver.log.dueQueues().existing(Ticket.hour(message.ticket));
            return (hour == null || Ticket.place(message.ticket) < hour.offsetMin())
                    && driver.state.status(message.ticket) == ScheduleState.Status.LEFT;
        }

        // ---- the end

        private void finish() {
            topics.add("missing");
            driver.scheduler.onTopicChange();
            driver.scheduler.resume("paused", _ -> {});
            settleAndCheck();
            for (Message message : known.messages.values()) {
                if (message.isRecurring && message.isAcked) {
                    Waiting waiting = driver.scheduler.findByKey(message.topic, message.id);
                    assertThat(waiting).as("%s: %s", name, message.id).isNotNull();
                    driver.scheduler.cancel(waiting.ticket(), outcome -> message.isCancelled = outcome == Outcome.DONE);
                }
            }
            settleAndCheck();
            while (driver.scheduler.pendingCount() > 0) {
                passAndCheck(10 * 86_400_000L);
            }
            for (Message message : known.messages.values()) {
                boolean isWanted = message.isAcked && !message.isCancelled && !message.isReplaced;
                assertThat(message.delivered)
                        .as("%s: deliveries of %s", name, message.id)
                        .isEqualTo(isWanted && !message.isRecurring ? 1 : 0);
            }
            for (int number = 0; number < QUEUES; number++) {
                checkOrder(known.delivered.getOrDefault("calm" + number, List.of()));
            }
        }

        private void checkOrder(List<String> ids) {
            List<Message> ordered = ids.stream()
                    .map(known.messages::get)
                    .filter(message -> message != null
                            && !message.isRecurring
                            && !message.isAskedNow
                            && message.clockWhenAcked < DueTime.ms(message.due))
                    .toList();
            for (int later = 0; later < ordered.size(); later++) {
                for (int earlier = 0; earlier < later; earlier++) {
                    Message first = ordered.get(earlier);
                    Message second = ordered.get(later);
                    if (isBefore(second, first) && first.clockWhenAcked < DueTime.ms(second.due)) {
                        throw new AssertionError(name + ": " + first.id + " was delivered before " + second.id);
                    }
                }
            }
        }

        /** By time, then by rank, then by arrival. */
        private static boolean isBefore(Message one, Message other) {
            long ms = DueTime.ms(one.due) - DueTime.ms(other.due);
            int rank = DueTime.rank(one.due) - DueTime.rank(other.due);
            return ms != 0 ? ms < 0 : rank != 0 ? rank < 0 : one.ticket < other.ticket;
        }
    }

    @Test
    void agreesWithAListOfMessages() {
        int hoursForgotten = 0;
        int hoursAgain = 0;
        for (long seed = 0; seed < 150; seed++) {
            try {
                Run run = new Run(seed);
                run.run();
                hoursForgotten += run.hoursForgotten;
                hoursAgain += run.hoursAgain;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(hoursForgotten).as("hours that were forgotten").isGreaterThan(100);
        assertThat(hoursAgain).as("hours to which something came after that").isGreaterThan(10);
    }
}
