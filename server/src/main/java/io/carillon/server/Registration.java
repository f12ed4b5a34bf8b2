package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Topics;
import io.carillon.nameserver.NameServer;
import io.carillon.rocketmq.BrokerIdentity;
import io.carillon.rocketmq.NameServerCalls;
import io.carillon.rocketmq.Registrar;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What this broker is to the name servers, which may change while it runs: the master of its group, or a slave. Registered
 * anew it takes its new place there at once. One thread changes it, another one runs it.
 */
final class Registration implements Agent, AutoCloseable {
    private final Topics topics;
    private final @Nullable NameServer embedded;
    private final List<InetSocketAddress> remotes;
    private final NameServerCalls calls;
    private final Ticker ticker;
    private final RandomGenerator random;
    private volatile @Nullable Registrar current;
    private volatile Runnable waker = () -> {};
    private boolean isClosed;

    /** @param embedded the name server in this process, null when there is none */
    Registration(
            Topics topics,
            @Nullable NameServer embedded,
            List<InetSocketAddress> remotes,
            NameServerCalls calls,
            Ticker ticker,
            RandomGenerator random) {
        this.topics = topics;
        this.embedded = embedded;
        this.remotes = remotes;
        this.calls = calls;
        this.ticker = ticker;
        this.random = random;
    }

    /** Registers as this from now on, unless it is closed. */
    synchronized Registrar as(BrokerIdentity identity) {
        Registrar before = current;
        if (before != null && isClosed) {
            return before;
        }
        if (before != null) {
            before.retire();
        }
        Registrar registrar = new Registrar(identity, topics, embedded, remotes, calls, ticker, random);
        registrar.wakeBy(() -> waker.run());
        registrar.start();
        current = registrar;
        waker.run();
        return registrar;
    }

    /** As {@link Registrar#told}. Any thread. */
    CompletableFuture<Void> told() {
        Registrar registrar = current;
        return registrar == null ? CompletableFuture.completedFuture(null) : registrar.told();
    }

    @Override
    public int doWork() {
        Registrar registrar = current;
        return registrar == null ? 0 : registrar.doWork();
    }

    @Override
    public long restNs() {
        Registrar registrar = current;
        return registrar == null ? Long.MAX_VALUE : registrar.restNs();
    }

    @Override
    public void wakeBy(Runnable wakes) {
        waker = wakes;
    }

    @Override
    public String name() {
        return "registrar";
    }

    /** Unregisters everywhere; waits a second at most for name servers that do not answer. */
    @Override
    public synchronized void close() {
        isClosed = true;
        Registrar registrar = current;
        if (registrar != null) {
            registrar.close();
        }
    }
}
