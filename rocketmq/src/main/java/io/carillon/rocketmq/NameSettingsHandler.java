package io.carillon.rocketmq;

import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What an operator sets at the name server: key-value settings, write permissions of brokers, its configuration. */
final class NameSettingsHandler implements Handlers {
    private final NameServer names;
    private final LiveSettings live;
    private final Aside aside;

    /** @param live the settings that can be changed */
    NameSettingsHandler(NameServer names, LiveSettings live, Aside aside) {
        this.names = names;
        this.live = live;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        RouteHandler.on(
                dispatcher,
                RequestCode.PUT_KV_CONFIG,
                request -> put(request.required("namespace"), request.required("key"), request.required("value")));
        RouteHandler.on(
                dispatcher,
                RequestCode.GET_KV_CONFIG,
                request -> get(request.required("namespace"), request.required("key")));
        RouteHandler.on(
                dispatcher,
                RequestCode.DELETE_KV_CONFIG,
                request -> delete(request.required("namespace"), request.required("key")));
        RouteHandler.on(
                dispatcher, RequestCode.GET_KVLIST_BY_NAMESPACE, request -> list(request.required("namespace")));
        RouteHandler.on(
                dispatcher,
                RequestCode.WIPE_WRITE_PERM_OF_BROKER,
                request -> Reply.ok().ext("wipeTopicCount", names.wipeWrites(request.required("brokerName"), true)));
        RouteHandler.on(
                dispatcher,
                RequestCode.ADD_WRITE_PERM_OF_BROKER,
                request -> Reply.ok().ext("addTopicCount", names.wipeWrites(request.required("brokerName"), false)));
        dispatcher.on(RequestCode.UPDATE_NAMESRV_CONFIG, this::changeConfig);
        RouteHandler.on(dispatcher, RequestCode.GET_NAMESRV_CONFIG, _ -> config());
    }

    Reply put(String namespace, String key, String value) {
        return names.settings()
                .put(namespace, key, value)
                .map(fault -> Reply.of(ResponseCode.SYSTEM_ERROR, fault))
                .orElseGet(Reply::ok);
    }

    Reply get(String namespace, String key) {
        return names.settings()
                .get(namespace, key)
                .map(value -> Reply.ok().ext("value", value))
                .orElseGet(() -> Reply.of(
                        ResponseCode.QUERY_NOT_FOUND, "No config item, Namespace: " + namespace + " Key: " + key));
    }

    Reply delete(String namespace, String key) {
        names.settings().delete(namespace, key);
        return Reply.ok();
    }

    Reply list(String namespace) {
        Map<String, String> table = names.settings().all(namespace);
        return table.isEmpty()
                ? Reply.of(ResponseCode.QUERY_NOT_FOUND, "No config item, Namespace: " + namespace)
                : Reply.ok().body(RouteBodies.kvTable(table));
    }

    /** By the names that Apache's tools know, and those that can be changed by their own keys, too. */
    private SortedMap<String, String> settings() {
        NameServerConfig config = names.config();
        SortedMap<String, String> all = new TreeMap<>(live.inForce());
        all.putAll(Map.of(
                "brokerHeartbeatTimeoutMillis",
                        Long.toString(config.heartbeatTimeout().toMillis()),
                "supportActingMaster", Boolean.toString(config.actingMaster()),
                "orderMessageEnable", Boolean.toString(config.orderedTopics()),
                "kvConfigEntriesMax", Integer.toString(config.kvEntriesMax()),
                "returnOrderTopicConfigToBroker", "true",
                "enableAllTopicList", "true",
                "enableTopicList", "true",
                "deleteTopicWithBrokerRegistration", "false",
                "notifyMinBrokerIdChanged", "false"));
        return all;
    }

    Reply config() {
        String text = settings().entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
                .collect(Collectors.joining());
        return Reply.ok().body(text.getBytes(StandardCharsets.UTF_8));
    }

    private void changeConfig(Request request) {
        byte[] body = request.copyBody();
        String by = SettingChange.senderOf(request);
        aside.answer(request, () -> updateConfig(body, by));
    }

    /** See {@link SettingChange}. May wait for the disk. */
    Reply updateConfig(byte[] body, String by) {
        return new SettingChange(SettingNames.NAME_SERVER, settings(), live).reply(body, by);
    }
}
