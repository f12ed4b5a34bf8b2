package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The official client that goes on sending while leaders die, in a process of its own. */
record FailoverClient(Child child) implements AutoCloseable {
    private static final Pattern GAP = Pattern.compile("gap from=(\\d+) to=(\\d+) failed=(\\d+)");
    private static final Pattern ACKNOWLEDGED = Pattern.compile("acknowledged (\\d+)");

    /**
     * What the dead process had written may still be read a moment after its end; what ends a gap so soon is that, and no
     * other leader.
     */
    private static final int STILL_READ_MS = 100;

    /**
     * The time between two acknowledgements, by the clock on the wall in milliseconds.
     *
     * @param failed sends meanwhile that failed for good, after the client's own retries
     */
    record Gap(long fromMs, long toMs, long failed) {
        Gap from(long otherMs) {
            return new Gap(otherMs, toMs, failed);
        }

        double seconds() {
            return (toMs - fromMs) / 1e3;
        }
    }

    /** Returns when its first message was acknowledged. */
    static FailoverClient start(Bench bench, Path folder, Group group, String topic)
            throws IOException, InterruptedException {
        var artifacts = new ApacheArtifacts(bench.harness().root());
        List<String> command = List.of(
                Harness.java(),
                "-Xmx256m",
                "-Duser.home=" + folder,
                "-cp",
                artifacts.classes() + ":" + artifacts.lib() + "/*",
                "io.carillon.bench.apache.FailoverLoad",
                group.nameServerAddress(),
                topic);
        Child child = Child.start("client", command, folder);
        Readiness.of(bench.ticker(), child, bench.ticker().nanoTime()).line(ACKNOWLEDGED);
        return new FailoverClient(child);
    }

    /** The first gap that ended after this moment. */
    Optional<Gap> gapOver(long atMs) throws IOException {
        child.requireAlive();
        return gapOver(child.output(), atMs);
    }

    static Optional<Gap> gapOver(String output, long atMs) {
        return GAP.matcher(output)
                .results()
                .map(one -> new Gap(
                        Long.parseLong(one.group(1)), Long.parseLong(one.group(2)), Long.parseLong(one.group(3))))
                .filter(gap -> gap.toMs() > atMs + STILL_READ_MS)
                .findFirst();
    }

    /** How many of its messages were acknowledged, at least. */
    long acknowledged() {
        return ACKNOWLEDGED
                .matcher(child.output())
                .results()
                .mapToLong(one -> Long.parseLong(one.group(1)))
                .max()
                .orElse(0);
    }

    @Override
    public void close() {
        child.close();
    }
}
