package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that are alike, and logs that are not. */
class ReplicaLogTest {
    private static final int CAPACITY = 4096;
    private static final long SECOND = CAPACITY;

    @TempDir
    Path folder;

    @Test
    void findsNothingWrongWithLogsOfTheSameBytes() throws Exception {
        assertThat(differences(log("a", 10, 1), log("b", 10, 1), SECOND + 200)).isEmpty();
    }

    @Test
    void findsAReplicaThatLacksWhatIsCommitted() throws Exception {
        assertThat(differences(log("a", 10, 1), log("b", 4, 1), SECOND + 200))
                .singleElement()
                .asString()
                .contains("but what lies at");
    }

    @Test
    void mindsOnlyWhatIsCommitted() throws Exception {
        assertThat(differences(log("a", 10, 1), log("b", 4, 1), 200)).isEmpty();
    }

    @Test
    void findsEntriesOfAnotherTermAtTheSamePlace() throws Exception {
        assertThat(differences(log("a", 10, 1), log("b", 10, 2), SECOND + 330))
                .singleElement()
                .asString()
                .contains("term=2");
    }

    @Test
    void takesADamagedEntryForTheEnd() throws Exception {
        Path damaged = log("b", 10, 1);
        Damage damage = Damage.flip(damaged.resolve("log/" + name(0)), 64 + 100, new Random(1));
        assertThat(differences(log("a", 10, 1), damaged, SECOND + 200)).hasSize(1);
        damage.undo();
        assertThat(differences(log("a", 10, 1), damaged, SECOND + 200)).isEmpty();
    }

    private static List<String> differences(Path a, Path b, long committed) throws IOException {
        try (ReplicaLog first = ReplicaLog.read(a);
                ReplicaLog second = ReplicaLog.read(b)) {
            return ReplicaLog.differences(List.of(first, second), committed);
        }
    }

    private static String name(long base) {
        return String.format("%020d", base);
    }

    /** Five entries in the first segment, the others in the second; the last one of another term maybe. */
    private Path log(String name, int count, long lastTerm) throws IOException {
        Path data = folder.resolve(name);
        Files.createDirectories(data.resolve("log"));
        ByteBuffer first = segment(0);
        ByteBuffer second = segment(SECOND);
        for (int i = 1; i <= count; i++) {
            boolean isInFirst = i <= 5;
            put(isInFirst ? first : second, isInFirst ? 0 : SECOND, i, i == count ? lastTerm : 1);
        }
        Files.write(data.resolve("log/" + name(0)), first.array());
        Files.write(data.resolve("log/" + name(SECOND)), second.array());
        return data;
    }

    private static ByteBuffer segment(long base) {
        return ByteBuffer.allocate(CAPACITY)
                .putLong(0x434152494C4C4F4EL)
                .putInt(1)
                .putInt(0)
                .putLong(base)
                .putLong(CAPACITY)
                .position(64);
    }

    private static void put(ByteBuffer segment, long base, long index, long term) {
        int at = segment.position();
        int length = 48 + 9;
        segment.putInt(at, length).putLong(at + 8, index).putLong(at + 16, term);
        segment.put(at + 50, (byte) index);
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(12).putLong(base + at).putInt(length).flip());
        crc.update(segment.slice(at + 8, length - 8));
        segment.putInt(at + 4, (int) crc.getValue()).position(at + 64);
    }
}
