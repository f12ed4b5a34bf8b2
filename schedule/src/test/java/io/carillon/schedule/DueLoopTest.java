package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.LogConfig;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DueLoopTest {
    private final ManualTicker ticker = new ManualTicker();
    private final LossyStorage storage = new LossyStorage();
    private final Set<String> topics = new HashSet<>(Set.of("topic"));
    private ScheduleDriver driver = open(ScheduleConfig.DEFAULT);
    private int sent;

    private ScheduleDriver open(ScheduleConfig config) {
        return new ScheduleDriver(
                ScheduleDriver.config(LogConfig.Flush.SYNC, 1 << 20), config, storage, ticker, (log, record) -> {
                    String topic = MessageRecord.topic(record, 0);
                    if (topic.equals("broken")) {
                        throw new IllegalStateException("a fault of the topics");
                    }
                    return topics.contains(topic) ? log.queue(topic, 0) : null;
                });
    }

    private long send(String topic, long delayMs, String... namesAndValues) {
        Map<String, String> properties = new HashMap<>(Map.of(MessageProperties.UNIQ_KEY, "id" + sent++));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        long[] ticket = new long[1];
        long dueMs = ticker.nowMs() + delayMs;
        driver.send(
                topic,
                0,
                DueTime.of(dueMs, 0),
                properties,
                batch -> ticket[0] =
                        Ticket.of(Math.toIntExact(dueMs / 3_600_000), Math.toIntExact(batch.queueOffset(0))));
        driver.settle();
        return ticket[0];
    }

    private List<String> delivered() {
        ConsumeQueue queue = driver.log.queue("topic", 0);
        List<String> ids = new ArrayList<>();
        for (long offset = 0; offset < queue.offsetMax(); offset++) {
            ids.add(ScheduleDriver.properties(driver.record(queue, offset)).get(MessageProperties.UNIQ_KEY));
        }
        return ids;
    }

    @Test
    void goesOnWhenAMessageAsksForWhatIsNotUnderstood() {
        send("topic", 100, Extras.CRON, "every now and then");
        send("topic", 100, Extras.CRON, "* * * * *", Extras.MISFIRE, "perhaps");
        send("topic", 100, Extras.TTL_MS, "some");
        send("topic", 200);

        driver.pass(1000, 10);

        assertThat(delivered()).containsExactly("id0", "id1", "id2", "id3");
        assertThat(driver.scheduler.pendingCount()).isZero();
    }

    /** In Berlin there is no 02:30 on March 29, and there are two of them on October 25. */
    @Test
    void recursByTheClockOfAPlaceWhoseClocksAreChanged() {
        List<Instant> expected = new ArrayList<>();
        for (String start : List.of("2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z")) {
            ticker.stepWallMs(Instant.parse(start).toEpochMilli() - ticker.nowMs());
            Map<String, String> cron =
                    Map.of(Extras.CRON, "30 2 * * *", Extras.TIME_ZONE, "Europe/Berlin", Extras.KEY, start);
            long firstMs = Objects.requireNonNull(Recurrence.of(cron)).firstMs(ticker.nowMs());
            long ticket = send(
                    "topic",
                    firstMs - ticker.nowMs(),
                    Extras.CRON,
                    "30 2 * * *",
                    Extras.TIME_ZONE,
                    "Europe/Berlin",
                    Extras.KEY,
                    start);
            assertThat(ticket).isNotNegative();
            driver.pass(2 * 86_400_000L, 60_000);
            driver.scheduler
                    .list("", "", 0, Long.MAX_VALUE, 10)
                    .forEach(one -> driver.scheduler.cancel(one.ticket(), _ -> {}));
            driver.settle();
        }
        for (String at : List.of(
                "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")) {
            expected.add(Instant.parse(at));
        }

        ConsumeQueue queue = driver.log.queue("topic", 0);
        List<Instant> found = new ArrayList<>();
        for (long offset = 0; offset < queue.offsetMax(); offset++) {
            found.add(Instant.ofEpochMilli(MessageRecord.storeTimestamp(driver.record(queue, offset), 0))
                    .truncatedTo(ChronoUnit.MINUTES));
        }
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void goesOnWhenATopicFails() {
        send("broken", 100);
        send("topic", 100);

        driver.pass(1000, 10);

        assertThat(delivered()).containsExactly("id1");
        assertThat(driver.scheduler.pendingCount()).isEqualTo(1);
    }

    @Test
    void goesOnWhenWhoAskedFails() {
        long ticket = send("topic", 100);
        OrderDone failing = _ -> {
            throw new IllegalStateException("a fault of who asked");
        };
        driver.scheduler.cancel(Ticket.of(1, 1), failing);
        driver.scheduler.deliverNow(Ticket.of(1, 1), failing);
        driver.scheduler.reschedule(ticket, ticker.nowMs() + 200, failing);
        driver.settle();
        List<Outcome> outcomes = new ArrayList<>();
        driver.scheduler.cancel(ticket, outcomes::add);
        driver.settle();

        driver.pass(1000, 10);

        assertThat(outcomes).containsExactly(Outcome.NOT_FOUND);
        assertThat(delivered()).containsExactly("id0");
    }

    @Test
    void refusesToMoveAMessageWithoutRoomForItsNewTime() {
        String name = "p";
        String value = "v".repeat(32_767 - "UNIQ_KEY".length() - "id0".length() - name.length() - 4);
        long ticket = send("topic", 100, name, value);
        List<Outcome> outcomes = new ArrayList<>();

        driver.scheduler.reschedule(ticket, ticker.nowMs() + 500, outcomes::add);
        driver.pass(1000, 10);

        assertThat(outcomes).containsExactly(Outcome.REFUSED);
        assertThat(delivered()).containsExactly("id0");
    }

    @Test
    void makesNoQueuesForTicketsThatAreMadeUp() {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            driver.scheduler.cancel(Ticket.of(1000 + i, i), outcomes::add);
        }
        driver.settle();

        assertThat(outcomes).hasSize(10).containsOnly(Outcome.NOT_FOUND);
        assertThat(driver.log.dueQueues().all()).isEmpty();
    }

    @Test
    void deliversNothingThatIsTooLate() {
        send("topic", 100, Extras.TTL_MS, "50");
        send("topic", 100, Extras.TTL_MS, "5000");

        driver.pass(1000, 1000);

        assertThat(delivered()).containsExactly("id1");
        assertThat(driver.scheduler.pendingCount()).isZero();
    }

    @Test
    void letsABacklogGoAtABoundedRate() {
        topics.clear();
        for (int i = 0; i < 100; i++) {
            send("topic", 100);
        }
        driver = open(new ScheduleConfig(ScheduleConfig.DEFAULT.delayMax(), 1000, 1000, 1000));
        topics.add("topic");
        ticker.advanceMs(10_000);

        driver.settle();
        assertThat(delivered()).hasSizeBetween(1, 10);
        driver.pass(200, 1);
        assertThat(delivered())
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> "id" + i).toList());
    }

    @Test
    void letsABacklogGoAtTheRateThatItIsToldMeanwhile() {
        topics.clear();
        for (int i = 0; i < 100; i++) {
            send("topic", 100);
        }
        driver = open(new ScheduleConfig(ScheduleConfig.DEFAULT.delayMax(), 100, 1000, 1000));
        topics.add("topic");
        ticker.advanceMs(10_000);
        driver.settle();
        assertThat(delivered()).hasSize(1);

        driver.scheduler.reconfigure(new ScheduleConfig(ScheduleConfig.DEFAULT.delayMax(), 10_000, 1000, 1000));
        driver.pass(10, 10);

        assertThat(delivered()).hasSize(100);
    }

    @Test
    void takesAsManyKeysAndDelaysAsItIsToldMeanwhile() {
        driver = open(new ScheduleConfig(Duration.ofDays(1), 1000, 1, 1000));
        assertThat(driver.scheduler.delayMaxMs()).isEqualTo(86_400_000);
        assertThat(sendKeyed("a")).isEqualTo(Outcome.DONE);
        assertThat(sendKeyed("b")).isEqualTo(Outcome.TOO_MANY_KEYS);

        driver.scheduler.reconfigure(new ScheduleConfig(Duration.ofHours(1), 1000, 2, 1000));

        assertThat(sendKeyed("b")).isEqualTo(Outcome.DONE);
        assertThat(sendKeyed("c")).isEqualTo(Outcome.TOO_MANY_KEYS);
        assertThat(driver.scheduler.delayMaxMs()).isEqualTo(3_600_000);
    }

    private Outcome sendKeyed(String key) {
        List<Outcome> told = new ArrayList<>();
        KeyedSend send = new KeyedSend(told::add);
        Map<String, String> properties = Map.of(MessageProperties.UNIQ_KEY, "id" + sent++);
        driver.add(send.batch(), "topic", 0, DueTime.of(ticker.nowMs() + 60_000, 0), properties);
        driver.scheduler.send(send, "topic", key, false);
        driver.settle();
        return told.getFirst();
    }

    @Test
    void loadsAsManyMessagesOfAnHourAsItIsToldMeanwhile() {
        for (int i = 0; i < 50; i++) {
            send("topic", 1000L * i + 60_000);
        }
        driver = open(new ScheduleConfig(ScheduleConfig.DEFAULT.delayMax(), 1000, 1000, 1000));
        driver.scheduler.reconfigure(new ScheduleConfig(ScheduleConfig.DEFAULT.delayMax(), 1000, 1000, 8));
        driver.settle();

        assertThat(driver.count("schedule_loaded_messages")).isBetween(1L, 8L);
        driver.pass(120_000, 500);
        assertThat(delivered()).hasSize(50);
    }

    @Test
    void takesManyHoursThatAreOverOneAfterTheOther() {
        topics.clear();
        for (int hour = 0; hour < 30; hour++) {
            send("topic", 100 + hour * 3_600_000L);
        }
        driver = open(ScheduleConfig.DEFAULT);
        topics.add("topic");
        ticker.advanceMs(40L * 3_600_000);

        driver.settle();

        assertThat(delivered()).hasSize(30).startsWith("id0", "id1").endsWith("id29");
    }

    @Test
    void restsWhenAllThatIsDueIsHeld() {
        for (int i = 0; i < 20; i++) {
            send("other", 100);
        }
        driver.pass(5000, 50);

        assertThat(driver.scheduler.agent().doWork()).isZero();
        assertThat(driver.scheduler.agent().restNs()).isGreaterThanOrEqualTo(50_000_000);

        topics.add("other");
        driver.scheduler.onTopicChange();
        driver.settle();
        assertThat(driver.scheduler.pendingCount()).isZero();
    }

    @Test
    void goesOnWhenTheLogHasNoRoomForAMessageAndItsLeaving() {
        // The largest that can be stored: to leave, it would need a little more.
        LogConfig small = ScheduleDriver.config(LogConfig.Flush.SYNC, 4096);
        driver = new ScheduleDriver(small, ScheduleConfig.DEFAULT, new LossyStorage(), ticker, topics);
        boolean[] isStored = new boolean[1];
        for (int length = 4096; !isStored[0]; length--) {
            Map<String, String> properties = Map.of(MessageProperties.UNIQ_KEY, "large", "p", "v".repeat(length));
            driver.send(
                    "topic",
                    0,
                    DueTime.of(ticker.nowMs() + 100, 0),
                    properties,
                    batch -> isStored[0] = batch.refusal() == null);
            driver.settle();
        }
        send("topic", 200);

        driver.pass(2000, 50);

        assertThat(delivered()).containsExactly("id0");
        assertThat(driver.scheduler.pendingCount()).isEqualTo(1);
    }

    @Test
    void deliversWhatTheDiskRefusedWhenThereIsRoomAgain() {
        for (int i = 0; i < 20; i++) {
            send("topic", 100 + i);
        }
        storage.setUsableBytes(0);
        storage.failFrom(Call.Kind.WRITE, 1, Fault.DISK_FULL);
        driver.pass(3000, 100);
        assertThat(delivered()).isEmpty();

        storage.heal();
        storage.setUsableBytes(1L << 30);
        driver.pass(3000, 100);

        assertThat(delivered()).hasSize(20).doesNotHaveDuplicates();
        assertThat(driver.scheduler.pendingCount()).isZero();
    }
}
