package io.carillon.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * What a command line asked of a group of brokers.
 *
 * @param fields of the request's header
 * @param patience how long what goes on by itself is watched
 */
record ClusterCall(
        ClusterCommand command, HostPort broker, Map<String, String> fields, boolean isJson, Duration patience) {
    private static final String DEFAULT_BROKER = "127.0.0.1:10911";
    private static final String DEFAULT_PATIENCE = "10s";
    private static final CommandOption BROKER = new CommandOption(
            "--broker", "HOST:PORT", "any member, where clients reach it (default: " + DEFAULT_BROKER + ")");
    private static final CommandOption JSON = new CommandOption("--json", "", "print the outcome as JSON");
    private static final CommandOption LEARNER =
            new CommandOption("--learner", "", "it gets a copy of the log, and no vote");
    private static final CommandOption WAIT = new CommandOption(
            "--wait",
            "DURATION",
            "watch for so long what goes on by itself, 0s to return at once (default: " + DEFAULT_PATIENCE + ")");

    /** Adds the options and operands to a command that has been named and described. */
    static CommandSpec fill(ClusterCommand command, CommandSpec spec) {
        spec.addOption(BROKER.spec()).addOption(JSON.spec());
        if (command != ClusterCommand.STATUS) {
            spec.addOption(WAIT.spec());
        }
        if (command == ClusterCommand.ADD) {
            spec.addOption(LEARNER.spec());
        }
        for (OptionSpec option : AskedAs.options()) {
            spec.addOption(option);
        }
        for (int i = 0; i < command.operands().size(); i++) {
            spec.addPositional(PositionalParamSpec.builder()
                    .index(Integer.toString(i))
                    .arity("0..1")
                    .type(String.class)
                    .paramLabel(command.operands().get(i))
                    .description(
                            command == ClusterCommand.ADD
                                    ? "its number, and where the other members find it, as in --peers"
                                    : "number of a member, or the address at which the others find it")
                    .build());
        }
        return spec;
    }

    /** @throws ParameterException when what was said makes no sense: says what was expected */
    static ClusterCall of(ParseResult said) {
        try {
            ClusterCommand command = ClusterCommand.of(said.commandSpec().name());
            String patience = command == ClusterCommand.STATUS
                    ? DEFAULT_PATIENCE
                    : said.matchedOptionValue(WAIT.flag(), DEFAULT_PATIENCE);
            return new ClusterCall(
                    command,
                    HostPort.parse(said.matchedOptionValue(BROKER.flag(), DEFAULT_BROKER)),
                    fields(command, operands(command, said), said),
                    said.hasMatchedOption(JSON.flag()),
                    TimeText.parseSpan(patience));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(said.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> operands(ClusterCommand command, ParseResult said) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < command.operands().size(); i++) {
            String one = said.matchedPositionalValue(i, "").strip();
            if (one.isEmpty()) {
                throw new IllegalArgumentException(command.word() + " wants " + String.join(" ", command.operands())
                        + ", such as '" + example(command) + "'");
            }
            found.add(one);
        }
        return found;
    }

    private static String example(ClusterCommand command) {
        return "carillon cluster " + command.word()
                + switch (command) {
                    case STATUS -> "";
                    case ADD -> " 4=10.0.0.4:10921";
                    case REPLACE -> " 2 4";
                    case REMOVE, TRANSFER, PROMOTE, ACCEPT_LOSS -> " 2";
                };
    }

    private static Map<String, String> fields(ClusterCommand command, List<String> operands, ParseResult said) {
        return switch (command) {
            case STATUS -> Map.of();
            case ADD -> {
                PeerAddress peer = PeerAddress.parse(operands.getFirst());
                yield Map.of(
                        "node", Integer.toString(peer.node()),
                        "address", peer.at().toString(),
                        "learner", Boolean.toString(said.hasMatchedOption(LEARNER.flag())));
            }
            case REPLACE -> Map.of("member", operands.get(0), "by", operands.get(1));
            case REMOVE, TRANSFER, PROMOTE, ACCEPT_LOSS -> Map.of("member", operands.getFirst());
        };
    }
}
