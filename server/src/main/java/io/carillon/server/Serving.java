package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerStore;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.rocketmq.QueueRoutes;
import io.carillon.rocketmq.RocketmqFront;
import io.carillon.server.Changeable.Owner;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What serves clients above a store, for as long as this process leads: for good where it has the log for itself, for a term
 * where it is a member of a group. Made anew for each term, so that nothing of an earlier one is left.
 */
final class Serving implements AutoCloseable {
    private final Broker broker;
    private final Dispatcher dispatcher;

    /**
     * What it is made of.
     *
     * @param address where clients reach this process; known when requests come
     * @param routes where the queues of a topic are
     * @param routed completes when name servers were told what changed by then; soon in any case
     * @param membership of the group of replicas, if this process is a member of one
     */
    record Parts(
            BrokerStore store,
            RunningSettings settings,
            Ticker ticker,
            Counters counters,
            RandomGenerator random,
            Threads threads,
            IoGroup io,
            @Nullable Security security,
            Supplier<InetSocketAddress> address,
            QueueRoutes routes,
            Supplier<CompletableFuture<Void>> routed,
            @Nullable GroupMembership membership) {}

    private Serving(Broker broker, Dispatcher dispatcher) {
        this.broker = broker;
        this.dispatcher = dispatcher;
    }

    /**
     * Builds it; the log takes appends, and the store's agents run.
     *
     * @throws io.carillon.base.CarillonException as {@link Broker#above} has it
     */
    static Serving begin(Parts parts) {
        Broker broker = Broker.above(
                parts.store,
                parts.settings.config().broker(),
                parts.ticker,
                parts.counters,
                parts.random,
                parts.threads.reads());
        try {
            return new Serving(broker, dispatcher(parts, broker));
        } catch (RuntimeException | Error e) {
            broker.close();
            throw e;
        }
    }

    private static Dispatcher dispatcher(Parts parts, Broker broker) {
        broker.produce().storeHost(parts.address.get());
        Security security = parts.security;
        Dispatcher dispatcher = new Dispatcher();
        new RocketmqFront(broker, parts.ticker, parts.threads.reads(), parts.address, parts.routes)
                .secrets(security == null ? null : security.box())
                .membership(parts.membership)
                .routed(parts.routed)
                .settings(parts.settings.of(Owner.BROKER, changed -> {
                    broker.reconfigure(changed.broker());
                    parts.io.reconfigure(changed.remoting());
                }))
                .register(dispatcher);
        if (security != null) {
            dispatcher.guard(security.guard(broker.access()));
        }
        return dispatcher;
    }

    Broker broker() {
        return broker;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    /** What must run meanwhile. */
    List<Agent> agents() {
        return broker.agents();
    }

    /** Lets nobody wait any more, so that all answers are due. */
    void answerAll() {
        broker.polls().stop();
        broker.popPolls().stop();
    }

    /** Its agents have stopped. */
    @Override
    public void close() {
        broker.close();
    }
}
