package io.carillon.delayqueue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A measurement under way: how long, and how much CPU time each process takes, this one with the load and the stores. */
final class Measured {
    /** Times that many threads note. */
    static final class Times {
        private final long[] values;
        private final AtomicInteger count = new AtomicInteger();

        Times(int max) {
            values = new long[max];
        }

        /** What is more than was foreseen is not noted. */
        void add(long value) {
            int at = count.getAndIncrement();
            if (at < values.length) {
                values[at] = value;
            }
        }

        int count() {
            return Math.min(count.get(), values.length);
        }

        /** @param unit how much of what was noted a millisecond is */
        void print(String what, double unit, String wanted) {
            long[] sorted = Arrays.copyOf(values, count());
            Arrays.sort(sorted);
            if (sorted.length > 0) {
                System.out.printf(
                        "BENCH %s: p50 %.1f ms, p99 %.1f ms, most %.1f ms, least %.1f ms of %,d%s%n",
                        what,
                        sorted[sorted.length / 2] / unit,
                        sorted[(int) (sorted.length * 99L / 100)] / unit,
                        sorted[sorted.length - 1] / unit,
                        sorted[0] / unit,
                        sorted.length,
                        wanted(wanted));
            }
        }
    }

    private static final double TICKS_PER_SECOND = 100;

    private final long beganNs = System.nanoTime();
    private final Map<String, Duration> before = cpu();
    private final double busyBefore = busySeconds();

    private Measured() {}

    static Measured begin() {
        return new Measured();
    }

    /** Prints so many in the time since it began, and what each cost. */
    void end(String what, long count, String wanted) {
        long ns = System.nanoTime() - beganNs;
        System.out.printf(
                "BENCH %s: %,d in %.1f s, %,.0f a second%s%n", what, count, ns / 1e9, count * 1e9 / ns, wanted(wanted));
        StringBuilder each = new StringBuilder();
        spent().forEach((name, nanos) -> each.append(", %s %.1f us".formatted(name, nanos / 1e3 / Math.max(1, count))));
        System.out.printf("BENCH   CPU time for each%s; %s%n", each, others());
    }

    /** How much of the machine's cores others took since it began: a figure is worth little when that is much. */
    String others() {
        double seconds = (System.nanoTime() - beganNs) / 1e9;
        double own = spent().values().stream().mapToDouble(Double::doubleValue).sum() / 1e9;
        double others = busySeconds() - busyBefore - own;
        return "others took %.2f of %d cores"
                .formatted(Math.max(0, others / seconds), Runtime.getRuntime().availableProcessors());
    }

    private Map<String, Double> spent() {
        Map<String, Double> spent = new TreeMap<>();
        cpu().forEach((name, total) -> spent.put(name, (double)
                total.minus(before.getOrDefault(name, Duration.ZERO)).toNanos()));
        return spent;
    }

    /** What all processes of the machine together took, since it started. */
    private static double busySeconds() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            String[] ticks = lines.findFirst().orElse("").split(" +", -1);
            // user, nice, system; then idle and waiting; then interrupts.
            return IntStream.of(1, 2, 3, 6, 7)
                            .mapToLong(i -> Long.parseLong(ticks[i]))
                            .sum()
                    / TICKS_PER_SECOND;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static String wanted(String wanted) {
        return wanted.isEmpty() ? "" : " (wanted: " + wanted + ")";
    }

    private static Map<String, Duration> cpu() {
        Map<String, Duration> times = new TreeMap<>();
        put(times, "this JVM", ProcessHandle.current());
        ProcessHandle.current().children().forEach(child -> {
            String command = child.info().command().orElse("");
            put(times, command.contains("redis") ? "redis" : command.substring(command.lastIndexOf('/') + 1), child);
        });
        return times;
    }

    private static void put(Map<String, Duration> times, String name, ProcessHandle process) {
        process.info().totalCpuDuration().ifPresent(time -> times.merge(name, time, Duration::plus));
    }
}
