package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import io.carillon.base.Ticker;
import io.carillon.broker.admin.AdminService;
import io.carillon.broker.metadata.DataVersion;
import io.carillon.broker.metadata.TopicState;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The broker's settings and figures. */
final class StatsHandler implements Handlers {
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;

    private final AdminService admin;
    private final RuntimeFigures figures;
    private final Supplier<BrokerSettings> settings;
    private final Ticker ticker;
    private final Aside aside;

    /** @param settings asked when a request comes, since the port may be known only after listening */
    StatsHandler(
            AdminService admin, RuntimeFigures figures, Supplier<BrokerSettings> settings, Ticker ticker, Aside aside) {
        this.admin = admin;
        this.figures = figures;
        this.settings = settings;
        this.ticker = ticker;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.GET_BROKER_CONFIG, this::config)
                .on(RequestCode.UPDATE_BROKER_CONFIG, this::changeConfig)
                .on(RequestCode.GET_BROKER_RUNTIME_INFO, this::runtime)
                .on(RequestCode.VIEW_BROKER_STATS_DATA, this::stats)
                .on(RequestCode.GET_BROKER_HA_STATUS, this::replicas);
    }

    private void config(Request request) {
        String version = TopicBodies.version(new DataVersion(0, 0, 0)).toString();
        byte[] text = settings.get().text().getBytes(StandardCharsets.UTF_8);
        request.reply(Reply.ok().ext("version", version).body(text));
    }

    private void changeConfig(Request request) {
        settings.get().change(new String(request.copyBody(), StandardCharsets.UTF_8));
        request.reply(Reply.ok());
    }

    private void runtime(Request request) {
        aside.answer(request, () -> Reply.ok().body(JSON.toJSONBytes(Map.of("table", figures.table()))));
    }

    private void stats(Request request) {
        String name = request.required("statsName");
        String key = request.required("statsKey");
        aside.answer(request, () -> {
            LongUnaryOperator storedSince = storedSince(name, key);
            return storedSince == null
                    ? Reply.of(ResponseCode.SYSTEM_ERROR, "The stats <" + name + "> <" + key + "> not exist")
                    : Reply.ok().body(windows(storedSince).bytes());
        });
    }

    /** Counts messages from a time on; null when there is no such figure. */
    private @Nullable LongUnaryOperator storedSince(String name, String key) {
        if (name.equals("BROKER_PUT_NUMS")) {
            return admin.stats()::storedSince;
        }
        TopicState topic = name.equals("TOPIC_PUT_NUMS") ? admin.topics().find(key) : null;
        return topic == null ? null : sinceMs -> admin.stats().storedSince(topic, sinceMs);
    }

    private JsonText windows(LongUnaryOperator storedSince) {
        return new JsonText()
                .add("statsDay", window(storedSince, DAY_MS))
                .add("statsHour", window(storedSince, HOUR_MS))
                .add("statsMinute", window(storedSince, MINUTE_MS));
    }

    private JsonText window(LongUnaryOperator storedSince, long lengthMs) {
        long sum = storedSince.applyAsLong(ticker.nowMs() - lengthMs);
        return new JsonText().add("avgpt", sum == 0 ? 0.0 : 1.0).add("sum", sum).add("tps", sum * 1000.0 / lengthMs);
    }

    /** This broker is alone: it leads, and nobody follows. */
    private void replicas(Request request) {
        JsonText body = new JsonText()
                .addText("haConnectionInfo", "[]")
                .add("inSyncSlaveNums", 0)
                .add("master", true)
                .add("masterCommitLogMaxOffset", admin.log().offsetMax());
        request.reply(Reply.ok().body(body.bytes()));
    }
}
