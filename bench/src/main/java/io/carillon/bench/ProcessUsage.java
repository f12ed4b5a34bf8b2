package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process has used so far, as Linux counts it.
 *
 * @param cpuSeconds user and system time of all its threads, in steps of 10 ms
 * @param anonymousBytes resident memory that no file stands behind ({@code RssAnon}): heap, stacks, off-heap buffers
 * @param writtenBytes what it caused to be written to disk: pages that it made dirty, each once until it is written
 */
record ProcessUsage(double cpuSeconds, long anonymousBytes, int threads, int files, long writtenBytes) {
    /** The unit of times in /proc, fixed for user space at 100 a second on all that we run on. */
    private static final double TICKS_PER_SECOND = 100;

    static ProcessUsage of(long pid) throws IOException {
        Path folder = Path.of("/proc", Long.toString(pid));
        double cpuSeconds = cpuSeconds(Files.readString(folder.resolve("stat")));
        List<String> status = Files.readAllLines(folder.resolve("status"));
        return new ProcessUsage(
                cpuSeconds,
                1024 * number(status, "RssAnon:"),
                (int) number(status, "Threads:"),
                openFiles(folder),
                number(Files.readAllLines(folder.resolve("io")), "write_bytes:"));
    }

    /** What both processes have used. */
    ProcessUsage plus(ProcessUsage other) {
        return new ProcessUsage(
                cpuSeconds + other.cpuSeconds,
                anonymousBytes + other.anonymousBytes,
                threads + other.threads,
                files + other.files,
                writtenBytes + other.writtenBytes);
    }

    /** Reads utime and stime, the 14th and 15th field; the second, the name in brackets, may hold blanks and brackets. */
    static double cpuSeconds(String stat) {
        String[] fromThird = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fromThird[11]) + Long.parseLong(fromThird[12])) / TICKS_PER_SECOND;
    }

    /** The number after {@code key}, without its unit. */
    static long number(List<String> status, String key) {
        return status.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).trim().split("\\s+", -1)[0])
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no " + key + " in the status of the process"));
    }

    /** Seconds of CPU that the threads of this name have used so far, exact to the nanosecond; 0 when there is none. */
    static double threadCpuSeconds(long pid, String name) throws IOException {
        long ns = 0;
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path task : tasks.toList()) {
                if (Files.readString(task.resolve("comm")).trim().equals(name)) {
                    ns += Long.parseLong(
                            Files.readString(task.resolve("schedstat")).split(" ", -1)[0]);
                }
            }
        }
        return ns / 1e9;
    }

    private static int openFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("fd"))) {
            return (int) files.count();
        }
    }
}
