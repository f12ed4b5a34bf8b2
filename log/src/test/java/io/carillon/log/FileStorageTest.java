package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStorageTest {
    @TempDir
    Path root;

    @Test
    void readsBackWhatWasWrittenAtPositions() {
        FileStorage storage = new FileStorage(root.resolve("data"));
        try (Storage.File file = storage.open("a/b/c")) {
            file.write(5, bytes("world"));
            file.write(0, bytes("hello"));
            file.force();
            storage.forceFolder("a/b");
            storage.forceFolder("");

            ByteBuffer all = ByteBuffer.allocate(100);
            assertThat(file.read(0, all)).isEqualTo(10);
            assertThat(new String(all.array(), 0, 10, StandardCharsets.UTF_8)).isEqualTo("helloworld");
            assertThat(file.read(10, ByteBuffer.allocate(4))).isZero();
            assertThat(file.size()).isEqualTo(10);

            file.truncate(3);
            assertThat(file.size()).isEqualTo(3);
        }
        assertThat(storage.exists("a/b/c")).isTrue();
        assertThat(root.resolve("data/a/b/c")).hasContent("hel");
    }

    @Test
    void readsAsideWhatStandsThereFromAnyPlaceOn() {
        FileStorage storage = new FileStorage(root);
        byte[] written = new byte[3_000_001];
        for (int i = 0; i < written.length; i++) {
            written[i] = (byte) (i * 31 + i / 4096);
        }
        try (Storage.File file = storage.open("f/a")) {
            file.write(0, ByteBuffer.wrap(written));
        }
        try (Storage.Source aside = storage.openAside("f/a")) {
            storage.delete("f/a");
            assertThat(aside.size()).isEqualTo(written.length);
            for (int at : new int[] {0, 1, 4095, 4096, 5000, 1_048_575, 2_999_000, 3_000_000, 3_000_001, 4_000_000}) {
                for (int length : new int[] {1, 4096, 100_000, 1 << 20, 2_000_000}) {
                    ByteBuffer into = ByteBuffer.allocate(length);
                    int count = aside.read(at, into);
                    assertThat(count).isEqualTo(Math.clamp(written.length - at, 0, length));
                    assertThat(into.flip()).isEqualTo(ByteBuffer.wrap(written, Math.min(at, written.length), count));
                }
            }
        }
        assertThatThrownBy(() -> storage.openAside("f/none")).isInstanceOf(StorageFault.class);
        assertThatThrownBy(() -> FileStorage.existing(root.resolve("none"))).hasMessageContaining("no folder");
    }

    @Test
    void listsRenamesAndDeletes() {
        FileStorage storage = new FileStorage(root);
        storage.open("f/b").close();
        storage.open("f/a").close();
        storage.open("f/deeper/c").close();

        assertThat(storage.list("f")).containsExactly("a", "b");
        assertThat(storage.list("nowhere")).isEmpty();
        storage.rename("f/a", "g/z");
        storage.rename("f/b", "g/z");
        storage.delete("g/none");
        assertThat(storage.list("f")).isEmpty();
        assertThat(storage.list("g")).containsExactly("z");
        storage.delete("g/z");
        assertThat(storage.exists("g/z")).isFalse();
        assertThat(storage.usableBytes()).isPositive();
        assertThat(storage.totalBytes()).isGreaterThanOrEqualTo(storage.usableBytes());
    }

    @Test
    void showsLaterWritesInAMappingUntilTheFileIsClosed() {
        FileStorage storage = new FileStorage(root);
        Storage.File file = storage.open("a");
        file.write(0, bytes("hello"));
        MemorySegment map = file.map(5);

        file.write(0, bytes("j"));

        assertThat(map.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'j');
        assertThat(map.isReadOnly()).isTrue();
        assertThatThrownBy(() -> file.map(6)).isInstanceOf(StorageFault.class);
        file.close();
        file.close();
        assertThatThrownBy(() -> map.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> file.write(0, bytes("x"))).isInstanceOf(StorageFault.class);
        assertThatThrownBy(() -> file.force(0, 1)).isInstanceOf(StorageFault.class);
    }

    @Test
    void forcesAPartOfAFileWithAViewAndWithout() {
        FileStorage storage = new FileStorage(root);
        try (Storage.File file = storage.open("a")) {
            file.write(0, ByteBuffer.allocate(20_000));
            file.force(5_000, 100);
            MemorySegment view = file.map(10_000);

            file.write(5_001, bytes("hello"));
            file.force(5_001, 5);
            file.force(9_999, 1);
            file.force(9_000, 11_000);

            assertThat(view.get(ValueLayout.JAVA_BYTE, 5_001)).isEqualTo((byte) 'h');
        }
    }

    @Test
    void namesTheFileAndThePositionOfAFault() throws IOException {
        FileStorage storage = new FileStorage(root);
        Files.createDirectory(root.resolve("folder"));

        assertThatThrownBy(() -> storage.open("folder"))
                .isInstanceOf(StorageFault.class)
                .hasMessageContaining("file=folder");
        assertThatThrownBy(() -> storage.rename("none", "other"))
                .isInstanceOf(StorageFault.class)
                .hasMessageContaining("file=none");
    }

    @Test
    void hasNothingToForceInAFolderThatIsNotThere() {
        FileStorage storage = new FileStorage(root);

        storage.forceFolder("none");

        assertThat(storage.exists("none")).isFalse();
    }

    @Test
    void knowsAFullDisk() throws IOException {
        // A device that is always full; it exists on every Linux.
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full));
        Files.createSymbolicLink(root.resolve("full"), full);

        try (Storage.File file = new FileStorage(root).open("full")) {
            assertThatThrownBy(() -> file.write(0, bytes("x")))
                    .isInstanceOfSatisfying(
                            StorageFault.class,
                            fault -> assertThat(fault.isDiskFull()).isTrue());
        }
    }

    @Test
    void refusesNamesOutsideTheFolder() {
        FileStorage storage = new FileStorage(root);

        for (String name : new String[] {"../a", "/a", "a/../../b", "", "."}) {
            assertThatThrownBy(() -> storage.open(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
