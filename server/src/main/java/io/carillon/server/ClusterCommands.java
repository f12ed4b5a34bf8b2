package io.carillon.server;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;
import io.carillon.base.Ticker;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.PrintStream;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code carillon cluster ...}: shows a group of brokers that replicate one log, and changes who is in it and who leads it.
 * Any member may be named: a change goes to the one that leads. A client: it takes no data folder.
 */
final class ClusterCommands {
    static final String NAME = "cluster";

    private static final long PATIENCE_MS = 15_000;
    private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** A leader may change while it is asked for; who is sent on and on is better told. */
    private static final int SENT_ON_MAX = 3;

    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Ticker ticker;
    private final LongConsumer rest;
    private final Function<AskedAs, BrokerCalls> brokers;

    /**
     * @param rest lets so many ns pass
     * @param brokers who answers; is closed at the end
     */
    ClusterCommands(
            PrintStream out,
            PrintStream err,
            Map<String, String> environment,
            Ticker ticker,
            LongConsumer rest,
            Function<AskedAs, BrokerCalls> brokers) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        this.ticker = ticker;
        this.rest = rest;
        this.brokers = brokers;
    }

    /** Asks over the network. */
    static BrokerCalls network(AskedAs as) {
        return new BrokersClient(as, PATIENCE_MS);
    }

    /** Adds the commands and their options to one that has been named and described. */
    static CommandSpec fill(CommandSpec family, Function<ClusterCommand, CommandSpec> empty) {
        for (ClusterCommand command : ClusterCommand.values()) {
            family.addSubcommand(command.word(), ClusterCall.fill(command, empty.apply(command)));
        }
        return family;
    }

    /** Does what was said; returns the exit code. */
    int run(ParseResult family) {
        return new CommandFamily(out, err).run(family, said -> {
            ClusterCall call = ClusterCall.of(said);
            try (BrokerCalls calls = brokers.apply(AskedAs.of(said, environment))) {
                return call.command() == ClusterCommand.STATUS ? status(call, calls) : change(call, calls);
            }
        });
    }

    private int status(ClusterCall call, BrokerCalls calls) {
        Response response = ask(calls, call.broker(), RequestCode.CLUSTER_STATUS, Reply.ok());
        if (response.code() != ResponseCode.SUCCESS) {
            return tell(call, call.broker(), response, null);
        }
        ClusterPicture picture = ClusterPicture.of(ClusterPicture.viewIn(response), calls);
        out.print(call.isJson() ? pretty(picture.json()) + "\n" : picture.text());
        return ExitCode.OK;
    }

    private int change(ClusterCall call, BrokerCalls calls) {
        HostPort at = call.broker();
        long beganNs = ticker.nanoTime();
        Response response = ask(calls, at, call.command().code(), content(call));
        for (int sentOn = 0; sentOn < SENT_ON_MAX && !leaderIn(response).isEmpty(); sentOn++) {
            at = HostPort.parse(leaderIn(response));
            response = ask(calls, at, call.command().code(), content(call));
        }
        boolean goesOn = "begun".equals(response.ext().get("outcome"));
        if (!goesOn || call.patience().isZero()) {
            return tell(call, at, response, null);
        }
        return tell(call, at, response, watch(call, calls, at, beganNs));
    }

    /** With the time, so that no two requests look alike: one that does may be somebody's who listened. */
    private Reply content(ClusterCall call) {
        Reply content = Reply.ok().ext("askedMs", ticker.nowMs());
        call.fields().forEach(content::ext);
        return content;
    }

    private static String leaderIn(Response response) {
        return response.code() == ResponseCode.SUCCESS ? "" : response.ext().getOrDefault("leader", "");
    }

    private static Response ask(BrokerCalls calls, HostPort at, int code, Reply content) {
        try {
            return calls.ask(at, code, content).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof NoAnswer none) {
                throw none;
            }
            throw e;
        }
    }

    /** How something ended that went on by itself. */
    private record End(boolean isDone, String said) {}

    private End watch(ClusterCall call, BrokerCalls calls, HostPort at, long beganNs) {
        String member = call.fields().getOrDefault("address", call.fields().getOrDefault("member", ""));
        JSONObject view = new JSONObject();
        while (ticker.nanoTime() - beganNs < call.patience().toNanos()) {
            view = look(calls, at, view);
            JSONObject found = ClusterPicture.memberOf(view, member);
            if (found != null && hasArrived(call.command(), view, found)) {
                long tookMs = TimeUnit.NANOSECONDS.toMillis(ticker.nanoTime() - beganNs);
                return new End(
                        true,
                        name(found) + (isTransfer(call) ? " leads" : " has a vote") + ", after " + tookMs + " ms");
            }
            rest.accept(LOOK_EVERY_NS);
        }
        String patience = call.patience().toMillis() + " ms";
        if (isTransfer(call)) {
            String leader = ClusterPicture.text(view, "leader");
            return new End(
                    false,
                    "the leadership did not arrive within " + patience + ": "
                            + (leader.isEmpty() ? "nobody is known to lead" : leader + " leads"));
        }
        return new End(
                true,
                "it has not all yet after " + patience
                        + ", and gets its vote when it has: 'carillon cluster status' shows how far it is");
    }

    private static boolean isTransfer(ClusterCall call) {
        return call.command() == ClusterCommand.TRANSFER;
    }

    private static boolean hasArrived(ClusterCommand command, JSONObject view, JSONObject member) {
        return command == ClusterCommand.TRANSFER
                ? ClusterPicture.text(view, "leader").equals(ClusterPicture.text(member, "address"))
                : member.getBooleanValue("isVoter");
    }

    private static String name(JSONObject member) {
        return "member " + ClusterPicture.text(member, "node") + " (" + ClusterPicture.text(member, "address") + ")";
    }

    /** A new look, or the one before when nobody answers: a leader that hands over closes its connections. */
    private static JSONObject look(BrokerCalls calls, HostPort at, JSONObject before) {
        try {
            Response response = ask(calls, at, RequestCode.CLUSTER_STATUS, Reply.ok());
            return response.code() == ResponseCode.SUCCESS ? ClusterPicture.viewIn(response) : before;
        } catch (NoAnswer _) {
            return before;
        }
    }

    /** @param end of what went on by itself, and was watched */
    private int tell(ClusterCall call, HostPort at, Response response, @Nullable End end) {
        boolean isDone = response.code() == ResponseCode.SUCCESS && (end == null || end.isDone());
        String said = end == null ? said(at, response) : end.said();
        if (call.isJson()) {
            JSONObject outcome = new JSONObject();
            outcome.put("code", response.code());
            outcome.put("remark", said);
            outcome.putAll(response.ext());
            out.println(pretty(outcome));
        } else if (isDone) {
            out.println(said);
        } else {
            err.println("carillon: " + said);
        }
        return isDone ? ExitCode.OK : ExitCode.REFUSED;
    }

    private static String said(HostPort at, Response response) {
        return response.code() == ResponseCode.REQUEST_CODE_NOT_SUPPORTED
                ? "the server at " + at
                        + " knows no such request: it is a name server, an older version, or another make"
                : Objects.requireNonNullElse(response.remark(), "the broker answered with code " + response.code());
    }

    private static String pretty(JSONObject json) {
        return JSON.toJSONString(json, JSONWriter.Feature.PrettyFormat);
    }
}
