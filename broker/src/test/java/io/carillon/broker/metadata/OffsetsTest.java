package io.carillon.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.log.Refusal;
import io.carillon.message.Topic;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OffsetsTest {
    private final ManualTicker ticker = new ManualTicker();
    private final ReplicatedState state = new ReplicatedState(ticker);
    private final FakeLog log = new FakeLog(state);
    private final Offsets offsets = state.offsets();
    private final AtomicInteger wakes = new AtomicInteger();
    private final List<Long> answers = new ArrayList<>();

    @BeforeEach
    void makeTopics() {
        state.attach(log);
        offsets.wakeBy(wakes::incrementAndGet);
        state.topics().put(List.of(Topic.of("T", 4), Topic.of("U", 4)), _ -> {});
        log.force();
        log.durable.clear();
    }

    @Test
    void countsACommitAtOnceAndWritesItOncePerInterval() {
        offsets.doWork();
        offsets.commit("G", "T", 0, 5);
        offsets.commit("G", "T", 1, 6);
        offsets.commit("G", "T", 0, 7);

        assertThat(offsets.current("G", "T", 0)).isEqualTo(7);
        assertThat(offsets.of("G")).isEmpty();

        assertThat(offsets.doWork()).isPositive();
        offsets.commit("H", "U", 3, 1);
        assertThat(offsets.doWork()).isZero();
        assertThat(offsets.restNs()).isEqualTo(100_000_000);
        log.force();
        assertThat(log.durable).hasSize(1);
        assertThat(offsets.of("G")).isEqualTo(Map.of("T", Map.of(0, 7L, 1, 6L)));

        ticker.advanceMs(100);
        assertThat(offsets.doWork()).isPositive();
        log.force();
        assertThat(log.durable).hasSize(2);
        assertThat(offsets.groupsOf("U")).containsExactly("H");
    }

    @Test
    void writesNothingWhenNothingWasCommitted() {
        ticker.advanceMs(1000);

        assertThat(offsets.doWork()).isZero();
        assertThat(log.pendingCount()).isZero();
        assertThat(offsets.restNs()).isGreaterThan(100_000_000);
    }

    @Test
    void wakesTheAgentOnceForManyCommits() {
        for (int i = 0; i < 1000; i++) {
            offsets.commit("G", "T", i % 4, i);
        }

        assertThat(wakes).hasValue(1);
    }

    @Test
    void answersAtOnceWhatIsDurable() {
        offsets.commit("G", "T", 0, 5);
        offsets.doWork();
        log.force();

        offsets.query("G", "T", 0, answers::add);
        offsets.query("G", "T", 1, answers::add);
        offsets.query("nobody", "T", 1, answers::add);

        assertThat(answers).containsExactly(5L, -1L, -1L);
        assertThat(log.pendingCount()).isZero();
    }

    @Test
    void tellsAnOffsetOnlyWhenItIsDurable() {
        offsets.doWork();
        offsets.commit("G", "T", 0, 5);
        offsets.doWork();
        offsets.commit("G", "T", 0, 6);
        offsets.query("G", "T", 0, answers::add);

        assertThat(offsets.restNs()).isZero();
        assertThat(offsets.doWork())
                .as("whoever waits does not wait for the interval")
                .isPositive();
        log.forceOne();
        assertThat(answers).isEmpty();
        assertThat(offsets.current("G", "T", 0)).isEqualTo(6);

        log.forceOne();
        assertThat(answers).containsExactly(6L);
    }

    @Test
    void waitsForAWriteThatIsOnItsWay() {
        offsets.commit("G", "T", 0, 5);
        offsets.doWork();

        offsets.query("G", "T", 0, answers::add);
        offsets.doWork();

        assertThat(answers).isEmpty();
        log.force();
        assertThat(answers).containsExactly(5L);
    }

    @Test
    void tellsAtOnceThatAGroupIsDurableOfWhichNothingIsOnItsWay() {
        Told told = new Told();
        offsets.commit("H", "T", 0, 5);

        offsets.whenDurable("G", told);

        assertThat(told.all).containsExactly(Told.YES);
        assertThat(log.pendingCount()).isZero();
    }

    @Test
    void tellsThatAGroupIsDurableWhenAllOfItsQueuesAre() {
        Told told = new Told();
        offsets.commit("G", "T", 0, 5);
        offsets.doWork();
        log.force();
        offsets.commit("G", "U", 3, 6);

        offsets.whenDurable("G", told);
        offsets.doWork();
        assertThat(told.all).isEmpty();

        log.force();
        assertThat(told.all).containsExactly(Told.YES);
        assertThat(offsets.of("G")).isEqualTo(Map.of("T", Map.of(0, 5L), "U", Map.of(3, 6L)));
    }

    @Test
    void keepsWhatIsHandedOutOutOfTheStateOfTheLog() {
        assertThat(offsets.handedOut("G", "T", 0)).isEqualTo(-1);

        offsets.handedOut("G", "T", 0, 9);
        offsets.write();

        assertThat(offsets.handedOut("G", "T", 0)).isEqualTo(9);
        assertThat(offsets.current("G", "T", 0)).isEqualTo(-1);
        assertThat(offsets.of("G")).isEmpty();
        assertThat(offsets.groupsOf("T")).isEmpty();
        assertThat(log.pendingCount()).isZero();
    }

    @Test
    void forgetsWhatWasHandedOutBeforeAReset() {
        offsets.handedOut("G", "T", 0, 9);

        offsets.reset("G", "T", Map.of(0, 2L), _ -> {});
        log.force();

        assertThat(offsets.handedOut("G", "T", 0)).isEqualTo(-1);
    }

    @Test
    void sharesOneEntryAmongAllWhoWait() {
        Told first = new Told();
        Told second = new Told();
        offsets.commit("G", "T", 0, 5, first);
        offsets.commit("H", "T", 0, 6, second);
        offsets.doWork();
        assertThat(first.all).isEmpty();

        log.force();

        assertThat(log.durable).hasSize(1);
        assertThat(first.all).containsExactly(Told.YES);
        assertThat(second.all).containsExactly(Told.YES);
    }

    @Test
    void keepsARefusedCommitAndWritesItAgain() {
        Told told = new Told();
        offsets.commit("G", "T", 0, 5, told);
        offsets.doWork();
        log.refuse(Refusal.DISK_FULL);
        assertThat(told.all).containsExactly("DISK_FULL");
        assertThat(offsets.current("G", "T", 0)).isEqualTo(5);

        ticker.advanceMs(100);
        offsets.doWork();
        log.force();

        assertThat(offsets.of("G")).isEqualTo(Map.of("T", Map.of(0, 5L)));
    }

    @Test
    void doesNotCallACommitDurableWhenTheEntryBeforeWasRefusedWithIt() {
        offsets.commit("G", "T", 0, 5);
        offsets.doWork();
        Told told = new Told();
        offsets.commit("H", "T", 0, 1, told);
        log.refuse(Refusal.DISK_FULL);
        offsets.doWork();
        log.force();

        assertThat(told.all).containsExactly("DISK_FULL");
    }

    @Test
    void neverTellsThatNothingIsCommittedWhenItCannotBeMadeDurable() {
        offsets.commit("G", "T", 0, 5);
        offsets.query("G", "T", 0, answers::add);
        offsets.doWork();
        log.refuse(Refusal.FAULT);

        assertThat(answers).containsExactly(Offsets.UNKNOWN);
    }

    @Test
    void tellsTheOlderDurableOffsetAfterARefusal() {
        offsets.commit("G", "T", 0, 5);
        offsets.doWork();
        log.force();
        offsets.commit("G", "T", 0, 6);
        offsets.query("G", "T", 0, answers::add);
        offsets.doWork();
        log.refuse(Refusal.FAULT);

        assertThat(answers).containsExactly(5L);
    }

    @Test
    void takesASmallerOffset() {
        offsets.commit("G", "T", 0, 5);
        offsets.doWork();
        log.force();
        offsets.commit("G", "T", 0, 2);
        offsets.write();
        log.force();

        offsets.query("G", "T", 0, answers::add);
        assertThat(answers).containsExactly(2L);
    }

    @Test
    void boundsTheSizeOfAnEntry() {
        String topic = "U".repeat(100);
        state.topics().put(Topic.of(topic, 4), _ -> {});
        log.force();
        log.durable.clear();
        for (int i = 0; i < 4000; i++) {
            offsets.commit("group-" + "x".repeat(100) + i, topic, i % 4, i);
        }

        offsets.doWork();
        log.force();

        assertThat(log.durable).hasSizeGreaterThan(10).allMatch(entry -> entry.length < 64 * 1024);
        assertThat(offsets.groupsOf(topic)).hasSize(4000);
    }

    @Test
    void forgetsOffsetsOfADeletedTopicAlsoThoseOnTheirWay() {
        offsets.commit("G", "T", 0, 5);
        offsets.commit("G", "U", 0, 5);
        offsets.doWork();
        log.force();
        offsets.commit("G", "T", 1, 6);
        state.topics().delete("T", _ -> {});
        offsets.write();
        log.force();
        offsets.write();
        log.force();

        assertThat(offsets.of("G")).isEqualTo(Map.of("U", Map.of(0, 5L)));
        assertThat(offsets.current("G", "T", 0)).isEqualTo(-1);
        assertThat(log.dropped).containsExactly("T");
    }

    @Test
    void keepsOffsetsOfADeletedGroupUnlessAskedNotTo() {
        state.groups().createIfAbsent("G", _ -> {});
        offsets.commit("G", "T", 0, 5);
        offsets.write();
        log.force();

        state.groups().delete("G", false, _ -> {});
        log.force();
        assertThat(offsets.of("G")).isNotEmpty();

        state.groups().delete("G", true, _ -> {});
        log.force();
        assertThat(offsets.of("G")).isEmpty();
    }

    @Test
    void continuesFromWhatTheLogHoldsAfterARestart() {
        offsets.commit("G", "T", 0, 5);
        offsets.write();
        log.force();
        offsets.commit("G", "T", 0, 6);

        ReplicatedState restarted = new ReplicatedState(ticker);
        restarted.restore(state.snapshot());
        restarted.attach(new FakeLog(restarted));
        restarted.offsets().query("G", "T", 0, answers::add);

        assertThat(answers).containsExactly(5L);
        assertThat(restarted.offsets().current("G", "T", 0)).isEqualTo(5);
    }

    @Test
    void replaysCommitsInTheirOrder() {
        offsets.commit("G", "T", 0, 9);
        offsets.write();
        offsets.commit("G", "T", 0, 3);
        offsets.write();
        log.force();

        ReplicatedState restarted = new ReplicatedState(ticker);
        restarted.topics().apply(new Command.PutTopics(0, List.of(Topic.of("T", 4)), false));
        long index = 10;
        for (byte[] entry : log.durable) {
            restarted.onMetadata(index++, ByteBuffer.wrap(entry));
        }

        assertThat(restarted.offsets().current("G", "T", 0)).isEqualTo(3);
    }

    @Test
    void refusesAQueueNumberThatNoQueueHas() {
        assertThatThrownBy(() -> offsets.commit("G", "T", -1, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> offsets.commit("G", "T", 1 << 20, 5)).isInstanceOf(IllegalArgumentException.class);
    }
}
