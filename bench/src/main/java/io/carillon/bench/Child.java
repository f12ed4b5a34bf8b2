package io.carillon.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A process of ours with its output in a file. Whatever happens to this process, short of a kill -9, no child outlives it:
 * a shutdown hook ends those still running.
 */
final class Child implements AutoCloseable {
    private static final Set<Child> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("end-children").unstarted(() -> RUNNING.forEach(Child::endAtOnce)));
    }

    private final String name;
    private final ProcessHandle process;
    private final Path log;

    private Child(String name, ProcessHandle process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    static Child start(String name, List<String> command, Path folder) throws IOException {
        return start(name, command, Map.of(), folder);
    }

    /** @param environment what it finds in its environment beside ours */
    static Child start(String name, List<String> command, Map<String, String> environment, Path folder)
            throws IOException {
        Files.createDirectories(folder);
        Path log = folder.resolve(name + ".out");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        var child = new Child(name, process.toHandle(), log);
        RUNNING.add(child);
        return child;
    }

    /** A process that someone else has started and will end. */
    static Child foreign(long pid) {
        ProcessHandle process =
                ProcessHandle.of(pid).orElseThrow(() -> new IllegalArgumentException("there is no process " + pid));
        return new Child("process " + pid, process, Path.of("/dev/null"));
    }

    long pid() {
        return process.pid();
    }

    /** All that the process has printed so far. */
    String output() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Throws, with the end of its output, when the process has ended. */
    void requireAlive() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("%s has ended; its output ends with:%n%s".formatted(name, endOf(output())));
        }
    }

    private static String endOf(String text) {
        return text.substring(Math.max(0, text.length() - 2000));
    }

    /** Waits until the process has ended by itself. */
    void await() {
        process.onExit().join();
    }

    ProcessUsage usage() throws IOException {
        return ProcessUsage.of(pid());
    }

    /** Takes the process off the processor until {@link #resume}: the other side is being measured. */
    void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    private void endAtOnce() {
        process.destroyForcibly();
        RUNNING.remove(this);
    }

    /** Kills the process, as kill -9 does, and waits for its end. */
    @Override
    public void close() {
        endAtOnce();
        await();
    }
}
