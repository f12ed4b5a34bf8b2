package io.carillon.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ReplicatedStateTest {
    private final ManualTicker ticker = new ManualTicker();

    @Provide
    Arbitrary<Command> commands() {
        return CommandsArbitrary.command();
    }

    @Property(tries = 500)
    void aSnapshotAnywherePlusAReplayMakesTheSameState(
            @ForAll @Size(max = 40) List<@From("commands") Command> commands, @ForAll @IntRange(max = 40) int at) {
        ReplicatedState whole = new ReplicatedState(ticker);
        ByteBuffer snapshot = whole.snapshot();
        for (int i = 0; i < commands.size(); i++) {
            apply(whole, i, commands.get(i));
            if (i == at) {
                snapshot = whole.snapshot();
            }
        }

        ReplicatedState restored = new ReplicatedState(ticker);
        restored.restore(snapshot);
        replay(restored, commands);
        assertThat(restored.snapshot()).isEqualTo(whole.snapshot());

        replay(restored, commands);
        assertThat(restored.snapshot()).as("replayed twice").isEqualTo(whole.snapshot());
        for (TopicState topic : whole.topics().all()) {
            TopicState found = restored.topics().find(topic.nameBytes(), topic.nameBytes().length);
            assertThat(found).isNotNull();
            assertThat(found.config()).isEqualTo(topic.config());
        }
        long light = whole.topics().all().stream()
                .filter(topic -> TopicName.isLight(topic.config().name()))
                .count();
        assertThat(whole.topics().lightCount()).isEqualTo((int) light);
        assertThat(restored.topics().lightCount()).isEqualTo((int) light);
    }

    @Property(tries = 500)
    void aCommandIsReadAsItWasWritten(@ForAll("commands") Command command) {
        ByteBuffer entry = ByteBuffer.wrap(CommandCodec.encode(command));

        assertThat(CommandCodec.decode(entry, 1)).isEqualTo(command);
    }

    @Property(tries = 200)
    void onlyADeletionNamesADeletedTopic(@ForAll("commands") Command command) {
        String named = new ReplicatedState(ticker).deletedTopic(ByteBuffer.wrap(CommandCodec.encode(command)));

        assertThat(named).isEqualTo(command instanceof Command.DeleteTopic deletion ? deletion.name() : null);
    }

    @Property(tries = 200)
    void aCommandThatIsCutIsRefused(@ForAll("commands") Command command) {
        byte[] entry = CommandCodec.encode(command);

        for (int length = 0; length < entry.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(entry, 0, length);
            assertThatThrownBy(() -> CommandCodec.decode(cut, 1)).isInstanceOf(CarillonException.Corrupt.class);
        }
    }

    @Property(tries = 2000)
    void bytesThatAreNoCommandAreRefusedAndNeverAnythingElse(@ForAll @Size(max = 60) byte[] noise) {
        noise = noise.clone();
        if (noise.length > 1) {
            noise[0] = CommandCodec.VERSION;
            noise[1] = (byte) (noise[1] & 15);
        }
        try {
            CommandCodec.decode(ByteBuffer.wrap(noise), 1);
        } catch (CarillonException.Corrupt e) {
            assertThat(e).hasMessageContaining("metadata entry 1");
        }
    }

    @Test
    void refusesEverySnapshotThatIsCut() {
        byte[] whole = someState().snapshot().array();

        for (int length = 0; length < whole.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
            assertThatThrownBy(() -> new ReplicatedState(ticker).restore(cut))
                    .as("cut at %d", length)
                    .isInstanceOf(CarillonException.Corrupt.class);
        }
    }

    @Test
    void survivesEveryChangedByteOfASnapshotOrRefusesItAsCorrupt() {
        byte[] whole = someState().snapshot().array();

        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) 0x81;
            try {
                new ReplicatedState(ticker).restore(ByteBuffer.wrap(changed));
                assertThat(at).as("the head is checked byte for byte").isGreaterThanOrEqualTo(6);
            } catch (CarillonException.Corrupt e) {
                assertThat(e).hasMessageContaining("metadata snapshot");
            }
        }
    }

    @Test
    void refusesASnapshotOfALaterVersion() {
        byte[] later = someState().snapshot().array();
        later[5] = 4;

        assertThatThrownBy(() -> new ReplicatedState(ticker).restore(ByteBuffer.wrap(later)))
                .isInstanceOf(CarillonException.Corrupt.class)
                .hasMessageContaining("version 4");
    }

    @Test
    void readsASnapshotOfTheVersionBeforePartsWithTags() {
        ReplicatedState before = new ReplicatedState(ticker);
        apply(before, 1, new Command.PutTopics(3, List.of(Topic.of("T", 4)), false));
        byte[] now = before.snapshot().array();
        byte[] older = Arrays.copyOf(now, endOfUntagged(now));
        older[5] = 2;

        ReplicatedState restored = new ReplicatedState(ticker);
        restored.restore(ByteBuffer.wrap(older));

        assertThat(restored.snapshot().array()).isEqualTo(now);
    }

    @Test
    void refusesANameInTheLogThatNoTopicMayBear() {
        byte[] entry = CommandCodec.encode(new Command.PutTopics(0, List.of(Topic.of("../x", 1)), false));

        assertThatThrownBy(() -> new ReplicatedState(ticker).onMetadata(1, ByteBuffer.wrap(entry)))
                .isInstanceOf(CarillonException.Corrupt.class)
                .hasMessageContaining("illegal characters");
    }

    @Test
    void refusesToAskForANameThatIsNotAllowed() {
        ReplicatedState state = someState();

        assertThatThrownBy(() -> state.topics().put(Topic.of("a b", 1), _ -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> state.topics().createIfAbsent(Topic.of("T9", 20_000), _ -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16384");
        assertThatThrownBy(() -> state.groups().createIfAbsent("x".repeat(121), _ -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sharesOneEntryAmongConcurrentCreations() {
        ReplicatedState state = new ReplicatedState(ticker);
        FakeLog log = new FakeLog(state);
        state.attach(log);
        Told told = new Told();

        state.topics().createIfAbsent(Topic.of("T", 4), told);
        state.topics().createIfAbsent(Topic.of("T", 8), told);
        state.groups().createIfAbsent("G", told);
        state.groups().createIfAbsent("G", told);
        assertThat(log.pendingCount()).isEqualTo(2);
        assertThat(told.all).isEmpty();
        assertThat(state.topics().find("T")).isNull();

        log.force();

        assertThat(told.all).hasSize(4).containsOnly(Told.YES);
        assertThat(state.topics().find("T").config().queues()).isEqualTo(4);
        state.topics().createIfAbsent(Topic.of("T", 8), told);
        assertThat(told.all).hasSize(5);
        assertThat(log.pendingCount()).isZero();
    }

    @Test
    void tellsListenersOfEachTopicThatChanged() {
        ReplicatedState state = new ReplicatedState(ticker);
        FakeLog log = new FakeLog(state);
        state.attach(log);
        Told told = new Told();
        state.topics().onChange(told.all::add);

        state.topics().put(List.of(Topic.of("T", 4), Topic.of("U", 4)), _ -> {});
        state.topics().createIfAbsent(Topic.of("T", 4), _ -> {});
        state.topics().delete("U", _ -> {});
        state.topics().delete("never-there", _ -> {});
        log.force();

        assertThat(told.all).containsExactly("T", "U", "U");
        assertThat(state.topics().version().counter()).isEqualTo(2);
        assertThat(state.topics().version().timestampMs()).isEqualTo(ticker.nowMs());
    }

    @Test
    void findsTheSameTopicsAsAMapWhateverCameAndWent() {
        TopicTable table = new TopicTable();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 3000; i++) {
                table.put(topic(i));
            }
            for (int i = 0; i < 3000; i += 2) {
                table.remove(topic(i));
            }
            for (int i = 0; i < 3000; i++) {
                byte[] name = topic(i).nameBytes();
                assertThat(table.find(name, name.length) != null)
                        .as("topic %d", i)
                        .isEqualTo(i % 2 == 1);
            }
        }
    }

    private static TopicState topic(int i) {
        return new TopicState(Topic.of("topic-" + i, 1), () -> {
            throw new IllegalStateException();
        });
    }

    private ReplicatedState someState() {
        ReplicatedState state = new ReplicatedState(ticker);
        state.attach(new FakeLog(state));
        apply(state, 1, new Command.PutTopics(3, List.of(Topic.of("T", 4), Topic.of("U", 300)), false));
        apply(state, 2, new Command.PutGroups(4, List.of(ConsumerGroup.of("G")), false));
        apply(state, 3, new Command.PutOffsets(5, List.of(new Command.Commit("G", "T", 3, 77))));
        apply(state, 4, new Command.ResetOffsets(6, List.of(new Command.Commit("G", "T", 3, 7))));
        apply(state, 5, new Command.ForbidTopic(7, "G", "U", true));
        apply(state, 6, new Command.DecideHalves(8, List.of(0L, 1L, 5L)));
        return state;
    }

    private static void replay(ReplicatedState state, List<Command> commands) {
        for (int i = 0; i < commands.size(); i++) {
            apply(state, i, commands.get(i));
        }
    }

    private static void apply(ReplicatedState state, long index, Command command) {
        state.onMetadata(index, ByteBuffer.wrap(CommandCodec.encode(command)));
    }

    /** Where the four parts without a tag end. */
    private static int endOfUntagged(byte[] snapshot) {
        ByteBuffer bytes = ByteBuffer.wrap(snapshot).position(4 + 2 + 8);
        for (int part = 0; part < 4; part++) {
            int length = bytes.getInt();
            bytes.position(bytes.position() + length);
        }
        return bytes.position();
    }
}
