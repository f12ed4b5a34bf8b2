package io.carillon.server;

import io.carillon.base.ByteSize;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Ticker;
import io.carillon.log.CopyOutcome;
import io.carillon.log.FileStorage;
import io.carillon.log.LogFetch;
import io.carillon.rocketmq.RemoteCopy;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code carillon backup}: copies all that a running broker stores into a folder of this machine. */
final class BackupCommand {
    static final String NAME = "backup";

    private static final String BROKER = "--broker";
    private static final String SERVER = "--server";
    private static final String RATE = "--rate";
    private static final CommandOption ALL_WRITTEN = new CommandOption(
            "--all-written",
            "",
            "of the last member of a lost group: take what it does not know to be acknowledged, too");
    private static final String DEFAULT_BROKER = "127.0.0.1:10911";
    private static final ByteSize DEFAULT_RATE = ByteSize.mib(64);
    private static final ByteSize RATE_MIN = ByteSize.kib(64);
    private static final long PATIENCE_MS = 60_000;

    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Ticker ticker;

    BackupCommand(PrintStream out, PrintStream err, Map<String, String> environment, Ticker ticker) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        this.ticker = ticker;
    }

    static CommandSpec fill(CommandSpec backup) {
        backup.addPositional(folder("folder that is empty, or holds a backup of that broker which was not finished"));
        backup.addOption(OptionSpec.builder(BROKER, SERVER)
                .paramLabel("HOST:PORT")
                .type(String.class)
                .description("the broker to copy (default: " + DEFAULT_BROKER + ")")
                .build());
        backup.addOption(new CommandOption(
                        RATE, "SIZE", "bytes a second at most, 0 for no bound (default: " + DEFAULT_RATE + ")")
                .spec());
        backup.addOption(ALL_WRITTEN.spec());
        AskedAs.options().forEach(backup::addOption);
        return backup;
    }

    /** Where a backup is. */
    static PositionalParamSpec folder(String what) {
        return PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .type(String.class)
                .paramLabel("DIR")
                .description(what)
                .build();
    }

    /** Does what was said; returns the exit code. */
    int run(ParseResult said) {
        AskedAs as = AskedAs.of(said, environment);
        HostPort broker;
        ByteSize rate;
        try {
            broker = HostPort.parse(said.matchedOptionValue(BROKER, DEFAULT_BROKER));
            rate = rate(said.matchedOptionValue(RATE, DEFAULT_RATE.toString()));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(said.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
        }
        return copy(
                broker,
                as,
                rate,
                said.hasMatchedOption(ALL_WRITTEN.flag()),
                Path.of(said.matchedPositionalValue(0, "")));
    }

    private static ByteSize rate(String text) {
        ByteSize rate = ByteSize.parse(text);
        if (rate.bytes() > 0 && rate.compareTo(RATE_MIN) < 0) {
            throw new IllegalArgumentException(RATE + " wants at least " + RATE_MIN + ", or 0 for no bound, not '"
                    + text + "': the broker gives up a copy of which nothing is read for a minute");
        }
        return rate;
    }

    private int copy(HostPort broker, AskedAs as, ByteSize rate, boolean isAllWritten, Path folder) {
        try (BrokerClient client = new BrokerClient(broker, as, PATIENCE_MS)) {
            RemoteCopy source = new RemoteCopy(client::ask, ticker, isAllWritten);
            FileStorage into = new FileStorage(folder);
            return tell(
                    new LogFetch(into, source, new RatePace(rate, ticker, LockSupport::parkNanos, out)).run(), folder);
        } catch (NoAnswer e) {
            err.println(
                    "carillon: " + e.getMessage() + "; what was copied so far is kept: say the same again to go on");
            return ExitCode.NO_BROKER;
        } catch (StorageFault fault) {
            err.println("carillon: "
                    + (fault.isDiskFull()
                            ? "the disk of " + folder + " is full: make room and say the same"
                                    + " again, it goes on where it stopped; "
                            : "cannot write to " + folder + ": ")
                    + fault.getMessage());
            return ExitCode.FAULT;
        } catch (Corrupt corrupt) {
            err.println("carillon: what was copied is damaged, at the broker or in " + folder + ": "
                    + corrupt.getMessage());
            return ExitCode.FAULT;
        } catch (NotUnderstood newer) {
            err.println("carillon: " + folder + " holds an earlier copy that cannot be gone on with: "
                    + newer.getMessage());
            return ExitCode.FAULT;
        }
    }

    private int tell(CopyOutcome outcome, Path folder) {
        return switch (outcome) {
            case CopyOutcome.Whole whole -> {
                out.println(
                        "backup of " + whole.origin() + " in " + folder + " is whole: " + RatePace.files(whole.files())
                                + ", " + RatePace.roughly(whole.bytes()) + ", up to log offset " + whole.to());
                yield ExitCode.OK;
            }
            case CopyOutcome.Refused(String why) -> {
                err.println("carillon: " + why + " (" + folder + ")");
                yield ExitCode.REFUSED;
            }
        };
    }
}
