package io.carillon.server;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;
import io.carillon.base.Secret;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code carillon user ...} and {@code carillon acl ...}: who may connect to a running broker, and what each may do. They
 * are clients: they take no data folder, and end after one answer.
 */
final class AccessCommands {
    static final String USER = "user";
    static final String ACL = "acl";

    private static final long PATIENCE_MS = 30_000;

    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Supplier<Secret> secrets;
    private final Function<AccessCall, Response> broker;

    /**
     * @param secrets makes secrets up
     * @param broker answers; throws {@link NoAnswer} when it does not
     */
    AccessCommands(
            PrintStream out,
            PrintStream err,
            Map<String, String> environment,
            Supplier<Secret> secrets,
            Function<AccessCall, Response> broker) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        this.secrets = secrets;
        this.broker = broker;
    }

    /** Asks over the network. */
    static Response ask(AccessCall call) {
        return BrokerClient.ask(call.broker(), call.command().code(), call.content(), call.as(), PATIENCE_MS);
    }

    /** Adds the commands of a family and their options to one that has been named and described. */
    static CommandSpec fill(CommandSpec family, Function<AccessCommand, CommandSpec> empty) {
        for (AccessCommand command : AccessCommand.values()) {
            if (command.family().equals(family.name())) {
                CommandSpec spec = empty.apply(command);
                command.options()
                        .forEach(option -> spec.addOption(option.option().spec()));
                AskedAs.options().forEach(spec::addOption);
                if (command.namesUser()) {
                    spec.addPositional(PositionalParamSpec.builder()
                            .index("0")
                            .arity("0..1")
                            .type(String.class)
                            .paramLabel("NAME")
                            .description("name of the user")
                            .build());
                }
                family.addSubcommand(command.word(), spec);
            }
        }
        return family;
    }

    /** Does what was said; returns the exit code. */
    int run(ParseResult family) {
        return new CommandFamily(out, err).run(family, said -> {
            AccessCall call = AccessCall.of(family.commandSpec().name(), said, environment, secrets);
            return tell(call, broker.apply(call));
        });
    }

    private int tell(AccessCall call, Response response) {
        boolean isDone = response.code() == ResponseCode.SUCCESS;
        boolean isMissing = isDone
                && !call.command().isOrder()
                && call.command().namesUser()
                && response.body().length == 0
                && call.command() == AccessCommand.USER_SHOW;
        if (call.isJson()) {
            out.println(json(call, response));
        } else if (isMissing) {
            err.println("carillon: there is no user " + call.fields().get("username"));
        } else if (isDone) {
            out.print(text(call, response));
        } else {
            err.println("carillon: " + refusal(response));
        }
        return isDone && !isMissing ? ExitCode.OK : ExitCode.REFUSED;
    }

    private static String refusal(Response response) {
        return response.remark() == null ? "the broker answered with code " + response.code() : response.remark();
    }

    /** What was asked for as the broker has it; of an order its outcome, and a secret that was made up. */
    private static String json(AccessCall call, Response response) {
        boolean isDone = response.code() == ResponseCode.SUCCESS;
        if (isDone && !call.command().isOrder()) {
            byte[] body = response.body();
            Object found = body.length == 0
                    ? (call.command().namesUser() ? new JSONObject() : new JSONArray())
                    : JSON.parse(body);
            return JSON.toJSONString(found, JSONWriter.Feature.PrettyFormat);
        }
        JSONObject outcome = new JSONObject();
        outcome.put("code", response.code());
        outcome.put("remark", response.remark());
        if (isDone && !call.madeUp().isEmpty()) {
            outcome.put("secret", call.madeUp().reveal());
        }
        return JSON.toJSONString(outcome, JSONWriter.Feature.PrettyFormat);
    }

    private static String text(AccessCall call, Response response) {
        return switch (call.command()) {
            case USER_LIST, USER_SHOW -> users(objects(response));
            case ACL_LIST, ACL_SHOW -> policies(objects(response));
            case USER_CREATE, USER_UPDATE, USER_DELETE, ACL_ALLOW, ACL_DENY, ACL_DELETE ->
                call.madeUp().isEmpty()
                        ? "done\n"
                        : "done; the secret, shown this once: " + call.madeUp().reveal() + "\n";
        };
    }

    private static List<JSONObject> objects(Response response) {
        if (response.body().length == 0) {
            return List.of();
        }
        return switch (JSON.parse(response.body())) {
            case JSONArray array -> array.toList(JSONObject.class);
            case JSONObject one -> List.of(one);
            default -> List.of();
        };
    }

    private static String users(List<JSONObject> users) {
        if (users.isEmpty()) {
            return "no such users\n";
        }
        Table table = new Table().row("USER", "TYPE", "STATUS");
        users.forEach(user -> table.row(cell(user, "username"), cell(user, "userType"), cell(user, "userStatus")));
        return table.toString();
    }

    private static String policies(List<JSONObject> subjects) {
        if (subjects.isEmpty()) {
            return "no policies: only super users may do anything\n";
        }
        Table table = new Table().row("SUBJECT", "POLICY", "RESOURCE", "ACTIONS", "FROM", "DECISION");
        for (JSONObject subject : subjects) {
            for (JSONObject policy : all(subject, "policies")) {
                for (JSONObject entry : all(policy, "entries")) {
                    table.row(
                            cell(subject, "subject"),
                            cell(policy, "policyType"),
                            cell(entry, "resource"),
                            joined(entry, "actions"),
                            joined(entry, "sourceIps"),
                            cell(entry, "decision"));
                }
            }
        }
        return table.toString();
    }

    private static List<JSONObject> all(JSONObject in, String name) {
        JSONArray array = in.getJSONArray(name);
        return array == null ? List.of() : array.toList(JSONObject.class);
    }

    private static String joined(JSONObject in, String name) {
        JSONArray array = in.getJSONArray(name);
        return array == null || array.isEmpty() ? "any" : String.join(",", array.toList(String.class));
    }

    private static String cell(JSONObject in, String name) {
        return Objects.requireNonNullElse(in.getString(name), "");
    }
}
