package io.carillon.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.log.Replica;
import io.carillon.log.ReplicaCopy;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Which log is set aside at a start, to be copied from others, and which one is left as it is. */
class BrokerStoreTest {
    private static final String STATE = "metadata";
    /** Where its version stands: behind the header of the file, the place in the log and the magic number. */
    private static final int VERSION_AT = 64;

    private final LossyStorage disk = new LossyStorage();
    private final ManualTicker ticker = new ManualTicker();

    private BrokerStore openReplica() {
        return BrokerStore.openReplica(SmallBroker.config(), disk, ticker, new Counters(), "run", this::isHeldByOthers);
    }

    /** Whoever has the bytes of a configuration tells of others; those here name the number of voters. */
    private boolean isHeldByOthers(Storage data) {
        return ReplicaCopy.isHeldByOthers(
                data, last -> last.bytes().get(last.bytes().position()) > 1);
    }

    private void logOfOneProcess() {
        BrokerStore.open(SmallBroker.config(), disk, ticker, new Counters()).close();
        assertThat(disk.exists(STATE)).isTrue();
    }

    private void logOfGroup(int... voters) {
        try (BrokerStore store = openReplica()) {
            Replica replica = store.log().replica();
            for (int count : voters) {
                long index = replica.indexMax() + 1;
                ByteBuffer members = ByteBuffer.wrap(new byte[] {(byte) count});
                replica.append(List.of(new Replica.Item(index, 1_000, Replica.Kind.CONFIGURATION, members)));
                replica.commit(index, 1_000, null);
            }
        }
        assertThat(disk.exists(STATE)).isTrue();
    }

    private ByteBuffer read(String name) {
        try (Storage.File file = disk.open(name)) {
            ByteBuffer all = ByteBuffer.allocate((int) file.size());
            file.read(0, all);
            return all.flip();
        }
    }

    /** As a newer version would have written it, with a checksum that is right. */
    private void makeStateNewer() {
        ByteBuffer state = read(STATE);
        state.putShort(VERSION_AT, (short) 99);
        CRC32C crc = new CRC32C();
        crc.update(state.duplicate().position(8).limit(16));
        crc.update(state.duplicate().position(20));
        disk.corrupt(
                STATE, 16, ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
        disk.corrupt(STATE, VERSION_AT, (byte) 0, (byte) 99);
    }

    private void damageState() {
        disk.corrupt(STATE, VERSION_AT, (byte) ~read(STATE).get(VERSION_AT));
    }

    private Map<String, ByteBuffer> files() {
        Map<String, ByteBuffer> files = new HashMap<>();
        disk.names().forEach(name -> files.put(name, read(name)));
        return files;
    }

    @Test
    void aStateOfANewerVersionIsRefusedAndNothingIsChanged() {
        logOfGroup(3);
        makeStateNewer();
        Map<String, ByteBuffer> before = files();

        assertThatThrownBy(this::openReplica)
                .isInstanceOf(NotUnderstood.class)
                .hasMessageContaining("metadata")
                .hasMessageContaining("99")
                .hasMessageContaining("newer version");
        assertThat(files()).isEqualTo(before);
    }

    /** A group grows out of it: nobody else has a copy yet. */
    @Test
    void aDamagedLogThatNoGroupHasWrittenToIsRefusedAndNothingIsChanged() {
        logOfOneProcess();
        damageState();
        Map<String, ByteBuffer> before = files();

        assertThatThrownBy(this::openReplica).isInstanceOf(Corrupt.class).hasMessageContaining("metadata");
        assertThat(files()).isEqualTo(before);
    }

    /** It is a replica's from its first opening on, and yet the only one until the others are there. */
    @Test
    void norIsOneThatWasOpenedAsAReplicaBeforeTheGroupBegan() {
        logOfOneProcess();
        openReplica().close();
        damageState();
        Map<String, ByteBuffer> before = files();

        assertThatThrownBy(this::openReplica).isInstanceOf(Corrupt.class);
        assertThat(files()).isEqualTo(before);
    }

    /** The group has begun with it, and nobody has copied it yet. */
    @Test
    void norIsOneOfAGroupInWhichNobodyElseHasIt() {
        logOfOneProcess();
        logOfGroup(1);
        damageState();
        Map<String, ByteBuffer> before = files();

        assertThatThrownBy(this::openReplica).isInstanceOf(Corrupt.class);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void norIsThatOfTheOneWhoIsLeftOfAGroup() {
        logOfGroup(3, 1);
        damageState();

        assertThatThrownBy(this::openReplica).isInstanceOf(Corrupt.class);
        assertThat(disk.exists("aside/" + STATE)).isFalse();
    }

    @Test
    void aDamagedLogThatOthersHaveCopiedIsSetAside() {
        logOfOneProcess();
        logOfGroup(1, 3);
        damageState();

        try (BrokerStore store = openReplica()) {
            assertThat(store.log().replica().noVote()).contains("metadata");
        }
    }

    @Test
    void aDamagedLogOfAGroupIsSetAside() {
        logOfGroup(3);
        damageState();
        ByteBuffer damaged = read(STATE);

        try (BrokerStore store = openReplica()) {
            assertThat(store.log().replica().indexMax()).isZero();
            assertThat(store.log().replica().noVote()).contains("metadata");
        }
        assertThat(read("aside/" + STATE)).isEqualTo(damaged);
    }
}
