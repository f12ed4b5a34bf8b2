package io.carillon.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The commands and their flags, and what was said with them. Built by calls rather than annotations: a start need not
 * wait for reflection.
 */
final class CommandLines {
    static final String CONFIG = "config";
    static final String VERSION = "version";

    /** Starts, sends itself some messages and ends, so that the build can record which classes a start needs. */
    static final String TRAIN = "train";

    static final String FILE_FLAG = "--config";
    static final String SET_FLAG = "--set";

    /** The flags of {@link Role#SERVER} stand for all settings that have one. */
    private static final Set<Flag> ALL_FLAGS = Role.SERVER.flags();

    private static final Set<Flag> DATA = EnumSet.of(Flag.DATA);

    private CommandLines() {}

    static CommandLine all() {
        CommandSpec root = command("carillon", "A message queue server that Apache RocketMQ clients connect to.");
        root.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(exitCodes());
        for (Role role : Role.values()) {
            root.addSubcommand(role.command(), withSettings(command(role.command(), role.help()), role.flags()));
        }
        root.addSubcommand(
                CONFIG,
                withSettings(command(CONFIG, "show every setting, its value and where that came from"), ALL_FLAGS));
        root.addSubcommand(
                ScheduleCommands.NAME,
                ScheduleCommands.fill(
                        command(
                                ScheduleCommands.NAME,
                                "look at messages that are due later, and change what becomes of them"),
                        one -> command(one.word(), one.help())));
        addAccess(root, AccessCommands.USER, "make, change and look at the users that may connect to a broker");
        addAccess(root, AccessCommands.ACL, "say what users may do at topics, groups and the cluster");
        root.addSubcommand(
                BackupCommand.NAME,
                BackupCommand.fill(command(BackupCommand.NAME, "copy all that a running broker stores into a folder")));
        root.addSubcommand(
                RestoreCommand.NAME,
                withSettings(
                        RestoreCommand.fill(
                                command(RestoreCommand.NAME, "lay out a data folder from what a backup copied")),
                        EnumSet.of(Flag.DATA)));
        root.addSubcommand(
                SettingsCommands.NAME,
                SettingsCommands.fill(
                        command(SettingsCommands.NAME, "look at settings of a running server, and change them"),
                        command(SettingsCommands.LIST, "show those that may be changed while it runs, and to what"),
                        command(SettingsCommands.SET, "change some: they hold at once and after a restart")));
        root.addSubcommand(
                ClusterCommands.NAME,
                ClusterCommands.fill(
                        command(
                                ClusterCommands.NAME,
                                "look at a group of brokers, and change who is in it and who leads"),
                        one -> command(one.word(), one.help())));
        root.addSubcommand(
                TokenCommands.NAME,
                TokenCommands.fill(
                        command(TokenCommands.NAME, "make, list and remove tokens for the HTTP port"),
                        withSettings(command(TokenCommands.ADD, "make a token, which is shown once"), DATA),
                        withSettings(command(TokenCommands.LIST, "show who has one, and what for"), DATA),
                        withSettings(command(TokenCommands.REMOVE, "make a token worthless"), DATA)));
        root.addSubcommand(VERSION, command(VERSION, "show the versions of carillon and of Java"));
        CommandSpec train = command(TRAIN, "record what a start needs");
        train.usageMessage().hidden(true);
        root.addSubcommand(TRAIN, train);
        return new CommandLine(root);
    }

    private static void addAccess(CommandSpec root, String name, String help) {
        CommandSpec family = command(name, help);
        root.addSubcommand(name, AccessCommands.fill(family, one -> command(one.word(), one.help())));
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put(Integer.toString(ExitCode.OK), "done, or stopped in order");
        codes.put(Integer.toString(ExitCode.FAULT), "a fault, which the message names");
        codes.put(Integer.toString(ExitCode.USAGE), "a wrong command line or configuration, or no JDK");
        codes.put(Integer.toString(ExitCode.DATA_IN_USE), "another process holds the data folder");
        codes.put(Integer.toString(ExitCode.PORT_IN_USE), "a port cannot be listened on");
        codes.put(Integer.toString(ExitCode.REFUSED), "the broker answered, and did not do it");
        codes.put(Integer.toString(ExitCode.NO_BROKER), "no broker answers at that address");
        return codes;
    }

    private static CommandSpec command(String name, String description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(description).width(110);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("show this help")
                .build());
        return spec;
    }

    private static CommandSpec withSettings(CommandSpec spec, Set<Flag> flags) {
        for (Flag flag : flags) {
            String extra = flag.valueLabel().isEmpty() ? "" : defaultOf(flag);
            spec.addOption(option(flag.flag(), flag.valueLabel(), flag.help() + extra));
        }
        spec.addOption(option(FILE_FLAG, "FILE", "file of key=value lines; flags and environment go over it"));
        spec.addOption(OptionSpec.builder(SET_FLAG)
                .paramLabel("KEY=VALUE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description("any other setting, may be repeated; 'carillon config' lists the keys")
                .build());
        return spec;
    }

    private static OptionSpec option(String flag, String label, String help) {
        return new CommandOption(flag, label, help).spec();
    }

    private static String defaultOf(Flag flag) {
        Setting setting = Settings.of(ServerConfig.DEFAULT).find(flag.key());
        String value = setting == null ? "" : SettingText.show(setting.value());
        return value.isEmpty() ? "" : " (default: " + value.replace("%", "%%") + ")";
    }

    /** A command with what was said about settings. */
    record Said(String command, @Nullable Path file, List<ConfigReader.FlagValue> settings) {}

    /** What a parsed command line says. */
    static Said said(ParseResult command) {
        return new Said(command.commandSpec().name(), file(command), settings(command));
    }

    private static List<ConfigReader.FlagValue> settings(ParseResult said) {
        List<ConfigReader.FlagValue> values = new ArrayList<>();
        for (Flag flag : ALL_FLAGS) {
            if (said.hasMatchedOption(flag.flag())) {
                Object value = said.matchedOptionValue(flag.flag(), "");
                values.add(new ConfigReader.FlagValue(flag.flag(), flag.key(), value.toString()));
            }
        }
        if (said.hasMatchedOption(SET_FLAG)) {
            List<String> pairs = said.matchedOptionValue(SET_FLAG, List.of());
            pairs.forEach(pair -> values.add(pair(pair)));
        }
        return values;
    }

    /** What {@code --set} was told. */
    static ConfigReader.FlagValue pair(String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new StartFailure(ExitCode.USAGE, SET_FLAG + " wants key=value, not '" + text + "'");
        }
        return new ConfigReader.FlagValue(
                SET_FLAG,
                text.substring(0, equals).strip(),
                text.substring(equals + 1).strip());
    }

    private static @Nullable Path file(ParseResult said) {
        return said.hasMatchedOption(FILE_FLAG) ? Path.of(said.matchedOptionValue(FILE_FLAG, "")) : null;
    }

    /** The one line that says what was wrong with a command line, with the nearest word that would have been right. */
    static String explain(CommandLine.ParameterException e) {
        if (!(e instanceof UnmatchedArgumentException unmatched)) {
            return String.valueOf(e.getMessage());
        }
        CommandLine command = e.getCommandLine();
        String word = unmatched.getUnmatched().getFirst().split("=", 2)[0];
        if (word.startsWith("-")) {
            List<String> names = command.getCommandSpec().options().stream()
                    .flatMap(option -> Arrays.stream(option.names()))
                    .toList();
            return "unknown option '" + word + "'" + Nearest.hint(word, names);
        }
        List<String> commands = command.getSubcommands().entrySet().stream()
                .filter(entry ->
                        !entry.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .toList();
        return commands.isEmpty()
                ? "unexpected argument '" + word + "'"
                : "unknown command '" + word + "'" + Nearest.hint(word, commands);
    }
}
