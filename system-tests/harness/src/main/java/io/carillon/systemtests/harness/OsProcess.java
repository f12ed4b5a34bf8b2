package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A child process whose output goes to files, and which does not outlive this JVM.
 *
 * <p>Output goes to files and not to pipes: a server that is stopped or slow must not depend on a reader here.
 */
public final class OsProcess implements AutoCloseable {
    private static final Set<Process> LIVING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> LIVING.forEach(Process::destroyForcibly), "end-child-processes"));
    }

    private final String name;
    private final Process process;
    private final Path output;

    private OsProcess(String name, Process process, Path output) {
        this.name = name;
        this.process = process;
        this.output = output;
    }

    /** Starts {@code command} in {@code folder}, which also gets the output file {@code <name>.out}, appended to. */
    public static OsProcess start(String name, Path folder, List<String> command, Map<String, String> environment) {
        try {
            Files.createDirectories(folder);
            Path output = folder.resolve(name + ".out");
            Files.writeString(output, "");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            LIVING.add(process);
            process.onExit().thenAccept(LIVING::remove);
            return new OsProcess(name, process, output);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name, e);
        }
    }

    /** Waits until a line of the output matches; fails with the output if the process ends or the time is up. */
    public MatchResult awaitLine(Pattern pattern, Duration patience) {
        try {
            Awaitility.await(name)
                    .atMost(patience)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> match(pattern).isPresent() || !process.isAlive());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(name + " did not say " + pattern + " within " + patience + "\n" + tail(), e);
        }
        return match(pattern)
                .orElseThrow(() -> new AssertionError(name + " ended with " + process.exitValue() + "\n" + tail()));
    }

    private Optional<MatchResult> match(Pattern pattern) {
        return pattern.matcher(output()).results().findFirst();
    }

    /** Writes a line to the input of the process. */
    public void say(String line) {
        try {
            OutputStream input = process.getOutputStream();
            input.write((line + "\n").getBytes(UTF_8));
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " does not listen\n" + tail(), e);
        }
    }

    /** All that the process has said so far on both its outputs. */
    public String output() {
        try {
            return new String(Files.readAllBytes(output), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last lines of the output, for a failure's message; without what Apache's logging says about itself. */
    public String tail() {
        List<String> lines =
                output().lines().filter(line -> !line.contains(" |-INFO in ")).toList();
        return output + ":\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends SIGTERM, waits and returns the exit code; fails when the process outlives {@code patience}. */
    public int terminate(Duration patience) {
        process.destroy();
        return awaitExit(patience);
    }

    /** Waits for the end and returns the exit code. */
    public int awaitExit(Duration patience) {
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(name + " did not end within " + patience + "\n" + tail());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Sends SIGKILL and waits until the process is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(20));
    }

    /** Stops the process where it stands, until {@link #resume}. */
    public void pause() {
        signal("-STOP");
    }

    public void resume() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", signal, Long.toString(pid())).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
