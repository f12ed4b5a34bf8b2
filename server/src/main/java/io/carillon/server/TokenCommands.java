package io.carillon.server;

import io.carillon.http.Action;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code carillon token ...}: makes, lists and removes tokens for the HTTP port. It writes the file that a server beside it
 * reads again within a second.
 */
final class TokenCommands {
    static final String NAME = "token";
    static final String ADD = "add";
    static final String LIST = "list";
    static final String REMOVE = "remove";

    private static final int TOKEN_BYTES = 32;
    private static final CommandOption ACTIONS =
            new CommandOption("--actions", "LIST", "of send, receive, view, manage (default: send,receive,view)");
    private static final CommandOption TOPICS =
            new CommandOption("--topics", "LIST", "names, with a * at the end for all that begin so (default: *)");
    private static final Set<Action> ACTIONS_DEFAULT = EnumSet.of(Action.SEND, Action.RECEIVE, Action.VIEW);

    private final PrintStream out;
    private final PrintStream err;
    private final RandomGenerator random;
    private final Path file;

    TokenCommands(PrintStream out, PrintStream err, RandomGenerator random, Path file) {
        this.out = out;
        this.err = err;
        this.random = random;
        this.file = file;
    }

    static CommandSpec fill(CommandSpec family, CommandSpec add, CommandSpec list, CommandSpec remove) {
        add.addPositional(name("who gets it")).addOption(ACTIONS.spec()).addOption(TOPICS.spec());
        remove.addPositional(name("whose"));
        family.addSubcommand(ADD, add).addSubcommand(LIST, list).addSubcommand(REMOVE, remove);
        return family;
    }

    private static PositionalParamSpec name(String what) {
        return PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .type(String.class)
                .paramLabel("NAME")
                .description(what)
                .build();
    }

    /** Does what was said; returns the exit code. */
    int run(ParseResult family) {
        ToIntFunction<ParseResult> command = said -> switch (said.commandSpec().name()) {
            case ADD -> add(said);
            case REMOVE -> remove(said.matchedPositionalValue(0, ""));
            default -> list();
        };
        return new CommandFamily(out, err).run(family, command);
    }

    private int add(ParseResult said) {
        String name = said.matchedPositionalValue(0, "");
        String topics = said.matchedOptionValue(TOPICS.flag(), "*");
        if (!name.matches("[a-zA-Z0-9_.-]{1,64}") || !topics.matches("[%|a-zA-Z0-9_*,-]+")) {
            throw wrong(said, "a name has up to 64 letters, digits and _.-, topics are names with commas between");
        }
        List<TokenFile.Entry> entries = new ArrayList<>(TokenFile.entries(file));
        if (entries.stream().anyMatch(entry -> entry.name().equals(name))) {
            err.println("carillon: '" + name + "' has a token; remove it first");
            return ExitCode.REFUSED;
        }
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        entries.add(new TokenFile.Entry(
                name, "sha256:" + TokenFile.hash(token), actions(said), List.of(topics.split(",", -1))));
        TokenFile.write(file, entries);
        out.println(token);
        err.println("carillon: this is shown once, and kept nowhere; " + file + " holds its hash");
        return ExitCode.OK;
    }

    private static Set<Action> actions(ParseResult said) {
        try {
            return said.hasMatchedOption(ACTIONS.flag())
                    ? TokenFile.actions(said.matchedOptionValue(ACTIONS.flag(), ""))
                    : ACTIONS_DEFAULT;
        } catch (IllegalArgumentException e) {
            throw wrong(said, String.valueOf(e.getMessage()));
        }
    }

    private static ParameterException wrong(ParseResult said, String why) {
        return new ParameterException(said.commandSpec().commandLine(), why);
    }

    private int remove(String name) {
        List<TokenFile.Entry> entries = new ArrayList<>(TokenFile.entries(file));
        if (!entries.removeIf(entry -> entry.name().equals(name))) {
            err.println("carillon: nobody is called '" + name + "' in " + file);
            return ExitCode.REFUSED;
        }
        TokenFile.write(file, entries);
        return ExitCode.OK;
    }

    private int list() {
        Table table = new Table().row("NAME", "PROOF", "ACTIONS", "TOPICS");
        for (TokenFile.Entry entry : TokenFile.entries(file)) {
            String proof = entry.proof().startsWith("sha256:") ? "token" : entry.proof();
            table.row(entry.name(), proof, TokenFile.shown(entry.actions()), String.join(",", entry.topics()));
        }
        out.print(table);
        return ExitCode.OK;
    }
}
