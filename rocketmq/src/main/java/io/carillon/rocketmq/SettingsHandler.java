package io.carillon.rocketmq;

import io.carillon.broker.metadata.DataVersion;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** The settings of this process, to look at and to change (request codes 25 and 26). */
final class SettingsHandler implements Handlers {
    private final Supplier<BrokerSettings> settings;
    private final Aside aside;

    /** @param settings asked when a request comes, since the port may be known only after listening */
    SettingsHandler(Supplier<BrokerSettings> settings, Aside aside) {
        this.settings = settings;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.GET_BROKER_CONFIG, this::config).on(RequestCode.UPDATE_BROKER_CONFIG, this::change);
    }

    private void config(Request request) {
        String version = TopicBodies.version(new DataVersion(0, 0, 0)).toString();
        byte[] text = settings.get().text().getBytes(StandardCharsets.UTF_8);
        request.reply(Reply.ok().ext("version", version).body(text));
    }

    private void change(Request request) {
        byte[] body = request.copyBody();
        String by = SettingChange.senderOf(request);
        aside.answer(request, () -> settings.get().change(body, by));
    }
}
