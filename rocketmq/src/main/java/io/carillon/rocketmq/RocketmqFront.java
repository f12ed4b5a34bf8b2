package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.cluster.Membership;
import io.carillon.remoting.Dispatcher;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** FACE: the request codes that a broker serves over the remoting protocol. */
public final class RocketmqFront {
    private final Broker broker;
    private final Ticker ticker;
    private final Executor blocking;
    private final Supplier<InetSocketAddress> address;
    private final QueueRoutes routes;
    private @Nullable SecretBox box;
    private LiveSettings liveSettings = LiveSettings.NONE;
    private @Nullable Membership membership;
    private Supplier<CompletableFuture<Void>> routed = () -> CompletableFuture.completedFuture(null);

    /**
     * @param blocking runs what may wait for the disk; must take every task
     * @param address where clients reach this broker; asked only when requests come
     * @param routes where the queues of a topic are
     */
    public RocketmqFront(
            Broker broker, Ticker ticker, Executor blocking, Supplier<InetSocketAddress> address, QueueRoutes routes) {
        this.routes = routes;
        this.broker = broker;
        this.ticker = ticker;
        this.blocking = blocking;
        this.address = address;
    }

    /** Lets users be made and changed, whose secrets this seals; without it there are none. Before {@link #register}. */
    public RocketmqFront secrets(@Nullable SecretBox secrets) {
        box = secrets;
        return this;
    }

    /** Lets these settings be changed; without it they are fixed. Before {@link #register}. */
    public RocketmqFront settings(LiveSettings settings) {
        liveSettings = settings;
        return this;
    }

    /** Lets the group that this broker is a member of be looked at and changed. Before {@link #register}. */
    public RocketmqFront membership(@Nullable Membership ofGroup) {
        membership = ofGroup;
        return this;
    }

    /**
     * Lets who makes a topic be answered when name servers elsewhere route it. Before {@link #register}.
     *
     * @param told completes when they were told what changed by then; soon in any case
     */
    public RocketmqFront routed(Supplier<CompletableFuture<Void>> told) {
        routed = told;
        return this;
    }

    /** Registers the handlers of all codes; before the server listens. */
    public void register(Dispatcher dispatcher) {
        HeartbeatGroups groups = new HeartbeatGroups(
                broker.groups(), broker.topics(), () -> broker.config().autoCreateGroups());
        Counters counters = broker.counters();
        Aside aside = new Aside(blocking, Room.ofAdmin(counters));
        // One question at a time: what it waits for are other members, and consumers read on the same threads.
        Aside ofMembers = new Aside(new OneByOne(blocking), Room.ofAdmin(counters));
        String name = broker.config().name();
        ProduceHandler produce = new ProduceHandler(broker.produce(), broker.log(), broker.scheduler());
        List<Handlers> families = List.of(
                produce,
                new ReplyHandler(
                        broker.clients(),
                        produce,
                        ticker,
                        address,
                        () -> broker.config().storeReplies()),
                new RecallHandler(broker.scheduler(), broker.topics(), name, ticker, aside),
                new ScheduleHandler(broker.scheduler(), broker.topics(), counters, ticker, aside, blocking),
                // With room of its own: consumers that fail must not keep administrators out.
                new SendBackHandler(
                        broker.retry(),
                        new RetryPolicyTexts(),
                        new Aside(blocking, Room.ofSentBack(counters)),
                        box == null ? null : broker.log()),
                new TransactionHandler(broker.transactions(), aside),
                new PullHandler(broker.pull(), broker.polls()),
                new PopHandler(broker.pop(), name, ticker, blocking),
                new AckHandler(broker.pop()),
                new AssignmentHandler(broker.requestModes(), broker.topics(), groups, broker.clients(), routes),
                new ClientHandler(broker.clients(), broker.locks(), groups),
                new TopicHandler(broker.admin(), name, aside, routed),
                new GroupHandler(broker.admin(), broker.config().autoCreateGroups(), this::hostPort, aside),
                new OffsetHandler(broker.admin(), aside),
                new ResetHandler(broker.admin(), broker.clients(), name, aside),
                // With room of its own, too: what waits for consumers to answer.
                new RelayHandler(
                        broker.clients(),
                        broker.topics(),
                        broker.groups(),
                        broker.log(),
                        name,
                        new Aside(blocking, Room.ofQuestions(counters)),
                        Room.ofQuestions(counters),
                        box != null),
                new ConsumptionHandler(broker.admin(), name, this::hostPort, aside),
                new MessageQueryHandler(broker.log(), ticker, aside, box != null),
                new QueueEntriesHandler(broker.log(), broker.admin().clients(), aside),
                new CopyHandler(broker.log().copies(), broker.config().cluster() + "/" + name, blocking, counters),
                new MemberHandler(broker.members()),
                new ClusterHandler(membership, ofMembers),
                new ReplicasHandler(broker.log(), membership, ofMembers),
                new UpkeepHandler(),
                new RefusedHandler(),
                new AccessHandler(broker.access(), box, membership != null),
                new RuntimeHandler(new RuntimeFigures(broker.admin().stats(), broker.log(), counters), aside),
                new StatsHandler(broker.admin(), aside),
                new SettingsHandler(this::settings, aside));
        families.forEach(family -> family.register(dispatcher));
    }

    private String hostPort() {
        InetSocketAddress at = address.get();
        return at.getHostString() + ":" + at.getPort();
    }

    private BrokerSettings settings() {
        InetSocketAddress at = address.get();
        return new BrokerSettings(broker.config(), liveSettings, at.getHostString(), at.getPort());
    }
}
