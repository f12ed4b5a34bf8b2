package io.carillon.server;

import io.carillon.base.CarillonException;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingConfig;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The command line: finds out what was asked, does it, and says with the exit code how that went. */
public final class Main {
    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    Main(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /** Starts what the arguments say; the exit code is one of {@code ExitCode}. */
    public static void main(String[] args) {
        System.exit(new Main(System.getenv(), System.out, System.err).run(args));
    }

    /** Runs one command; for a server it returns when that has stopped. */
    int run(String... args) {
        try {
            CommandLines.Said plain = PlainArguments.read(args);
            if (plain != null) {
                return serve(plain);
            }
            CommandLine commands = CommandLines.all();
            return run(commands, commands.parseArgs(args));
        } catch (CommandLine.ParameterException e) {
            String command = e.getCommandLine().getCommandSpec().qualifiedName();
            err.println("carillon: " + CommandLines.explain(e) + "\nSee '" + command + " --help'.");
            return ExitCode.USAGE;
        } catch (CarillonException.BadConfig e) {
            err.println("carillon: " + e.getMessage());
            return ExitCode.USAGE;
        } catch (StartFailure e) {
            err.println("carillon: " + e.getMessage());
            return e.exitCode();
        } catch (CarillonException e) {
            err.println("carillon: cannot start: " + e.getMessage());
            return ExitCode.FAULT;
        }
    }

    private int run(CommandLine commands, ParseResult said) {
        if (!said.hasSubcommand()) {
            commands.usage(said.isUsageHelpRequested() ? out : err);
            return said.isUsageHelpRequested() ? ExitCode.OK : ExitCode.USAGE;
        }
        ParseResult command = said.subcommand();
        if (command.isUsageHelpRequested()) {
            command.commandSpec().commandLine().usage(out);
            return ExitCode.OK;
        }
        String name = command.commandSpec().name();
        return switch (name) {
            case CommandLines.VERSION -> version();
            case CommandLines.CONFIG -> config(command);
            case ScheduleCommands.NAME ->
                new ScheduleCommands(out, err, Ticker.system(), call -> ScheduleClient.ask(call, asked(command)))
                        .run(command);
            case AccessCommands.USER, AccessCommands.ACL ->
                new AccessCommands(out, err, environment, Security::madeUp, AccessCommands::ask).run(command);
            case BackupCommand.NAME -> new BackupCommand(out, err, environment, Ticker.system()).run(command);
            case RestoreCommand.NAME ->
                new RestoreCommand(out, err)
                        .run(command, read(CommandLines.said(command)).config().data());
            case SettingsCommands.NAME ->
                new SettingsCommands(out, err, environment, SettingsCommands::ask).run(command);
            case ClusterCommands.NAME ->
                new ClusterCommands(
                                out,
                                err,
                                environment,
                                Ticker.system(),
                                LockSupport::parkNanos,
                                ClusterCommands::network)
                        .run(command);
            case TokenCommands.NAME -> new TokenCommands(out, err, Server.unguessable(), tokens(command)).run(command);
            case CommandLines.TRAIN -> Training.run();
            default -> serve(CommandLines.said(command));
        };
    }

    private Path tokens(ParseResult family) {
        CommandLines.Said said = CommandLines.said(family.hasSubcommand() ? family.subcommand() : family);
        return TokenFile.place(read(said).config());
    }

    private AskedAs asked(ParseResult family) {
        return family.hasSubcommand() ? AskedAs.of(family.subcommand(), environment) : AskedAs.NOBODY;
    }

    private ConfigReader.Effective read(CommandLines.Said said) {
        return ConfigReader.read(said.file(), environment, said.settings());
    }

    private int version() {
        @Nullable String version = Main.class.getPackage().getImplementationVersion();
        out.println("carillon " + (version == null ? "(not packed)" : version));
        out.println("java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ", "
                + System.getProperty("java.home") + ")");
        return ExitCode.OK;
    }

    private int config(ParseResult command) {
        for (Setting setting : read(CommandLines.said(command)).settings()) {
            out.printf("%-32s %-24s %s%n", setting.key(), SettingText.show(setting.value()), setting.origin());
        }
        return ExitCode.OK;
    }

    private int serve(CommandLines.Said said) {
        Supervisor supervisor = Supervisor.of(environment, Main::watchdogIo);
        AtomicReference<Server> running = new AtomicReference<>();
        Threads.atExit(() -> {
            supervisor.stops();
            Server last = running.get();
            if (last != null) {
                last.stopAndHalt();
            }
        });
        while (true) {
            ConfigReader.Effective config = read(said);
            LogSetup.use(config.config().logFormat());
            Server server = Server.start(Role.of(said.command()), config, this::tell);
            running.set(server);
            String ready = server.readyLine().toString();
            tell(ready);
            supervisor.serves(ready, server.turns());
            server.awaitEnd();
            if (!server.wantsRestart()) {
                return server.isFailed() ? ExitCode.FAULT : ExitCode.OK;
            }
            supervisor.servesNoMore();
            server.close();
            running.set(null);
        }
    }

    private static IoGroup watchdogIo() {
        return IoGroup.open(1, Threads.watchdog(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
    }

    private void tell(String notice) {
        out.println(notice);
        out.flush();
    }
}
