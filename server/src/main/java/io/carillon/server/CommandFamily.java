package io.carillon.server;

import java.io.PrintStream;
import java.util.function.ToIntFunction;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Commands of one family, such as {@code carillon schedule ...}, each of which asks a running broker. */
record CommandFamily(PrintStream out, PrintStream err) {
    /**
     * Runs the command that was said, or shows help; returns the exit code.
     *
     * @param command returns its exit code, or throws {@link NoAnswer}
     */
    int run(ParseResult family, ToIntFunction<ParseResult> command) {
        if (!family.hasSubcommand()) {
            family.commandSpec().commandLine().usage(err);
            return ExitCode.USAGE;
        }
        ParseResult said = family.subcommand();
        CommandLine line = said.commandSpec().commandLine();
        if (said.isUsageHelpRequested()) {
            line.usage(out);
            return ExitCode.OK;
        }
        try {
            return command.applyAsInt(said);
        } catch (NoAnswer e) {
            err.println("carillon: " + e.getMessage());
            return ExitCode.NO_BROKER;
        }
    }
}
