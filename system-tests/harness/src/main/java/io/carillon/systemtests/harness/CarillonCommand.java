package io.carillon.systemtests.harness;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs a command of the packed Carillon that ends by itself, the way its launcher runs it. */
public final class CarillonCommand {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private CarillonCommand() {}

    /** How it ended, and what it said on both its outputs. */
    public record Ended(int exitCode, String output) {}

    /** Runs the command and waits for its end. */
    public static Ended run(Path folder, String... words) {
        return run(folder, Map.of(), words);
    }

    /** Runs the command with these variables of the environment and waits for its end. */
    public static Ended run(Path folder, Map<String, String> environment, String... words) {
        try (OsProcess process = start(folder, environment, words)) {
            int exitCode = process.awaitExit(PATIENCE);
            return new Ended(exitCode, process.output());
        }
    }

    /** Starts the command with these variables of the environment, and does not wait. */
    public static OsProcess start(Path folder, Map<String, String> environment, String... words) {
        List<String> command = Workspace.carillon();
        command.addAll(List.of(words));
        return OsProcess.start("command-" + COUNT.incrementAndGet(), folder, command, environment);
    }
}
