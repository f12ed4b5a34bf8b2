package io.carillon.rocketmq;

import io.carillon.log.WorkLine;
import io.carillon.nameserver.BrokerRegistration;
import io.carillon.nameserver.KvSettings;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.RegistrationResult;
import io.carillon.nameserver.TableVersion;
import io.carillon.nameserver.TopicRoute.QueueRow;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What brokers tell the name server: that they live, and which topics they have. */
final class RegistrationHandler implements Handlers {
    private static final int PORT_MAX = 65_535;

    private final NameServer names;
    private final Executor workers;

    /** @param workers for bodies with thousands of topics, which would hold up an I/O thread */
    RegistrationHandler(NameServer names, Executor workers) {
        this.names = names;
        this.workers = workers;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.REGISTER_BROKER, this::registerBroker);
        RouteHandler.on(dispatcher, RequestCode.UNREGISTER_BROKER, this::unregisterBroker);
        RouteHandler.on(dispatcher, RequestCode.BROKER_HEARTBEAT, this::heartbeat);
        RouteHandler.on(dispatcher, RequestCode.QUERY_DATA_VERSION, this::queryVersion);
        RouteHandler.on(
                dispatcher,
                RequestCode.REGISTER_TOPIC_IN_NAMESRV,
                request -> registerTopic(request.required("topic"), request.copyBody()));
        RouteHandler.on(
                dispatcher,
                RequestCode.DELETE_TOPIC_IN_NAMESRV,
                request -> deleteTopic(request.required("topic"), request.ext("clusterName")));
    }

    /** The header of a registration, kept while its body is read on another thread. */
    record Head(
            String cluster,
            String name,
            long id,
            String address,
            String haAddress,
            @Nullable String zone,
            boolean actingMaster,
            long heartbeatTimeoutMs,
            boolean compressed,
            int checksum) {}

    private void registerBroker(Request request) {
        Head head = new Head(
                request.required("clusterName"),
                request.required("brokerName"),
                request.requiredLong("brokerId"),
                checkedAddress(request.required("brokerAddr")),
                request.required("haServerAddr"),
                request.ext("__ZONE_NAME"),
                request.booleanOr("enableActingMaster", false),
                request.longOr(
                        "heartbeatTimeoutMillis",
                        names.config().heartbeatTimeout().toMillis()),
                request.booleanOr("compressed", false),
                request.intOr("bodyCrc32", 0));
        byte[] body = request.copyBody();
        ReplyTo replyTo = request.replyTo();
        Broker broker = broker(replyTo.connection());
        int heldBytes = request.isOneWay() ? request.frameBytes() : 0; // what no answer is due to counts nowhere else
        replyTo.connection().deferred(heldBytes);
        broker.said.add(() -> {
            replyTo.send(answer(head, body, replyTo.connection()));
            Late.run(replyTo.connection(), () -> replyTo.connection().settled(heldBytes));
        });
        workers.execute(() -> broker.said.work(Runnable::run));
    }

    private Reply answer(Head head, byte[] body, Connection connection) {
        try {
            Reply reply = register(head, body, connection);
            if (!connection.isOpen()) {
                names.closed(connection);
            }
            return reply;
        } catch (BadRequest e) {
            return Reply.of(e.code(), e.getMessage());
        } catch (RuntimeException e) {
            return Reply.of(ResponseCode.SYSTEM_ERROR, "the registration failed: " + e);
        }
    }

    Reply register(Head head, byte[] body, Object channel) {
        if (head.checksum != 0 && head.checksum != RegistrationBody.checksum(body)) {
            throw new BadRequest("crc32 not match");
        }
        return switch (names.register(registration(head, RegistrationBody.read(body, head.compressed), channel))) {
            case RegistrationResult.Registered(String master, String haOfMaster) -> registered(master, haOfMaster);
            case RegistrationResult.Stale(String detail) -> Reply.of(ResponseCode.SYSTEM_ERROR, detail);
        };
    }

    private static BrokerRegistration registration(Head head, RegistrationBody body, Object channel) {
        try {
            return new BrokerRegistration(
                    head.cluster,
                    head.name,
                    head.id,
                    head.address,
                    head.haAddress,
                    head.zone,
                    head.actingMaster,
                    body.version(),
                    body.topics(),
                    body.removedTopics(),
                    head.heartbeatTimeoutMs,
                    channel);
        } catch (IllegalArgumentException e) {
            throw new BadRequest(String.valueOf(e.getMessage()));
        }
    }

    private Reply registered(@Nullable String master, @Nullable String haOfMaster) {
        Reply reply = Reply.ok();
        if (master != null && haOfMaster != null) {
            reply.ext("masterAddr", master).ext("haServerAddr", haOfMaster);
        }
        Map<String, String> orders = names.settings().all(KvSettings.ORDER_NAMESPACE);
        return orders.isEmpty() ? reply : reply.body(RouteBodies.kvTable(orders));
    }

    private static String checkedAddress(String address) {
        int colon = address.lastIndexOf(':');
        try {
            int port = colon < 1 ? 0 : Integer.parseInt(address.substring(colon + 1));
            if (port > 0 && port <= PORT_MAX) {
                return address;
            }
        } catch (NumberFormatException e) {
            throw new BadRequest("brokerAddr is not host:port: " + address);
        }
        throw new BadRequest("brokerAddr is not host:port: " + address);
    }

    /**
     * Whoever is at the other end of a connection, of which the name server is told when it ends.
     *
     * @param said its registrations, one after the other in the order in which they came: what it was, or had, must not come
     *     after what it is
     */
    private record Broker(WorkLine<Runnable> said) {}

    private Broker broker(Connection connection) {
        Broker known = connection.attachment(Broker.class);
        if (known != null) {
            return known;
        }
        Broker broker = new Broker(new WorkLine<>());
        connection.attach(Broker.class, broker);
        connection.onClose(() -> names.closed(connection));
        return broker;
    }

    private Reply unregisterBroker(Request request) {
        request.requiredLong("brokerId");
        request.required("clusterName");
        names.unregister(request.required("brokerName"), request.required("brokerAddr"));
        return Reply.ok();
    }

    private Reply heartbeat(Request request) {
        renew(request, request.required("brokerAddr"));
        return Reply.ok();
    }

    private void renew(Request request, String address) {
        if (names.versionOf(address).isPresent()) {
            broker(request.connection());
            names.heartbeat(address, request.connection());
        }
    }

    private Reply queryVersion(Request request) {
        String address = request.required("brokerAddr");
        Reply reply = compareVersions(address, request.copyBody());
        renew(request, address);
        return reply;
    }

    Reply compareVersions(String address, byte[] body) {
        Optional<TableVersion> known = names.versionOf(address);
        boolean changed = !known.equals(Optional.of(RouteBodies.readVersion(body)));
        Reply reply = Reply.ok().ext("changed", changed);
        known.ifPresent(version -> reply.body(RouteBodies.version(version)));
        return reply;
    }

    /** Rows of brokers that are not registered are passed over: they bring their topics along when they come. */
    Reply registerTopic(String topic, byte[] body) {
        RegistrationBody.checkedName(topic);
        List<QueueRow> rows = RouteBodies.readQueues(body);
        rows.forEach(row -> names.topicChanged(row.brokerName(), RouteBodies.topicOf(topic, row)));
        return Reply.ok();
    }

    Reply deleteTopic(String topic, @Nullable String cluster) {
        if (cluster == null || cluster.isEmpty()) {
            names.deleteTopic(topic);
        } else {
            names.deleteTopic(topic, cluster);
        }
        return Reply.ok();
    }
}
