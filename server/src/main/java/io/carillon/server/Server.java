package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.log.FileStorage;
import io.carillon.nameserver.NameServer;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingServer;
import io.carillon.rocketmq.BrokerIdentity;
import io.carillon.rocketmq.ClusterRoutes;
import io.carillon.rocketmq.Credentials;
import io.carillon.rocketmq.NameServerCalls;
import io.carillon.rocketmq.NameServerFront;
import io.carillon.rocketmq.Registrar;
import io.carillon.rocketmq.RocketmqFront;
import io.carillon.server.Changeable.Owner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    private final ServerConfig config;
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
    private @Nullable Path data;
    private final SettingsFolder settingsFolder;
    private final RunningSettings settings;
    private @Nullable TlsFiles tlsFiles;
    private final @Nullable Security security;

    private Server(Role role, ConfigReader.Effective effective) {
        this.role = role;
        config = effective.config();
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

    /**
     * Starts everything that the role needs; it serves when this returns.
     *
     * @throws StartFailure when it cannot, after everything that had been started was stopped again
     */
    static Server start(Role role, ConfigReader.Effective effective) {
        if (role == Role.BROKER && effective.config().nameservers().isEmpty()) {
            throw new StartFailure(ExitCode.USAGE, "a broker by itself needs --nameservers, such as 127.0.0.1:9876");
        }
        Server server = new Server(role, effective);
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
        Broker broker = role.runsBroker() ? openBroker() : null;
        IoGroup io = IoGroup.open(Threads.ioCount(), threads.io(), config.remoting(), ticker, counters);
        stops.add("i/o threads", io::close);
        stops.add("agents", () -> threads.stopAgents(STOP_PATIENCE));
        tlsFiles = TlsFiles.of(config.tls(), ticker);
        if (tlsFiles != null) {
            agents.add(tlsFiles);
        }
        NameServer names = role.runsNameServer(config) ? serveNames(io, broker) : null;
        Registrar registrar = broker == null ? null : serve(broker, names, io);
        threads.run(agents);
        if (security != null && broker != null) {
            security.makeAdmin(broker);
        }
        if (registrar != null) {
            awaitRegistered(registrar);
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

    private Broker openBroker() {
        Path folder = config.data().toAbsolutePath().normalize();
        DataLock lock = DataLock.take(folder);
        stops.add("data folder", lock::close);
        data = folder;
        Broker broker =
                Broker.open(config.broker(), new FileStorage(folder), ticker, counters, random, threads.reads());
        stops.add("broker", broker::close);
        agents.addAll(broker.agents());
        return broker;
    }

    private NameServer serveNames(IoGroup io, @Nullable Broker broker) {
        NameServer names = new NameServer(config.nameserver(), ticker, counters);
        agents.addAll(names.agents());
        Dispatcher dispatcher = new Dispatcher();
        new NameServerFront(names, threads.reads(), counters)
                .settings(settings.of(Owner.NAME_SERVER, changed -> names.reconfigure(changed.nameserver())))
                .register(dispatcher);
        if (security != null) {
            dispatcher.guard(broker == null ? security.guardOfNames() : security.guard(broker));
        }
        nameserverAt = listen(io, Flag.NAMESERVER_PORT, config.nameserverPort(), dispatcher);
        return names;
    }

    private Registrar serve(Broker broker, @Nullable NameServer names, IoGroup io) {
        Dispatcher dispatcher = new Dispatcher();
        RemotingClient calls = new RemotingClient(io, new Dispatcher(), TlsFiles.outgoing(config.tls(), ticker));
        NameServerCalls signed = signed(calls);
        ClusterRoutes routes = new ClusterRoutes(names, remoteNameServers(), signed);
        new RocketmqFront(broker, ticker, threads.reads(), this::brokerAddress, routes)
                .secrets(security == null ? null : security.box())
                .settings(settings.of(Owner.BROKER, changed -> {
                    broker.reconfigure(changed.broker());
                    io.reconfigure(changed.remoting());
                }))
                .register(dispatcher);
        if (security != null) {
            dispatcher.guard(security.guard(broker));
        }
        // Known before anybody can connect, but for a port that is free to choose, which nobody knows to connect to.
        serveAt(new HostPort(addresses.advertised(), config.brokerPort()), broker);
        HostPort here = listen(io, Flag.BROKER_PORT, config.brokerPort(), dispatcher);
        serveAt(here, broker);
        stops.add("long polls", broker.polls()::stop);
        stops.add("pops that wait", broker.popPolls()::stop);
        stops.add("calls to name servers", calls::close);
        Registrar registrar =
                new Registrar(identity(here), broker.topics(), names, remoteNameServers(), signed, ticker, random);
        stops.add("registration", registrar::close);
        registrar.start();
        agents.add(registrar);
        return registrar;
    }

    /** What is said to name servers, so that secure ones listen. */
    private NameServerCalls signed(RemotingClient calls) {
        Credentials own = Security.ofCluster(config.security());
        if (own == null) {
            return calls::call;
        }
        return (at, code, content, timeoutMs) -> calls.call(at, code, own.sign(content), timeoutMs);
    }

    private void serveAt(HostPort address, Broker broker) {
        brokerAt = address;
        broker.produce().storeHost(brokerAddress());
    }

    private InetSocketAddress brokerAddress() {
        HostPort here = Objects.requireNonNull(brokerAt, "nobody can ask before the broker listens");
        return new InetSocketAddress(here.host(), here.port());
    }

    /** Listens, and returns what to tell clients. */
    private HostPort listen(IoGroup io, Flag flag, int port, Dispatcher dispatcher) {
        try {
            RemotingServer server = RemotingServer.listen(
                    io,
                    new InetSocketAddress(addresses.bind(), port),
                    dispatcher,
                    tlsFiles == null ? null : tlsFiles.tls());
            stops.add(flag.flag() + " listener", server::close);
            return new HostPort(addresses.advertised(), server.port());
        } catch (IOException e) {
            throw new StartFailure(
                    ExitCode.PORT_IN_USE,
                    e.getMessage() + "; choose another port with " + flag.flag() + ", 0 takes any free one",
                    e);
        }
    }

    private BrokerIdentity identity(HostPort here) {
        // Nothing listens at the second address yet: it is where slaves would ask, and the protocol wants one.
        HostPort forSlaves = new HostPort(here.host(), Math.min(here.port() + 1, 65_535));
        return new BrokerIdentity(
                config.broker().cluster(), config.broker().name(), 0, here.toString(), forSlaves.toString());
    }

    private List<InetSocketAddress> remoteNameServers() {
        return config.nameservers().stream()
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

    /** What to tell the one who started it before the ready line, this once. */
    Optional<String> notice() {
        return security == null ? Optional.empty() : security.notice();
    }

    /** What to tell the one who started it; reads the clock. */
    ReadyLine readyLine() {
        return new ReadyLine(nameserverAt, brokerAt, data, ticker.nowMs() - startedMs());
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

    /** Stops in order and ends the process with exit code 0; for the JVM's shutdown, which would say 143 by itself. */
    void stopAndHalt() {
        close();
        Runtime.getRuntime().halt(ExitCode.OK);
    }

    /**
     * Stops top down: clients are no longer sent here, nothing new is read, due answers are written, the log is forced and
     * checkpointed, the data folder is let go.
     */
    @Override
    public void close() {
        LOG.info("stopping");
        stops.close();
        LOG.info("stopped");
        ended.countDown();
    }
}
