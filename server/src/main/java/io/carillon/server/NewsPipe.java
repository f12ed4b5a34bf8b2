package io.carillon.server;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends news to whoever started this process and kept the other end of a pipe, a line for each line: the launcher's {@code
 * supervise}, which can read no socket. A reader that reads no more holds up nothing but these news. Any thread.
 */
final class NewsPipe implements News {
    private final String path;
    private final ScheduledExecutorService writing = Threads.watching();
    private @Nullable OutputStream pipe; // the writing thread's

    /** @param path of the pipe, {@code /dev/fd/} and its number in this process */
    NewsPipe(String path) {
        this.path = path;
    }

    @Override
    public CompletableFuture<Boolean> send(String text) {
        CompletableFuture<Boolean> sent = new CompletableFuture<>();
        writing.execute(() -> {
            try {
                write(text);
                sent.complete(true);
            } catch (IOException e) {
                sent.completeExceptionally(e);
            }
        });
        return sent;
    }

    private void write(String text) throws IOException {
        OutputStream open = pipe == null ? new FileOutputStream(path) : pipe;
        pipe = open;
        open.write((text + '\n').getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void repeat(Duration each, Runnable work) {
        writing.scheduleWithFixedDelay(work, each.toNanos(), each.toNanos(), TimeUnit.NANOSECONDS);
    }
}
