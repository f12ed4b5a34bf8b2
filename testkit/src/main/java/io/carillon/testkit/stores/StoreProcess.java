package io.carillon.testkit.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A process whose output goes to a file, and which ends with this JVM. */
final class StoreProcess {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NS = 20_000_000;
    private static final Set<Process> LIVING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> LIVING.forEach(StoreProcess::end)));
    }

    private final Process process;
    private final Path log;

    private StoreProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static StoreProcess start(List<String> command, Path log) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            LIVING.add(process);
            process.onExit().thenAccept(LIVING::remove);
            return new StoreProcess(process, log);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Runs it to its end, which must be a good one. */
    static void run(List<String> command, Path log) {
        StoreProcess started = start(command, log);
        try {
            if (!started.process.waitFor(120, TimeUnit.SECONDS) || started.process.exitValue() != 0) {
                throw new IllegalStateException(command.getFirst() + " failed: " + started.said());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Returns when this holds; fails when the process ends before. A condition that cannot be asked yet may throw. */
    void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NS;
        while (System.nanoTime() - end < 0 && process.isAlive()) {
            try {
                if (condition.getAsBoolean()) {
                    return;
                }
            } catch (UncheckedIOException _) {
                // It does not listen yet.
            }
            LockSupport.parkNanos(LOOK_NS);
        }
        throw new IllegalStateException("it did not start: " + said());
    }

    private String said() {
        try {
            String text = Files.readString(log);
            return text.substring(Math.max(0, text.length() - 2_000));
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    void kill() {
        end(process);
    }

    /** Stops it where it stands, until {@link #resume}: it takes connections, as the kernel does, and answers nothing. */
    void pause() {
        signal("-STOP");
        // A busy machine lets its other threads go on until the first one has seen the signal.
        await(this::isStopped);
    }

    private boolean isStopped() {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            return threads.allMatch(StoreProcess::isStopped);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The state follows the name, which is in parentheses and may hold some itself. */
    private static boolean isStopped(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            return stat.startsWith(") T", stat.lastIndexOf(')'));
        } catch (NoSuchFileException _) { // it has ended meanwhile
            return true;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    void resume() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            int exitCode = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (exitCode != 0) {
                throw new IllegalStateException("kill " + signal + " ended with " + exitCode);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static void end(Process process) {
        process.destroyForcibly();
        process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException _) { // somebody has it
            return false;
        }
    }
}
