package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService;
import io.carillon.broker.admin.NamedStats;
import io.carillon.broker.tally.Span;
import io.carillon.broker.tally.Tallies;
import io.carillon.broker.tally.Window;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The broker's figures. */
final class StatsHandler implements Handlers {
    private static final List<String> NAMES = List.of(
            "TOPIC_PUT_NUMS",
            "GROUP_GET_NUMS",
            "GROUP_GET_SIZE",
            "SNDBCK_PUT_NUMS",
            "BROKER_PUT_NUMS",
            "BROKER_GET_NUMS");
    private static final String KEYS = ": the key should be a topic, or topic@group of two that exist (and of which "
            + Tallies.PAIRS_MAX + " pairs are counted at most)";

    private final AdminService admin;
    private final Aside aside;

    StatsHandler(AdminService admin, Aside aside) {
        this.admin = admin;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.VIEW_BROKER_STATS_DATA, this::stats);
    }

    private void stats(Request request) {
        String name = request.required("statsName");
        String key = request.required("statsKey");
        aside.answer(request, () -> {
            NamedStats.Figure figure = figure(name, key);
            return figure == null
                    ? Reply.of(
                            ResponseCode.SYSTEM_ERROR, "The stats <" + name + "> <" + key + "> not exist" + why(name))
                    : Reply.ok().body(windows(figure).bytes());
        });
    }

    /** Null when there is no such figure. */
    private NamedStats.@Nullable Figure figure(String name, String key) {
        NamedStats stats = admin.namedStats();
        int at = key.indexOf('@'); // which no name of a topic or a group has
        String topic = at < 0 ? key : key.substring(0, at);
        String group = key.substring(at + 1);
        return switch (name) {
            case "BROKER_PUT_NUMS" -> stats.stored();
            case "BROKER_GET_NUMS" -> stats.read();
            case "TOPIC_PUT_NUMS" -> stats.stored(key);
            case "GROUP_GET_NUMS" -> stats.read(topic, group);
            case "GROUP_GET_SIZE" -> stats.readBytes(topic, group);
            case "SNDBCK_PUT_NUMS" -> stats.sentBack(topic, group);
            default -> null;
        };
    }

    private static String why(String name) {
        return NAMES.contains(name) ? KEYS : ", this broker keeps " + String.join(", ", NAMES);
    }

    private static JsonText windows(NamedStats.Figure figure) {
        return new JsonText()
                .add("statsDay", window(figure.in(Span.DAY)))
                .add("statsHour", window(figure.in(Span.HOUR)))
                .add("statsMinute", window(figure.in(Span.MINUTE)));
    }

    private static JsonText window(Window window) {
        return new JsonText()
                .add("avgpt", window.perTime())
                .add("sum", window.sum())
                .add("tps", window.perSecond());
    }
}
