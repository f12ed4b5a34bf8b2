package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataLockTest {
    @TempDir
    Path folder;

    @Test
    void makesTheFolderAndLeavesItsPidThere() throws IOException {
        Path deep = folder.resolve("a/b");

        try (DataLock _ = DataLock.take(deep)) {
            assertThat(Files.readString(deep.resolve("lock")))
                    .isEqualTo(ProcessHandle.current().pid() + "\n");
        }
    }

    @Test
    void refusesASecondHolderAndNamesTheFirst() {
        try (DataLock _ = DataLock.take(folder)) {
            assertThatThrownBy(() -> DataLock.take(folder))
                    .isInstanceOfSatisfying(
                            StartFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA_IN_USE))
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("pid " + ProcessHandle.current().pid());
        }
    }

    @Test
    void isNotHeldByAFileThatAProcessLeftBehind() throws IOException {
        Files.writeString(folder.resolve("lock"), "123456789\n");

        try (DataLock _ = DataLock.take(folder)) {
            assertThat(Files.readString(folder.resolve("lock")))
                    .isEqualTo(ProcessHandle.current().pid() + "\n");
        }
    }

    @Test
    void canBeTakenAgainAfterItWasLetGo() {
        DataLock.take(folder).close();
        DataLock.take(folder).close();
    }

    @Test
    void saysThatAFolderCannotBeUsed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> DataLock.take(file))
                .isInstanceOfSatisfying(
                        StartFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.FAULT))
                .hasMessageContaining(file.toString());
    }
}
