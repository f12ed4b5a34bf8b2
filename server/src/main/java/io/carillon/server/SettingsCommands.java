package io.carillon.server;

import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.server.Changeable.Owner;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code carillon settings ...}: shows and changes the settings of a running broker or name server that may be changed
 * while it runs. A client: it takes no data folder, and ends after one answer.
 */
final class SettingsCommands {
    static final String NAME = "settings";
    static final String LIST = "list";
    static final String SET = "set";

    private static final String DEFAULT_BROKER = "127.0.0.1:10911";
    private static final long PATIENCE_MS = 30_000;
    private static final CommandOption BROKER =
            new CommandOption("--broker", "HOST:PORT", "the broker to ask (default: " + DEFAULT_BROKER + ")");
    private static final CommandOption NAME_SERVER =
            new CommandOption("--nameserver", "HOST:PORT", "ask this name server instead");

    /** One request. */
    record Call(HostPort at, int code, Reply content, AskedAs as) {}

    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Function<Call, Response> server;

    /** @param server answers; throws {@link NoAnswer} when it does not */
    SettingsCommands(
            PrintStream out, PrintStream err, Map<String, String> environment, Function<Call, Response> server) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        this.server = server;
    }

    /** Asks over the network. */
    static Response ask(Call call) {
        return BrokerClient.ask(call.at(), call.code(), call.content(), call.as(), PATIENCE_MS);
    }

    /** Adds the commands and their options to the family, which has been named and described. */
    static CommandSpec fill(CommandSpec family, CommandSpec list, CommandSpec set) {
        set.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("KEY=VALUE")
                .description("what to change, all of it or nothing; 'carillon settings list' shows the keys")
                .build());
        for (CommandSpec spec : List.of(list, set)) {
            spec.addOption(BROKER.spec()).addOption(NAME_SERVER.spec());
            AskedAs.options().forEach(spec::addOption);
            family.addSubcommand(spec.name(), spec);
        }
        return family;
    }

    /** Does what was said; returns the exit code. */
    int run(ParseResult family) {
        return new CommandFamily(out, err)
                .run(family, said -> said.commandSpec().name().equals(LIST) ? list(said) : set(said));
    }

    private int list(ParseResult said) {
        boolean isBroker = !said.hasMatchedOption(NAME_SERVER.flag());
        Response response =
                ask(said, isBroker ? RequestCode.GET_BROKER_CONFIG : RequestCode.GET_NAMESRV_CONFIG, Reply.ok());
        return tell(response, () -> table(isBroker ? Owner.BROKER : Owner.NAME_SERVER, properties(response)));
    }

    private int set(ParseResult said) {
        Properties wanted = new Properties();
        for (String pair : said.matchedPositionalValue(0, List.<String>of())) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw wrong(said, "write key=value, not '" + pair + "'");
            }
            wanted.setProperty(
                    pair.substring(0, equals).strip(),
                    pair.substring(equals + 1).strip());
        }
        if (wanted.isEmpty()) {
            throw wrong(said, "what is to change? Say for example 'carillon settings set log.keep-for=48h'");
        }
        boolean isBroker = !said.hasMatchedOption(NAME_SERVER.flag());
        Response response = ask(
                said,
                isBroker ? RequestCode.UPDATE_BROKER_CONFIG : RequestCode.UPDATE_NAMESRV_CONFIG,
                Reply.ok().body(text(wanted)));
        return tell(response, () -> "done\n" + (response.remark() == null ? "" : response.remark() + "\n"));
    }

    private static ParameterException wrong(ParseResult said, String why) {
        return new ParameterException(said.commandSpec().commandLine(), why);
    }

    private Response ask(ParseResult said, int code, Reply content) {
        if (said.hasMatchedOption(BROKER.flag()) && said.hasMatchedOption(NAME_SERVER.flag())) {
            throw wrong(said, "say " + BROKER.flag() + " or " + NAME_SERVER.flag() + ", one at a time");
        }
        String at = said.matchedOptionValue(NAME_SERVER.flag(), said.matchedOptionValue(BROKER.flag(), DEFAULT_BROKER));
        try {
            return server.apply(new Call(HostPort.parse(at), code, content, AskedAs.of(said, environment)));
        } catch (IllegalArgumentException e) {
            throw wrong(said, String.valueOf(e.getMessage()));
        }
    }

    private int tell(Response response, Supplier<String> text) {
        if (response.code() == ResponseCode.SUCCESS) {
            out.print(text.get());
            return ExitCode.OK;
        }
        err.println("carillon: "
                + (response.remark() == null ? "the server answered with code " + response.code() : response.remark()));
        return ExitCode.REFUSED;
    }

    private static String table(Owner owner, Properties inForce) {
        Table table = new Table().row("KEY", "VALUE", "MAY BE");
        Changeable.all().values().stream()
                .filter(one -> one.owner() == owner && inForce.containsKey(one.key()))
                .forEach(one -> table.row(
                        one.key(),
                        inForce.getProperty(one.key()),
                        one.range().isEmpty() ? "true or false" : one.range()));
        return table.toString();
    }

    private static byte[] text(Properties properties) {
        StringWriter writer = new StringWriter();
        try {
            properties.store(writer, null);
        } catch (IOException e) {
            throw new IllegalStateException("a string cannot be written to", e);
        }
        return writer.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Properties properties(Response response) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(new String(response.body(), StandardCharsets.UTF_8)));
        } catch (IOException | IllegalArgumentException e) {
            throw new NoAnswer("the answer is not properties text: " + e.getMessage(), e);
        }
        return properties;
    }
}
