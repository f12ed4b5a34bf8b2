package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerStore;
import io.carillon.log.FileStorage;
import io.carillon.nameserver.NameServer;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.LoopTurns;
import io.carillon.remoting.Relay;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingServer;
import io.carillon.replication.Transport;
import io.carillon.rocketmq.BrokerIdentity;
import io.carillon.rocketmq.ClusterRoutes;
import io.carillon.rocketmq.Credentials;
import io.carillon.rocketmq.FollowerFront;
import io.carillon.rocketmq.NameServerCalls;
import io.carillon.rocketmq.NameServerFront;
import io.carillon.rocketmq.Registrar;
import io.carillon.server.Changeable.Owner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running process: builds everything bottom up, and stops it top down. The only class besides the fronts that knows
 * how the parts hang together.
 */
final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    /** When the process was started, in epoch ms; the launcher says so. */
    private static final String STARTED_PROPERTY = "carillon.started-ms";

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

    /** How long a start waits for a name server elsewhere to know this broker; it then goes on trying while it serves. */
    private static final Duration REGISTER_PATIENCE = Duration.ofSeconds(3);

    private final Role role;
    private final Consumer<String> notices;
    private final ServerConfig config;
    private final ConfigReader.Effective effective;
    private final Addresses addresses;
    private final Ticker ticker = Ticker.system();
    private final Counters counters = new Counters();
    private final RandomGenerator random = new Random(); // this one may be asked by several threads
    private final RandomGenerator secureRandom = unguessable();
    private final Threads threads = new Threads();
    private final List<Agent> agents = new ArrayList<>();
    private final StopList stops = new StopList();
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable HostPort nameserverAt;
    private volatile @Nullable HostPort brokerAt; // asked by I/O threads too
    private @Nullable HttpPort http;
    private @Nullable LoopTurns turns;
    /** The broker of a process that has its log for itself. */
    private @Nullable Broker alone;

    private @Nullable Path data;
    private final SettingsFolder settingsFolder;
    private final RunningSettings settings;
    private @Nullable TlsFiles tlsFiles;
    private final @Nullable Security security;
    private volatile boolean isFailed;
    private volatile boolean wantsRestart;

    private Server(Role role, ConfigReader.Effective effective, Consumer<String> notices) {
        this.role = role;
        this.notices = notices;
        config = effective.config();
        this.effective = effective;
        settingsFolder = new SettingsFolder(config.data());
        settings = new RunningSettings(effective.all(), settingsFolder::fileOf);
        addresses = Addresses.of(config);
        security = config.security().enabled()
                ? new Security(config, secureRandom, ticker, counters, role == Role.NAMESERVER)
                : null;
    }

    /** What keys and secrets are made from. */
    static RandomGenerator unguessable() {
        return new SecureRandom();
    }

    /** As the other, for one who need not be told anything. */
    static Server start(Role role, ConfigReader.Effective effective) {
        return start(role, effective, _ -> {});
    }

    /**
     * Starts everything that the role needs; it serves when this returns.
     *
     * @param notices takes what to tell the one who started it, this once, whenever that comes up
     * @throws StartFailure when it cannot, after everything that had been started was stopped again
     */
    static Server start(Role role, ConfigReader.Effective effective, Consumer<String> notices) {
        if (role == Role.BROKER && effective.config().nameservers().isEmpty()) {
            throw new StartFailure(ExitCode.USAGE, "a broker by itself needs --nameservers, such as 127.0.0.1:9876");
        }
        Server server = new Server(role, effective, notices);
        try {
            server.build();
            return server;
        } catch (RuntimeException | Error e) {
            server.stops.close();
            throw e;
        }
    }

    /** What is added to the stops here is stopped in the opposite order. */
    private void build() {
        counters.gauge("server_failed_agents", threads::failedAgents);
        stops.add("settings", settingsFolder::close);
        stops.add("threads", threads::close);
        BrokerStore store = role.runsBroker() ? openStore() : null;
        IoGroup io = IoGroup.open(Threads.ioCount(), threads.io(), config.remoting(), ticker, counters);
        stops.add("i/o threads", io::close);
        turns = io.turns();
        stops.add("agents", () -> threads.stopAgents(STOP_PATIENCE));
        tlsFiles = TlsFiles.of(config.tls(), ticker);
        if (tlsFiles != null) {
            agents.add(tlsFiles);
        }
        NameServer names = role.runsNameServer(config) ? serveNames(io, store) : null;
        Registrar registrar = store == null ? null : serve(store, names, io);
        threads.run(agents);
        if (security != null && store != null && !config.replication().isMember()) {
            security.makeAdmin(store.access()).ifPresent(notices);
        }
        if (registrar != null) {
            awaitRegistered(registrar);
        }
        if (role == Role.DELAYQUEUE || (store != null && config.http().enabled() && hasEngine())) {
            http = HttpPort.open(alone, needsOfHttp());
        }
        if (!addresses.bind().isLoopbackAddress() && !config.tls().isOffered()) {
            LOG.warn("others on the network can read what is said: there is no tls.certificate");
        }
        LOG.info(
                "serving role={} flush={} transport={}",
                role.command(),
                config.broker().log().flush(),
                io.transport());
    }

    private HttpPort.Needs needsOfHttp() {
        return new HttpPort.Needs(effective, addresses, threads, tlsFiles, counters, ticker, secureRandom, stops);
    }

    /** That within the broker comes and goes with the terms of a member of a group, see {@link #httpOfMember}. */
    private boolean hasEngine() {
        return alone != null || config.delayEngine() == DelayEngineKind.REDIS_MYSQL;
    }

    /**
     * The port over the group's own messages, where somebody asked for one: there are often several members on one machine,
     * which must not fight for the same one. Open before this member can lead, so that the others hear where it is.
     */
    private @Nullable MemberHttp httpOfMember() {
        boolean isWanted = config.http().enabled() && HttpPort.isAskedFor(effective);
        if (!isWanted || config.delayEngine() != DelayEngineKind.EMBEDDED) {
            return null;
        }
        MemberHttp opened =
                MemberHttp.open(needsOfHttp(), () -> settings.config().broker());
        http = opened.port();
        return opened;
    }

    private BrokerStore openStore() {
        Path folder = config.data().toAbsolutePath().normalize();
        DataLock lock = DataLock.take(folder);
        stops.add("data folder", lock::close);
        data = folder;
        FileStorage storage = new FileStorage(folder);
        BrokerStore store = config.replication().isMember()
                ? BrokerStore.openReplica(
                        config.broker(),
                        storage,
                        ticker,
                        counters,
                        MachineRun.id(),
                        config.replication().part(config.broker().name(), folder.resolve("raft"))::isHeldByOthers)
                : BrokerStore.open(config.broker(), storage, ticker, counters);
        stops.add("log", store::close);
        threads.run(store.agents());
        stops.add("the log's agents", () -> threads.stopAgents(STOP_PATIENCE));
        return store;
    }

    private NameServer serveNames(IoGroup io, @Nullable BrokerStore store) {
        NameServer names = new NameServer(config.nameserver(), ticker, counters);
        agents.addAll(names.agents());
        Dispatcher dispatcher = new Dispatcher();
        new NameServerFront(names, threads.reads(), counters)
                .settings(settings.of(Owner.NAME_SERVER, changed -> names.reconfigure(changed.nameserver())))
                .register(dispatcher);
        if (security != null) {
            dispatcher.guard(store == null ? security.guardOfNames() : security.guard(store.access()));
        }
        RemotingServer listener = listen(io, Flag.NAMESERVER_PORT, config.nameserverPort(), dispatcher);
        nameserverAt = new HostPort(addresses.advertised(), listener.port());
        return names;
    }

    private Registrar serve(BrokerStore store, @Nullable NameServer names, IoGroup io) {
        RemotingClient calls =
                new RemotingClient(io, new Dispatcher(), TlsFiles.outgoing(config.tls(), tlsFiles, ticker));
        NameServerCalls signed = signed(calls);
        ClusterRoutes routes = new ClusterRoutes(names, remoteNameServers(), signed);
        GroupMembership membership =
                config.replication().isMember() ? new GroupMembership(config.replication(), store.members()) : null;
        Registration registration =
                new Registration(store.topics(), names, remoteNameServers(), signed, ticker, random);
        Serving.Parts parts = new Serving.Parts(
                store,
                settings,
                ticker,
                counters,
                random,
                threads,
                io,
                security,
                this::brokerAddress,
                routes,
                registration::told,
                membership);
        agents.add(registration);
        // Known before anybody can connect, but for a port that is free to choose, which nobody knows to connect to.
        brokerAt = new HostPort(addresses.advertised(), config.brokerPort());
        Registrar registrar =
                config.replication().isMember() ? follow(parts, registration, signed) : lead(parts, registration);
        stops.add("calls to other servers", calls::close);
        stops.add("registration", registration::close);
        return registrar;
    }

    /** For good: there is nobody else. */
    private Registrar lead(Serving.Parts parts, Registration registration) {
        Serving serving = Serving.begin(parts);
        alone = serving.broker();
        stops.add("broker", serving::close);
        stops.add("agents", () -> threads.stopAgents(STOP_PATIENCE));
        agents.addAll(serving.agents());
        RemotingServer listener = listen(parts.io(), Flag.BROKER_PORT, config.brokerPort(), serving.dispatcher());
        HostPort here = new HostPort(addresses.advertised(), listener.port());
        brokerAt = here;
        serving.broker().produce().storeHost(brokerAddress());
        stops.add("who waits", serving::answerAll);
        // Nothing listens at the second address yet: it is where slaves would ask, and the protocol wants one.
        HostPort forSlaves = new HostPort(here.host(), Math.min(here.port() + 1, 65_535));
        return registration.as(new BrokerIdentity(
                config.broker().cluster(), config.broker().name(), 0, here.toString(), forSlaves.toString(), 0));
    }

    /** Until this member is elected, if ever. */
    private Registrar follow(Serving.Parts parts, Registration registration, NameServerCalls signed) {
        BrokerStore store = parts.store();
        AtomicReference<@Nullable Whereabouts> known = new AtomicReference<>();
        Dispatcher following = new Dispatcher();
        new FollowerFront(
                        store,
                        () -> settings.config().broker(),
                        threads.reads(),
                        this::brokerAddress,
                        store.stats(ticker),
                        counters)
                .membership(parts.membership())
                .settings(settings.of(Owner.BROKER, changed -> {
                    store.log().reconfigure(changed.broker().log());
                    parts.io().reconfigure(changed.remoting());
                }))
                .register(following);
        Relay relay = Relay.namingClients(
                parts.io(),
                () -> {
                    Whereabouts whereabouts = known.get();
                    return whereabouts == null ? null : whereabouts.leaderAddress();
                },
                TlsFiles.outgoing(config.tls(), tlsFiles, ticker));
        following.relayElse(relay);
        if (security != null) {
            following.guard(security.guard(store.access()));
        }
        RemotingServer listener = listen(parts.io(), Flag.BROKER_PORT, config.brokerPort(), following, address -> {
            Whereabouts whereabouts = known.get();
            return whereabouts != null && whereabouts.isHost(address);
        });
        HostPort here = new HostPort(addresses.advertised(), listener.port());
        brokerAt = here;
        Whereabouts whereabouts = new Whereabouts(config.replication(), parts, relay, signed, here);
        known.set(whereabouts);
        Member member = new Member(
                config, parts, listener, following, relay, registration, whereabouts, here, notices, this::end);
        Transport transport = MemberLines.open(
                config.replication(), config.security().clusterSecret(), threads, ticker, secureRandom, tlsFiles);
        stops.add("connections of members", transport.io()::close);
        stops.add("term", member::endTerm);
        stops.add("changes of roles", threads::stopRoles);
        stops.add("group", member::close);
        member.http(httpOfMember());
        stops.add("leadership", member::handOver);
        agents.add(whereabouts);
        Registrar registrar =
                registration.as(member.identity(config.replication().nodeId(), 0));
        member.join(Objects.requireNonNull(data), transport);
        return registrar;
    }

    /** This server can do nothing more until it is started again: by {@link Main}, or after a fault by whoever watches over it. */
    private void end(boolean isFault) {
        if (isFault) {
            LOG.error("this member of the group takes part no more: the process ends");
        }
        isFailed = isFault;
        wantsRestart = !isFault;
        ended.countDown();
    }

    /** Whether it is to be closed and started again. */
    boolean wantsRestart() {
        return wantsRestart;
    }

    /** Whether it ended because it could not go on. */
    boolean isFailed() {
        return isFailed;
    }

    /** What is said to name servers, so that secure ones listen. */
    private NameServerCalls signed(RemotingClient calls) {
        Credentials own = Security.ofCluster(config.security());
        if (own == null) {
            return calls::call;
        }
        return (at, code, content, timeoutMs) -> calls.call(at, code, own.sign(content), timeoutMs);
    }

    private InetSocketAddress brokerAddress() {
        HostPort here = Objects.requireNonNull(brokerAt, "nobody can ask before the broker listens");
        return new InetSocketAddress(here.host(), here.port());
    }

    private RemotingServer listen(IoGroup io, Flag flag, int port, Dispatcher dispatcher) {
        return listen(io, flag, port, dispatcher, _ -> false);
    }

    private RemotingServer listen(
            IoGroup io, Flag flag, int port, Dispatcher dispatcher, Predicate<InetAddress> alsoTrusted) {
        try {
            RemotingServer server = RemotingServer.listen(
                    io,
                    new InetSocketAddress(addresses.bind(), port),
                    dispatcher,
                    tlsFiles == null ? null : tlsFiles.tls(),
                    alsoTrusted);
            stops.add(flag.flag() + " listener", server::close);
            return server;
        } catch (IOException e) {
            throw new StartFailure(
                    ExitCode.PORT_IN_USE,
                    e.getMessage() + "; choose another port with " + flag.flag() + ", 0 takes any free one",
                    e);
        }
    }

    private List<InetSocketAddress> remoteNameServers() {
        HostPort own = nameserverAt;
        return config.nameservers().stream()
                .filter(at -> !at.equals(own))
                .map(at -> InetSocketAddress.createUnresolved(at.host(), at.port()))
                .toList();
    }

    private void awaitRegistered(Registrar registrar) {
        boolean inTime = registrar
                .registered()
                .thenApply(_ -> true)
                .completeOnTimeout(false, REGISTER_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        if (!inTime) {
            LOG.warn(
                    "no name server answers yet, clients will not find this broker nameservers={}",
                    config.nameservers());
        }
    }

    /** What to tell the one who started it; reads the clock. */
    ReadyLine readyLine() {
        return new ReadyLine(
                nameserverAt, brokerAt, http == null ? null : http.at(), data, ticker.nowMs() - startedMs());
    }

    private long startedMs() {
        String said = System.getProperty(STARTED_PROPERTY);
        if (said != null) {
            return Long.parseLong(said);
        }
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .orElseGet(ticker::nowMs);
    }

    /** Whether the I/O threads come round. */
    LoopTurns turns() {
        return Objects.requireNonNull(turns, "nobody can ask before it serves");
    }

    /** Whether every agent still runs. */
    boolean isHealthy() {
        return threads.isHealthy();
    }

    /** Returns when the server was closed. */
    void awaitEnd() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops in order and ends the process, with exit code 0 unless it failed; for the JVM's shutdown, which would say 143 by itself. */
    void stopAndHalt() {
        close();
        Runtime.getRuntime().halt(isFailed ? ExitCode.FAULT : ExitCode.OK);
    }

    /**
     * Stops top down: clients are no longer sent here, nothing new is read, due answers are written, the log is forced and
     * checkpointed, the data folder is let go.
     */
    @Override
    public synchronized void close() {
        LOG.info("stopping");
        stops.close();
        LOG.info("stopped");
        ended.countDown();
    }
}
