package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.HdrHistogram.Histogram;

/**
 * What this machine's disk takes for a small write that is forced: no server that keeps its word can acknowledge a message
 * sooner. Writes one after the other into a file that has its length already, and forces the data of each.
 */
final class ForcedWrites {
    private static final int WRITES = 500;
    private static final long LONGEST_NS = 60_000_000_000L;

    private ForcedWrites() {}

    /** Takes a fraction of a second on a quick disk. Runs on the caller's thread. */
    static Figures measure(Bench bench, int bytes) throws IOException {
        Path folder = Files.createDirectories(bench.harness().work());
        Path file = Files.createTempFile(folder, "forced", ".data");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(WRITES * bytes), 0);
            channel.force(true);
            Histogram took = write(bench.ticker(), channel, ByteBuffer.allocateDirect(bytes));
            return new Figures()
                    .put(Metric.FORCED_WRITE_P50_MS, took.getValueAtPercentile(50) / 1e6)
                    .put(Metric.FORCED_WRITE_P99_MS, took.getValueAtPercentile(99) / 1e6);
        } finally {
            Files.delete(file);
        }
    }

    private static Histogram write(Ticker ticker, FileChannel channel, ByteBuffer piece) throws IOException {
        var took = new Histogram(LONGEST_NS, 3);
        for (int write = 0; write < WRITES; write++) {
            long fromNs = ticker.nanoTime();
            channel.write(piece.clear(), (long) write * piece.capacity());
            channel.force(false);
            took.recordValue(Math.min(LONGEST_NS, ticker.nanoTime() - fromNs));
        }
        return took;
    }
}
