package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.LogConfig;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OverHoursTest {
    private static final long HOUR_MS = DueQueues.HOUR_MS;

    private final ManualTicker ticker = new ManualTicker();
    private LossyStorage storage = new LossyStorage();
    private final int hour = DueQueues.hourOf(ticker.nowMs());
    private LogConfig config = ScheduleDriver.config(LogConfig.Flush.SYNC, 1 << 20);
    private ScheduleDriver driver = open();

    private ScheduleDriver open() {
        return new ScheduleDriver(config, ScheduleConfig.DEFAULT, storage, ticker, Set.of("topic"));
    }

    private void reopen() {
        driver.close();
        driver = open();
        driver.settle();
    }

    private long send(String id, long dueMs) {
        return send(id, dueMs, Map.of());
    }

    private long send(String id, long dueMs, Map<String, String> more) {
        AppendBatch[] batch = new AppendBatch[1];
        Map<String, String> properties = new HashMap<>(more);
        properties.put(MessageProperties.UNIQ_KEY, id);
        driver.send("topic", 0, DueTime.of(dueMs, 0), properties, done -> batch[0] = done);
        driver.settle();
        return Ticket.of(DueQueues.hourOf(dueMs), Math.toIntExact(batch[0].queueOffset(0)));
    }

    private Outcome cancel(long ticket) {
        List<Outcome> told = new ArrayList<>();
        driver.scheduler.cancel(ticket, told::add);
        driver.settle();
        return told.getFirst();
    }

    private void passHours(int hours) {
        driver.pass(hours * HOUR_MS, 60_000);
    }

    private List<String> delivered() {
        ConsumeQueue queue = driver.log.queue("topic", 0);
        List<String> ids = new ArrayList<>();
        for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
            ids.add(ScheduleDriver.properties(driver.record(queue, offset)).get(MessageProperties.UNIQ_KEY));
        }
        return ids;
    }

    private boolean isForgotten() {
        return driver.log.dueQueues().existing(hour) == null && !driver.state.isKnown(hour);
    }

    @ParameterizedTest
    @EnumSource
    void givesUpAnHourThatIsOverAndStillTellsThatItsMessagesLeft(LogConfig.Flush flush) {
        driver.close();
        config = ScheduleDriver.config(flush, 1 << 20);
        driver = open();
        long ticket = send("id", ticker.nowMs() + 100);

        passHours(1);
        assertThat(isForgotten()).as("people may still look at it").isFalse();
        passHours(3);

        assertThat(isForgotten()).isTrue();
        for (int start = 0; start < 2; start++) {
            assertThat(delivered()).containsExactly("id");
            assertThat(driver.state.status(ticket)).isEqualTo(ScheduleState.Status.LEFT);
            Waiting found = Objects.requireNonNull(driver.scheduler.find("topic", "id"));
            assertThat(found.ticket()).isEqualTo(ticket);
            assertThat(cancel(ticket)).isEqualTo(Outcome.LEFT);
            assertThat(driver.scheduler.pendingCount()).isZero();
            reopen();
            assertThat(isForgotten()).isTrue();
        }
    }

    @Test
    void givesUpNoHourInWhichSomethingWaits() {
        send("id", ticker.nowMs() + 100);
        driver.send("other", 0, DueTime.of(ticker.nowMs() + 200, 0), Map.of(), _ -> {});

        passHours(5);

        assertThat(isForgotten()).isFalse();
        assertThat(driver.scheduler.pendingCount()).isEqualTo(1);
    }

    @Test
    void remembersWhatWasCancelledForAsLongAsTheLogHasIt() {
        long ticket = send("id", ticker.nowMs() + 100);
        cancel(ticket);

        passHours(5);

        assertThat(cancel(ticket)).isEqualTo(Outcome.CANCELLED);
        reopen();
        assertThat(cancel(ticket)).isEqualTo(Outcome.CANCELLED);
    }

    @Test
    void listsWhatExpiredForAsLongAsTheLogHasIt() {
        driver.scheduler.pause("topic", _ -> {});
        for (int i = 0; i < 3; i++) {
            send("late" + i, ticker.nowMs() + 100 + i, Map.of(Extras.TTL_MS, "50"));
        }
        send("other", ticker.nowMs() + 100);
        driver.pass(1_000, 100);
        driver.scheduler.resume("topic", _ -> {});

        passHours(5);

        for (int start = 0; start < 2; start++) {
            WaitingPage page = expired("topic", WaitingPlace.START, 2);
            assertThat(page.found()).extracting(Waiting::uniqueId).containsExactly("late0", "late1");
            page = expired("topic", Objects.requireNonNull(page.next()), 2);
            assertThat(page.found()).extracting(Waiting::uniqueId).containsExactly("late2");
            assertThat(expired("another", WaitingPlace.START, 2).found()).isEmpty();
            assertThat(delivered()).containsExactly("other");
            reopen();
        }
    }

    private WaitingPage expired(String topic, WaitingPlace after, int max) {
        return driver.scheduler.expired(topic, "", 0, Long.MAX_VALUE, after, max, 100);
    }

    @Test
    void givesUpAnHourWithSomethingCancelledWhenTheLogHasDroppedIt() {
        driver.close();
        storage = new LossyStorage();
        config = ScheduleDriver.config(LogConfig.Flush.SYNC, 16 << 10, Duration.ofHours(3));
        driver = open();
        cancel(send("id", ticker.nowMs() + 100));
        for (int i = 0; i < 300; i++) {
            send("filler" + i, ticker.nowMs() + 20 * HOUR_MS);
        }

        passHours(6);

        assertThat(isForgotten()).isTrue();
        assertThat(driver.scheduler.pendingCount()).isEqualTo(300);
    }

    @Test
    void givesNoPlaceOfAForgottenHourASecondTime() {
        long first = send("first", ticker.nowMs() + 100);
        passHours(4);
        assertThat(isForgotten()).isTrue();
        ticker.stepWallMs(-4 * HOUR_MS);

        long second = send("second", ticker.nowMs() + 500);

        assertThat(Ticket.hour(second)).isEqualTo(Ticket.hour(first));
        assertThat(Ticket.place(second)).isEqualTo(1);
        assertThat(driver.scheduler.pendingCount()).isEqualTo(1);
        reopen();
        assertThat(driver.scheduler.list("", "", 0, Long.MAX_VALUE, 10))
                .extracting(Waiting::uniqueId)
                .containsExactly("second");
        driver.pass(2000, 100);
        assertThat(delivered()).containsExactly("first", "second");
        assertThat(driver.scheduler.pendingCount()).isZero();
        passHours(4);
        assertThat(isForgotten()).isTrue();
        assertThat(driver.state.status(second)).isEqualTo(ScheduleState.Status.LEFT);
    }

    @Test
    void deliversWhatWasOnItsWayWhileItsHourWasForgotten() {
        send("first", ticker.nowMs() + 100);
        AppendBatch onItsWay = new AppendBatch(_ -> {});
        driver.add(
                onItsWay,
                "topic",
                0,
                DueTime.of(ticker.nowMs() + 200, 0),
                Map.of(MessageProperties.UNIQ_KEY, "second"));
        passHours(4);
        assertThat(isForgotten()).isTrue();

        driver.log.append(onItsWay);
        driver.pass(2000, 100);

        assertThat(onItsWay.queueOffset(0)).isEqualTo(1);
        assertThat(delivered()).containsExactly("first", "second");
        reopen();
        assertThat(delivered()).containsExactly("first", "second");
    }

    @Test
    void forgetsAgainWhatTheIndexBroughtBack() {
        send("id", ticker.nowMs() + 100);
        passHours(4);
        driver.close();
        storage.list("index").forEach(name -> storage.delete("index/" + name));

        driver = open();
        assertThat(driver.log.dueQueues().existing(hour)).isNotNull();
        driver.settle();

        assertThat(isForgotten()).isTrue();
        assertThat(delivered()).containsExactly("id");
    }
}
