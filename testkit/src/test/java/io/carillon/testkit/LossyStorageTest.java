package io.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LossyStorageTest {
    private final LossyStorage disk = new LossyStorage();

    @Test
    void keepsEveryForcedByteAfterPowerLoss() {
        Storage.File file = durable("a", filled(9_000, 1));
        file.write(100, ByteBuffer.wrap(filled(5_000, 2)));

        file.force();

        for (int seed = 0; seed < 50; seed++) {
            byte[] found = contents(disk.afterPowerLoss(Loss.seeded(seed)), "a");
            assertThat(found).hasSize(9_000);
            assertThat(Arrays.copyOfRange(found, 100, 5_100)).containsOnly(2);
            assertThat(Arrays.copyOfRange(found, 5_100, 9_000)).containsOnly(1);
        }
    }

    @Test
    void keepsOfAFileOnlyThePartThatWasForced() {
        Storage.File file = durable("a", filled(10_000, 1));
        file.write(1_000, ByteBuffer.wrap(filled(8_000, 2)));
        file.write(3_000, ByteBuffer.wrap(filled(500, 3)));

        file.force(2_000, 2_000);

        byte[] found = contents(disk.afterPowerLoss(Loss.everything()), "a");
        assertThat(Arrays.copyOfRange(found, 0, 2_000)).containsOnly(1);
        assertThat(Arrays.copyOfRange(found, 2_000, 3_000)).containsOnly(2);
        assertThat(Arrays.copyOfRange(found, 3_000, 3_500)).containsOnly(3);
        assertThat(Arrays.copyOfRange(found, 3_500, 4_000)).containsOnly(2);
        assertThat(Arrays.copyOfRange(found, 4_000, 10_000)).containsOnly(1);
        assertThat(contents(disk.afterPowerLoss(Loss.nothing()), "a")).isEqualTo(contents(disk, "a"));

        file.force();

        assertThat(contents(disk.afterPowerLoss(Loss.everything()), "a")).isEqualTo(contents(disk, "a"));
    }

    @Test
    void leavesInDoubtWhatAFailedForceOfAPartDidNotWrite() {
        Storage.File file = durable("a", filled(4_096, 1));
        file.write(0, ByteBuffer.wrap(filled(4_096, 2)));
        disk.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
        assertThatThrownBy(() -> file.force(0, 512)).isInstanceOf(StorageFault.class);

        file.write(1_024, ByteBuffer.wrap(filled(1_024, 3)));
        file.force(1_024, 512);

        byte[] found = contents(disk.afterPowerLoss(Loss.everything()), "a");
        assertThat(Arrays.copyOfRange(found, 0, 1_024)).containsOnly(1);
        assertThat(Arrays.copyOfRange(found, 1_024, 1_536)).containsOnly(3);
        assertThat(Arrays.copyOfRange(found, 1_536, 4_096)).containsOnly(1);
    }

    @Test
    void losesAllOrNothingOfTheUnforcedBytesWhenAsked() {
        Storage.File file = durable("a", filled(1_000, 1));

        file.write(500, ByteBuffer.wrap(filled(1_000, 2)));

        assertThat(contents(disk.afterPowerLoss(Loss.everything()), "a")).isEqualTo(filled(1_000, 1));
        assertThat(contents(disk.afterPowerLoss(Loss.nothing()), "a"))
                .hasSize(1_500)
                .endsWith(filled(1_000, 2));
        assertThat(contents(disk, "a")).hasSize(1_500);
    }

    @Test
    void mixesSectorsOfOldAndNewBytes() {
        Storage.File file = durable("a", filled(8_192, 1));
        for (int version = 2; version <= 4; version++) {
            file.write(0, ByteBuffer.wrap(filled(8_192, version)));
        }
        Set<Integer> mixtures = new HashSet<>();
        Set<Byte> versions = new HashSet<>();

        for (int seed = 0; seed < 200; seed++) {
            byte[] found = contents(disk.afterPowerLoss(Loss.seeded(seed)), "a");
            Set<Byte> inOne = new HashSet<>();
            for (int sector = 0; sector < found.length; sector += 512) {
                byte[] bytes = Arrays.copyOfRange(found, sector, sector + 512);
                assertThat(bytes).containsOnly(bytes[0]);
                inOne.add(bytes[0]);
            }
            mixtures.add(inOne.size());
            versions.addAll(inOne);
        }

        assertThat(mixtures).contains(1, 2, 3);
        assertThat(versions).containsExactlyInAnyOrder((byte) 1, (byte) 2, (byte) 3, (byte) 4);
    }

    @Test
    void growsAFileWithoutItsBytes() {
        Storage.File file = durable("a", filled(512, 1));
        file.write(512, ByteBuffer.wrap(filled(4_096, 2)));
        Set<String> tails = new HashSet<>();

        for (int seed = 0; seed < 300; seed++) {
            byte[] found = contents(disk.afterPowerLoss(Loss.seeded(seed)), "a");
            assertThat(found).startsWith(filled(512, 1));
            tails.add(found.length == 512 ? "none" : kindOf(Arrays.copyOfRange(found, 4_096, 4_608)));
        }

        assertThat(tails).contains("none", "zeros", "garbage", "data");
    }

    @Test
    void readsAHoleAsZeros() {
        Storage.File file = disk.open("a");

        file.write(10_000, ByteBuffer.wrap(filled(10, 1)));

        assertThat(Arrays.copyOf(contents(disk, "a"), 10_000)).containsOnly(0);
        assertThat(Arrays.copyOf(contents(disk.afterPowerLoss(Loss.nothing()), "a"), 10_000))
                .containsOnly(0);
    }

    @Test
    void forgetsACreationUntilTheFolderIsForced() {
        Storage.File file = disk.open("f/a");
        file.write(0, ByteBuffer.wrap(filled(10, 1)));
        file.force();

        assertThat(disk.afterPowerLoss(Loss.everything()).exists("f/a")).isFalse();
        assertThat(disk.afterPowerLoss(Loss.nothing()).exists("f/a")).isTrue();

        disk.forceFolder("f");

        assertThat(contents(disk.afterPowerLoss(Loss.everything()), "f/a")).isEqualTo(filled(10, 1));
        assertThat(disk.list("f")).containsExactly("a");
        assertThat(disk.list("")).isEmpty();
    }

    @Test
    void mayUndoARenamingAndADeletionUntilTheFolderIsForced() {
        durable("a", filled(3, 1));
        durable("b", filled(3, 2));
        durable("c", filled(3, 3));

        disk.rename("a", "b");
        disk.delete("c");

        assertThat(disk.names()).containsExactly("b");
        LossyStorage undone = disk.afterPowerLoss(Loss.everything());
        assertThat(undone.names()).containsExactly("a", "b", "c");
        assertThat(contents(undone, "b")).containsOnly(2);
        Set<List<String>> seen = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            seen.add(disk.afterPowerLoss(Loss.seeded(seed)).names());
        }
        assertThat(seen).hasSize(4);

        disk.forceFolder("");

        LossyStorage done = disk.afterPowerLoss(Loss.everything());
        assertThat(done.names()).containsExactly("b");
        assertThat(contents(done, "b")).containsOnly(1);
    }

    @Test
    void leavesInDoubtForEverWhatAFailedForceDidNotWrite() {
        Storage.File file = durable("a", filled(512, 1));
        file.write(0, ByteBuffer.wrap(filled(512, 2)));
        disk.fail(Call.Kind.FORCE, 1, Fault.IO_ERROR);
        assertThatThrownBy(file::force).isInstanceOf(StorageFault.class).hasMessageContaining("file=a");

        file.write(512, ByteBuffer.wrap(filled(512, 3)));
        file.force();

        Set<Byte> first = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            byte[] found = contents(disk.afterPowerLoss(Loss.seeded(seed)), "a");
            assertThat(found).endsWith(filled(512, 3));
            first.add(found[0]);
        }
        assertThat(first).containsExactlyInAnyOrder((byte) 1, (byte) 2);
    }

    @Test
    void failsThePlannedCallAlone() {
        Storage.File file = durable("a", filled(10, 1));
        disk.fail(Call.Kind.WRITE, 2, Fault.DISK_FULL);
        ByteBuffer bytes = ByteBuffer.wrap(filled(10, 2));

        file.write(0, bytes.duplicate());
        assertThatThrownBy(() -> file.write(0, bytes.duplicate()))
                .isInstanceOfSatisfying(
                        StorageFault.class,
                        fault -> assertThat(fault.isDiskFull()).isTrue());
        file.write(0, bytes.duplicate());

        disk.failFrom(Call.Kind.READ, 1, Fault.IO_ERROR);
        assertThatThrownBy(() -> contents(disk, "a")).isInstanceOf(StorageFault.class);
        assertThatThrownBy(() -> contents(disk, "a")).isInstanceOf(StorageFault.class);
        disk.heal();
        assertThat(contents(disk, "a")).containsOnly(2);
    }

    @Test
    void writesHalfWhenAWriteIsShort() {
        Storage.File file = durable("a", filled(10, 1));
        disk.fail(Call.Kind.WRITE, 1, Fault.SHORT_WRITE);

        assertThatThrownBy(() -> file.write(0, ByteBuffer.wrap(filled(10, 2)))).isInstanceOf(StorageFault.class);

        assertThat(contents(disk, "a")).containsExactly(2, 2, 2, 2, 2, 1, 1, 1, 1, 1);
    }

    @Test
    void isFullWhenTheUsableBytesAreUsedUp() {
        durable("a", filled(10, 1));
        disk.setUsableBytes(15);
        Storage.File file = disk.open("b");

        file.write(0, ByteBuffer.wrap(filled(10, 1)));
        assertThatThrownBy(() -> file.write(10, ByteBuffer.wrap(filled(10, 1)))).isInstanceOf(StorageFault.class);
        assertThat(disk.usableBytes()).isZero();
        file.write(0, ByteBuffer.wrap(filled(10, 2)));
        disk.delete("a");

        assertThat(disk.usableBytes()).isEqualTo(10);
        assertThat(disk.sizeOf("b")).isEqualTo(15);
    }

    @Test
    void showsLaterWritesInAMappingUntilTheFileIsClosed() {
        Storage.File file = durable("a", filled(1_000, 1));
        MemorySegment map = file.map(1_000);

        disk.open("a").write(990, ByteBuffer.wrap(filled(100, 2)));

        assertThat(map.get(ValueLayout.JAVA_BYTE, 989)).isEqualTo((byte) 1);
        assertThat(map.get(ValueLayout.JAVA_BYTE, 999)).isEqualTo((byte) 2);
        assertThat(map.isReadOnly()).isTrue();
        file.close();
        assertThatThrownBy(() -> map.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> disk.open("a").map(2_000)).isInstanceOf(StorageFault.class);
    }

    @Test
    void cutsAndRegrowsWithZeros() {
        Storage.File file = durable("a", filled(1_000, 1));

        file.truncate(400);
        file.write(600, ByteBuffer.wrap(filled(1, 1)));
        file.truncate(2_000);

        byte[] found = contents(disk, "a");
        assertThat(found).hasSize(601);
        assertThat(Arrays.copyOfRange(found, 400, 600)).containsOnly(0);
    }

    @Test
    void givesTheSameLossForTheSameSeed() {
        for (int i = 0; i < 20; i++) {
            disk.open("f/" + i).write(0, ByteBuffer.wrap(filled(10_000, i)));
        }

        LossyStorage one = disk.afterPowerLoss(Loss.seeded(42));
        LossyStorage other = disk.afterPowerLoss(Loss.seeded(42));

        assertThat(one.names()).isEqualTo(other.names()).isNotEmpty();
        for (String name : one.names()) {
            assertThat(contents(one, name)).isEqualTo(contents(other, name));
        }
    }

    @Test
    void keepsACrashStateApartFromWhatGoesOn() {
        Storage.File file = durable("a", filled(100, 1));
        List<LossyStorage> states = new ArrayList<>();
        disk.beforeEachCall(_ -> states.add(disk.afterPowerLoss(Loss.nothing())));

        file.write(0, ByteBuffer.wrap(filled(100, 2)));
        file.write(0, ByteBuffer.wrap(filled(100, 3)));
        states.get(1).open("a").write(0, ByteBuffer.wrap(filled(100, 9)));

        assertThat(states).hasSize(2);
        assertThat(contents(states.get(0), "a")).containsOnly(1);
        assertThat(contents(states.get(1), "a")).containsOnly(9);
        disk.beforeEachCall(_ -> {});
        assertThat(contents(disk, "a")).containsOnly(3);
        assertThat(disk.calls(Call.Kind.WRITE)).isEqualTo(3);
    }

    @Test
    void refusesNamesOutsideTheFolder() {
        assertThatThrownBy(() -> disk.open("../a")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> disk.open("/a")).isInstanceOf(IllegalArgumentException.class);
    }

    private Storage.File durable(String name, byte[] bytes) {
        Storage.File file = disk.open(name);
        file.write(0, ByteBuffer.wrap(bytes));
        file.force();
        disk.forceFolder(Folder.folderOf(name));
        return file;
    }

    private static byte[] contents(LossyStorage disk, String name) {
        Storage.File file = disk.open(name);
        ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
        file.read(0, bytes);
        return bytes.array();
    }

    private static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static String kindOf(byte[] bytes) {
        Set<Byte> kinds = new HashSet<>();
        for (byte b : bytes) {
            kinds.add(b);
        }
        if (kinds.size() > 1) {
            return "garbage";
        }
        return bytes[0] == 0 ? "zeros" : "data";
    }
}
