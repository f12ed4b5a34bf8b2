package io.carillon.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.Refusal;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OffsetResetTest {
    private static final long NONE = -1;

    private final ManualTicker ticker = new ManualTicker();
    private final ReplicatedState state = new ReplicatedState(ticker);
    private final FakeLog log = new FakeLog(state);
    private final Offsets offsets = state.offsets();
    private final Told told = new Told();
    private final Object one = new Object();
    private final Object other = new Object();

    @BeforeEach
    void makeTopics() {
        state.attach(log);
        state.topics().put(List.of(Topic.of("T", 4), Topic.of("U", 4)), _ -> {});
        state.groups().put(ConsumerGroup.of("G"), _ -> {});
        log.force();
        commit(50);
    }

    private void commit(long offset) {
        offsets.commit("G", "T", 0, offset);
        write();
    }

    private void write() {
        offsets.write();
        log.force();
    }

    private void reset(long offset) {
        ticker.advanceMs(1);
        offsets.reset("G", "T", Map.of(0, offset), told);
        log.force();
    }

    private long pullAt(long offset, Object asker) {
        return offsets.resetFor("G", "T", 0, offset, asker);
    }

    private long committed() {
        return offsets.of("G").get("T").get(0);
    }

    @Test
    void isTheCommittedOffsetAtOnceAndWhatConsumersCommitIsNothing() {
        reset(7);

        assertThat(told.all).containsExactly(Told.YES);
        assertThat(committed()).isEqualTo(7);
        assertThat(offsets.ignores("G", "T", 0, 51)).isTrue();
        assertThat(offsets.commit("G", "T", 0, 51)).isFalse();
        write();
        assertThat(committed()).isEqualTo(7);
        assertThat(offsets.current("G", "T", 0)).isEqualTo(7);
        assertThat(offsets.ignores("G", "T", 1, 51)).as("another queue").isFalse();
        assertThat(offsets.ignores("H", "T", 0, 51)).as("another group").isFalse();
    }

    @Test
    void tellsEachConsumerOnceUntilOneGoesOnFromThere() {
        reset(7);

        assertThat(pullAt(51, one)).isEqualTo(7);
        assertThat(pullAt(51, other)).isEqualTo(7);
        assertThat(pullAt(7, one)).isEqualTo(NONE);
        assertThat(pullAt(51, new Object())).as("it is taken").isEqualTo(NONE);
        assertThat(offsets.commit("G", "T", 0, 8)).isTrue();
        write();

        assertThat(committed()).isEqualTo(8);
        assertThat(offsets.resetCount()).isZero();
    }

    @Test
    void leavesAloneAConsumerThatKeepsItsProgressByItself() {
        reset(7);

        assertThat(pullAt(51, one)).isEqualTo(7);
        assertThat(pullAt(51, one)).as("it was told and goes on all the same").isEqualTo(NONE);
        assertThat(offsets.commit("G", "T", 0, 52)).isTrue();
        write();

        assertThat(committed()).isEqualTo(52);
    }

    @Test
    void winsOverACommitThatWasOnItsWayToTheLog() {
        offsets.commit("G", "T", 0, 51);
        offsets.write();
        offsets.reset("G", "T", Map.of(0, 7L), told);
        offsets.commit("G", "T", 0, 52);
        offsets.write();
        log.force();

        assertThat(committed()).isEqualTo(7);
        assertThat(offsets.current("G", "T", 0)).isEqualTo(7);
        write();
        assertThat(committed()).isEqualTo(7);
    }

    @Test
    void canBeReplacedByAnotherOne() {
        reset(7);
        assertThat(pullAt(51, one)).isEqualTo(7);
        reset(9);

        assertThat(pullAt(7, one)).isEqualTo(9);
        assertThat(pullAt(9, one)).isEqualTo(NONE);
        log.force();
        assertThat(offsets.resetCount()).isZero();
    }

    @Test
    void isNotEndedByTheEntryThatEndsAnEarlierOne() {
        reset(7);
        assertThat(pullAt(7, one)).isEqualTo(NONE);
        assertThat(log.pendingCount()).isEqualTo(1);
        ticker.advanceMs(1);
        offsets.reset("G", "T", Map.of(0, 7L), told);
        List<byte[]> inOtherOrder = new ArrayList<>();
        inOtherOrder.add(CommandCodec.encode(
                new Command.ResetOffsets(ticker.nowMs(), List.of(new Command.Commit("G", "T", 0, 7)))));
        state.onMetadata(100, ByteBuffer.wrap(inOtherOrder.getFirst()));

        log.force();

        assertThat(offsets.resetCount()).isEqualTo(1);
    }

    @Test
    void standsAgainWhenTheLogRefusesToEndIt() {
        reset(7);
        assertThat(pullAt(7, one)).isEqualTo(NONE);
        log.refuse(Refusal.DISK_FULL);

        assertThat(offsets.ignores("G", "T", 0, 51)).isTrue();
        assertThat(pullAt(7, one)).isEqualTo(NONE);
        log.force();
        assertThat(offsets.ignores("G", "T", 0, 51)).isFalse();
    }

    @Test
    void survivesARestartFromALogAndFromASnapshot() {
        reset(7);
        ReplicatedState replayed = new ReplicatedState(ticker);
        replayed.attach(new FakeLog(replayed));
        long index = 0;
        replayed.onMetadata(
                ++index,
                ByteBuffer.wrap(CommandCodec.encode(new Command.PutTopics(1, List.of(Topic.of("T", 4)), false))));
        for (byte[] entry : log.durable) {
            replayed.onMetadata(++index, ByteBuffer.wrap(entry));
        }
        ReplicatedState restored = new ReplicatedState(ticker);
        restored.attach(new FakeLog(restored));
        restored.restore(state.snapshot());

        assertThat(replayed.offsets().resetFor("G", "T", 0, 51, one)).isEqualTo(7);
        assertThat(restored.offsets().resetFor("G", "T", 0, 51, one)).isEqualTo(7);
        assertThat(restored.offsets().ignores("G", "T", 0, 51)).isTrue();
    }

    @Test
    void isTakenAtOnceForConsumersWhoseProgressTheBrokerKeeps() {
        reset(7);

        assertThat(offsets.takeReset("G", "T", 0)).isEqualTo(7);
        assertThat(offsets.takeReset("G", "T", 0)).isEqualTo(NONE);
        log.force();

        assertThat(offsets.resetCount()).isZero();
        assertThat(offsets.takeReset("G", "T", 1)).isEqualTo(NONE);
    }

    @Test
    void goesWithItsTopicAndWithItsGroup() {
        reset(7);
        state.topics().delete("T", _ -> {});
        log.force();
        assertThat(offsets.resetCount()).isZero();

        state.topics().put(List.of(Topic.of("T", 4)), _ -> {});
        log.force();
        reset(7);
        state.groups().delete("G", true, _ -> {});
        log.force();
        assertThat(offsets.resetCount()).isZero();
    }

    @Test
    void tellsWhoeverListensEachOfItsQueues() {
        List<String> heard = new ArrayList<>();
        state.onReset((group, topic, queue, offset) -> heard.add(group + " " + topic + " " + queue + " " + offset));

        offsets.reset("G", "T", Map.of(0, 3L, 2, 4L), told);
        assertThat(heard).as("not before it is in force").isEmpty();
        log.force();

        assertThat(heard).containsExactly("G T 0 3", "G T 2 4");
    }

    @Test
    void aBanHoldsUntilItIsLiftedOrItsGroupOrTopicIsGone() {
        ForbiddenTopics forbidden = state.forbidden();
        forbidden.set("G", "T", true, told);
        forbidden.set("nobody", "T", true, told);
        log.force();

        assertThat(forbidden.contains("G", "T")).isTrue();
        assertThat(forbidden.contains("G", "U")).isFalse();
        assertThat(forbidden.contains("nobody", "T")).isFalse();
        assertThat(forbidden.of("G")).containsExactly("T");

        forbidden.set("G", "T", false, told);
        forbidden.set("G", "U", true, told);
        log.force();
        assertThat(forbidden.of("G")).containsExactly("U");

        state.topics().delete("U", _ -> {});
        log.force();
        assertThat(forbidden.of("G")).isEmpty();
    }
}
