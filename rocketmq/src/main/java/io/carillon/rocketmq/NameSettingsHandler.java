package io.carillon.rocketmq;

import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What an operator sets at the name server: key-value settings, write permissions of brokers, its configuration. */
final class NameSettingsHandler implements Handlers {
    /** What Apache's name server lets nobody change, so that nobody gets at files through it. */
    private static final Set<String> FORBIDDEN =
            Set.of("configBlackList", "configStorePath", "kvConfigPath", "rocketmqHome");

    private final NameServer names;

    NameSettingsHandler(NameServer names) {
        this.names = names;
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
        RouteHandler.on(dispatcher, RequestCode.UPDATE_NAMESRV_CONFIG, request -> updateConfig(request.copyBody()));
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

    /** The settings by the names that Apache's tools know; those that an Apache mechanism has are fixed here. */
    private SortedMap<String, String> settings() {
        NameServerConfig config = names.config();
        return new TreeMap<>(Map.of(
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
    }

    Reply config() {
        String text = settings().entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
                .collect(Collectors.joining());
        return Reply.ok().body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Nothing may change while it runs; what is already so is no change, and neither is a name that means nothing here. */
    Reply updateConfig(byte[] body) {
        Properties wanted = new Properties();
        try {
            wanted.load(new StringReader(new String(body, StandardCharsets.UTF_8)));
        } catch (IOException | IllegalArgumentException e) {
            return Reply.of(ResponseCode.SYSTEM_ERROR, "the body is not properties text: " + e.getMessage());
        }
        Map<String, String> settings = settings();
        String refused = wanted.stringPropertyNames().stream()
                .filter(name -> FORBIDDEN.contains(name)
                        || (settings.containsKey(name)
                                && !wanted.getProperty(name).equals(settings.get(name))))
                .sorted()
                .collect(Collectors.joining(", "));
        return refused.isEmpty()
                ? Reply.ok()
                : Reply.of(
                        ResponseCode.NO_PERMISSION,
                        "This name server's settings are set when it starts, not by command: " + refused);
    }
}
