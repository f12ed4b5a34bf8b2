package io.carillon.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MembersTest {
    private static final byte[] KEY = {1, 2, 3};

    private final ReplicatedState state = new ReplicatedState(new ManualTicker());
    private final FakeLog log = new FakeLog(state);
    private final Members members = state.members();

    @BeforeEach
    void attach() {
        state.attach(log);
    }

    private Members restored() {
        ReplicatedState copy = new ReplicatedState(new ManualTicker());
        copy.restore(state.snapshot());
        return copy.members();
    }

    @Test
    void tellsWhereAMemberServesHttpAndThatAnotherDoesNot() {
        members.put(1, "a:1", "a:2", "a:3", _ -> {});
        members.put(2, "b:1", "b:2", "", _ -> {});
        log.force();

        for (Members told : new Members[] {members, restored()}) {
            assertThat(told.httpAddress(1)).isEqualTo("a:3");
            assertThat(told.httpAddress(2)).isNull();
            assertThat(told.httpAddress(3)).isNull();
            assertThat(told.address(2)).isEqualTo("b:1");
        }
    }

    @Test
    void keepsTheFirstKey() {
        assertThat(members.key()).isNull();
        members.putKey(KEY, _ -> {});
        members.putKey(new byte[] {4}, _ -> {});
        log.force();

        assertThat(members.key()).isEqualTo(KEY);
        assertThat(restored().key()).isEqualTo(KEY);
    }

    @Test
    void readsAndWritesWhatAMemberKnowsThatKnowsNothingOfHttp() {
        ByteWriter before = new ByteWriter(64);
        before.putByte(CommandCodec.VERSION);
        before.putByte(50);
        before.putLong(8);
        before.putVar(3);
        before.putText("a:1");
        before.putText("a:2");
        before.putLong(7);
        Command.PutMember command = new Command.PutMember(8, 3, "a:1", "a:2", "", 7);

        assertThat(CommandCodec.decode(ByteBuffer.wrap(before.copy()), 1)).isEqualTo(command);
        assertThat(CommandCodec.encode(command)).isEqualTo(before.copy());
    }

    @Test
    void aSnapshotIsAsBeforeWhereNobodyServesHttp() {
        members.putLeader(3, "a:1", "a:2", "", 7, _ -> {});
        log.force();
        ByteWriter before = new ByteWriter(64);
        before.putLong(7);
        before.putVar(3);
        before.putVar(1);
        before.putVar(3);
        before.putText("a:1");
        before.putText("a:2");

        ByteWriter now = new ByteWriter(64);
        members.snapshot(now);
        assertThat(now.copy()).isEqualTo(before.copy());
        assertThat(restored().address(3)).isEqualTo("a:1");
        assertThat(restored().key()).isNull();
    }
}
