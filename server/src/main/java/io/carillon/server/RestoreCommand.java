package io.carillon.server;

import io.carillon.base.CarillonException;
import io.carillon.log.CopyOutcome;
import io.carillon.log.FileStorage;
import io.carillon.log.LogRestore;
import java.io.PrintStream;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code carillon restore}: lays out a data folder from a backup, where a server with the same settings looks for it. */
final class RestoreCommand {
    static final String NAME = "restore";

    private final PrintStream out;
    private final PrintStream err;

    RestoreCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    static CommandSpec fill(CommandSpec restore) {
        return restore.addPositional(BackupCommand.folder("folder that holds a whole backup"));
    }

    /**
     * Does what was said; returns the exit code.
     *
     * @param data the folder to lay out
     */
    int run(ParseResult said, Path data) {
        Path folder = Path.of(said.matchedPositionalValue(0, ""));
        Path into = data.toAbsolutePath().normalize();
        try {
            FileStorage copy = FileStorage.existing(folder);
            try (DataLock _ = DataLock.take(into)) {
                return tell(new LogRestore(copy, new FileStorage(into)).run(), folder, into);
            }
        } catch (CarillonException e) {
            err.println("carillon: cannot restore " + folder + " to " + into + ": " + e.getMessage());
            return ExitCode.FAULT;
        }
    }

    private int tell(CopyOutcome outcome, Path folder, Path into) {
        return switch (outcome) {
            case CopyOutcome.Whole whole -> {
                out.println("restored " + whole.origin() + " to " + into + ": " + RatePace.files(whole.files()) + ", "
                        + RatePace.roughly(whole.bytes()) + ", all checksums are right");
                out.println(
                        "if it has users, start it with the key that their secrets were sealed with: it is in no backup");
                yield ExitCode.OK;
            }
            case CopyOutcome.Refused(String why) -> {
                err.println("carillon: " + why + " (" + folder + " to " + into + ")");
                yield ExitCode.REFUSED;
            }
        };
    }
}
