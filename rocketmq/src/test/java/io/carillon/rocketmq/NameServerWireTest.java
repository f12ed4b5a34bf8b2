package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.message.Topic;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.nameserver.TableVersion;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.RemotingServer;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The name server's codes over a real socket. */
class NameServerWireTest {
    private static final long TIMEOUT_MS = 20_000;

    private final Counters counters = new Counters();
    private final NameServer names = new NameServer(NameServerConfig.DEFAULT, Ticker.system(), counters);
    private IoGroup io;
    private RemotingServer server;
    private RemotingClient client;

    @BeforeEach
    void listen() throws IOException {
        io = IoGroup.open(1, Thread.ofPlatform().daemon().factory(), RemotingConfig.DEFAULT, Ticker.system(), counters);
        Dispatcher dispatcher = new Dispatcher();
        new NameServerFront(names, work -> Thread.ofVirtual().start(work), counters).register(dispatcher);
        server = RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
        client = new RemotingClient(io, new Dispatcher());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        io.close();
    }

    private Response ask(int code, Reply content) {
        return client.call(server.address(), code, content, TIMEOUT_MS)
                .orTimeout(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .join();
    }

    private static Reply broker() {
        return Reply.ok()
                .ext("clusterName", "DefaultCluster")
                .ext("brokerName", "broker-a")
                .ext("brokerAddr", "127.0.0.1:10911")
                .ext("brokerId", 0);
    }

    private Response register(Reply head, Topic... topics) {
        return ask(RequestCode.REGISTER_BROKER, registration(head, topics));
    }

    private static Reply registration(Reply head, Topic... topics) {
        byte[] body = new RegistrationBody(new TableVersion(0, 5, 6), List.of(topics), Set.of()).write();
        return head.ext("haServerAddr", "127.0.0.1:10912")
                .ext("bodyCrc32", RegistrationBody.checksum(body))
                .body(body);
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                fail("did not happen in time: " + what);
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void aBrokerRegistersIsRoutedToAndIsGoneWithItsConnection() {
        assertThat(register(broker(), Topic.of("orders", 4), Topic.of("TBW102", 8, 7))
                        .code())
                .isZero();

        Response route = ask(RequestCode.GET_ROUTEINFO_BY_TOPIC, Reply.ok().ext("topic", "orders"));
        assertThat(route.code()).isZero();
        assertThat(new String(route.body(), StandardCharsets.UTF_8)).contains("{\"0\":\"127.0.0.1:10911\"}");

        client.close();
        await("the broker is gone", () -> names.brokerGroups().isEmpty());
        await("its topics are gone", () -> names.topics().isEmpty());
    }

    /** Who leads its group now said a moment ago that it follows: a worker that is late must not turn that back. */
    @Test
    void registrationsOfOneConnectionAreTakenInTheOrderInWhichTheyCame() throws Exception {
        BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
        Dispatcher dispatcher = new Dispatcher();
        new NameServerFront(names, held::add, counters).register(dispatcher);
        server.serveBy(dispatcher);
        CompletableFuture<Response> asFollower = client.call(
                server.address(),
                RequestCode.REGISTER_BROKER,
                registration(broker().ext("brokerId", 3), Topic.of("orders", 4)),
                TIMEOUT_MS);
        Runnable first = held.poll(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        CompletableFuture<Response> asLeader = client.call(
                server.address(),
                RequestCode.REGISTER_BROKER,
                registration(broker(), Topic.of("orders", 4)),
                TIMEOUT_MS);
        Runnable second = held.poll(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        assertThat(first).isNotNull();
        assertThat(second).isNotNull();

        second.run();
        first.run();

        assertThat(asFollower.get(TIMEOUT_MS, TimeUnit.MILLISECONDS).code()).isZero();
        assertThat(asLeader.get(TIMEOUT_MS, TimeUnit.MILLISECONDS).code()).isZero();
        assertThat(names.brokerGroup("broker-a").orElseThrow().addresses())
                .containsExactly(Map.entry(0L, "127.0.0.1:10911"));
    }

    @Test
    void aHeartbeatByAnotherConnectionTakesTheLeaseOver() throws IOException {
        register(broker(), Topic.of("orders", 4));
        try (RemotingClient other = new RemotingClient(io, new Dispatcher())) {
            assertThat(other.call(server.address(), RequestCode.BROKER_HEARTBEAT, broker(), TIMEOUT_MS)
                            .join()
                            .code())
                    .isZero();
            client.close();
            await("one connection is left", () -> server.connectionCount() == 1);
            // The only I/O thread answers after it told the name server of the end.
            other.call(server.address(), RequestCode.GET_BROKER_CLUSTER_INFO, Reply.ok(), TIMEOUT_MS)
                    .join();
            assertThat(names.brokerGroups()).hasSize(1);
        }
        await("the broker is gone", () -> names.brokerGroups().isEmpty());
    }

    @Test
    void versionsAreComparedAndUnregisteringTakesTheRoutes() {
        register(broker(), Topic.of("orders", 4), Topic.of("bills", 4));

        byte[] version = RouteBodies.version(new TableVersion(0, 5, 6));
        assertThat(ask(RequestCode.QUERY_DATA_VERSION, broker().body(version)).ext())
                .containsEntry("changed", "false");
        assertThat(ask(RequestCode.UNREGISTER_BROKER, broker()).code()).isZero();
        assertThat(names.topics()).isEmpty();
    }

    @Test
    void whatIsMissingOrWrongIsSaid() {
        assertThat(ask(RequestCode.GET_ROUTEINFO_BY_TOPIC, Reply.ok()).remark()).contains("topic");
        assertThat(register(broker().ext("brokerAddr", "nowhere")).remark()).contains("brokerAddr");
        assertThat(register(broker().ext("brokerName", " ")).code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(register(broker().ext("brokerId", "-1")).code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(register(broker().ext("heartbeatTimeoutMillis", "0")).code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(ask(RequestCode.QUERY_DATA_VERSION, broker().body("x".getBytes(StandardCharsets.UTF_8)))
                        .code())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(names.brokerGroups()).isEmpty();
    }

    @Test
    void permissionsAndListsAreAnswered() {
        register(broker(), Topic.of("orders", 4), Topic.of("bills", 4));

        assertThat(ask(RequestCode.WIPE_WRITE_PERM_OF_BROKER, Reply.ok().ext("brokerName", "broker-a"))
                        .ext())
                .isEqualTo(Map.of("wipeTopicCount", "2"));
        assertThat(names.route("orders").orElseThrow().queues().getFirst().permissions())
                .isEqualTo(Topic.Permission.READ);
        assertThat(ask(RequestCode.ADD_WRITE_PERM_OF_BROKER, Reply.ok().ext("brokerName", "broker-a"))
                        .ext())
                .isEqualTo(Map.of("addTopicCount", "2"));
        for (int code : List.of(106, 206, 304, 311, 312, 313, 319)) {
            assertThat(ask(code, Reply.ok()).code()).as("code %d", code).isZero();
        }
        assertThat(new String(
                        ask(RequestCode.GET_TOPICS_BY_CLUSTER, Reply.ok().ext("cluster", "DefaultCluster"))
                                .body(),
                        StandardCharsets.UTF_8))
                .isEqualTo("{\"topicList\":[\"bills\",\"orders\"]}");
    }

    @Test
    void countsRegistrationsThatNobodyWantsAnAnswerTo() throws Exception {
        Semaphore mayRun = new Semaphore(0);
        Dispatcher slow = new Dispatcher();
        new RouteHandler(
                        names,
                        work -> Thread.ofVirtual().start(() -> {
                            mayRun.acquireUninterruptibly();
                            work.run();
                        }))
                .register(slow);
        try (RemotingServer other =
                RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), slow)) {
            Reply registration = broker().ext("haServerAddr", "127.0.0.1:10912").body(new byte[100_000]);

            client.connect(other.address()).join().notify(RequestCode.REGISTER_BROKER, registration);

            await("it counts while it waits", () -> inFlight() > 100_000);
            mayRun.release();
            await("nothing is in flight", () -> inFlight() == 0);
        }
    }

    private long inFlight() {
        return counters.snapshot().getOrDefault("remoting_in_flight_bytes", 0L);
    }
}
