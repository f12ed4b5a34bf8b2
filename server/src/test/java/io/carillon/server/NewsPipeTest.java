package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewsPipeTest {
    @TempDir
    Path folder;

    @Test
    void writesALineForEachLine() throws Exception {
        Path file = folder.resolve("news");
        NewsPipe pipe = new NewsPipe(file.toString());

        pipe.send("READY=1\nSTATUS=ready").get(10, TimeUnit.SECONDS);
        pipe.send("STOPPING=1").get(10, TimeUnit.SECONDS);

        assertThat(Files.readAllLines(file)).containsExactly("READY=1", "STATUS=ready", "STOPPING=1");
    }

    @Test
    void repeatsAndTellsWhenThereIsNoSuchPipe() throws Exception {
        NewsPipe pipe = new NewsPipe(folder.resolve("no folder/news").toString());
        CountDownLatch times = new CountDownLatch(3);

        pipe.repeat(Duration.ofMillis(1), times::countDown);

        assertThat(times.await(10, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> pipe.send("READY=1").get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
    }
}
