package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.BrokerStore;
import io.carillon.broker.admin.Stats;
import io.carillon.broker.cluster.Membership;
import io.carillon.remoting.Dispatcher;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** FACE: the request codes that a broker answers for itself while another member of its group leads. */
public final class FollowerFront {
    private final BrokerStore store;
    private final Supplier<BrokerConfig> config;
    private final Executor blocking;
    private final Supplier<InetSocketAddress> address;
    private final Counters counters;
    private final RuntimeFigures figures;
    private @Nullable Membership membership;
    private LiveSettings liveSettings = LiveSettings.NONE;

    /**
     * @param config what is in force
     * @param blocking runs what may wait for the disk; must take every task
     * @param address where clients reach this broker; asked only when requests come
     * @param stats of this copy of the log
     */
    public FollowerFront(
            BrokerStore store,
            Supplier<BrokerConfig> config,
            Executor blocking,
            Supplier<InetSocketAddress> address,
            Stats stats,
            Counters counters) {
        this.store = store;
        this.config = config;
        this.blocking = blocking;
        this.address = address;
        this.counters = counters;
        figures = new RuntimeFigures(stats, store.log(), counters);
    }

    /** Lets these settings be changed; without it they are fixed. Before {@link #register}. */
    public FollowerFront settings(LiveSettings settings) {
        liveSettings = settings;
        return this;
    }

    /** Lets this broker's group be looked at. Before {@link #register}. */
    public FollowerFront membership(@Nullable Membership ofGroup) {
        membership = ofGroup;
        return this;
    }

    /** Registers the handlers; before the dispatcher serves. */
    public void register(Dispatcher dispatcher) {
        BrokerConfig named = config.get();
        new CopyHandler(store.log().copies(), named.cluster() + "/" + named.name(), blocking, counters)
                .register(dispatcher);
        Aside aside = new Aside(new OneByOne(blocking), Room.ofAdmin(counters));
        new ClusterHandler(membership, aside).register(dispatcher);
        new RuntimeHandler(figures, aside).register(dispatcher);
        new SettingsHandler(this::settings, aside).register(dispatcher);
    }

    private BrokerSettings settings() {
        InetSocketAddress at = address.get();
        return new BrokerSettings(config.get(), liveSettings, at.getHostString(), at.getPort());
    }
}
