package io.carillon.rocketmq;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.Topic;
import io.carillon.nameserver.BrokerRegistration;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.RegistrationResult;
import io.carillon.nameserver.RegistrationResult.Registered;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Agent: registers this broker at every name server and keeps it registered. The embedded name server is told each
 * change of a topic before the change is answered; remote ones soon after, many changes together, and who makes a topic
 * can wait for that. One name server that is down hinders no other. Twice a minute each is looked after, since others may change its routes as well: an operator
 * who deletes a topic there or unregisters this broker, or another broker of the same name.
 */
public final class Registrar implements Agent, AutoCloseable {
    private static final Logger LOG = System.getLogger(Registrar.class.getName());
    private static final long FAREWELL_MS = 1_000;
    private static final long TOLD_MS = 1_000;
    private static final long RENEW_NS = TimeUnit.SECONDS.toNanos(30);

    private final BrokerIdentity broker;
    private final TopicTable topics;
    private final @Nullable NameServer embedded;
    private final List<RemoteRegistration> remotes;
    private final CompletableFuture<Void> registered = new CompletableFuture<>();
    private final Object embeddedLock = new Object();
    private final Ticker ticker;
    private volatile boolean isRunning;
    private volatile long renewDueNs;
    private boolean hasComplained;
    private Runnable endOfChanges = () -> {};

    /**
     * @param embedded the name server in this process, null when there is none
     * @param remotes the name servers elsewhere
     * @param calls how they are reached; never used without remotes
     */
    public Registrar(
            BrokerIdentity broker,
            Topics topics,
            @Nullable NameServer embedded,
            List<InetSocketAddress> remotes,
            NameServerCalls calls,
            Ticker ticker,
            RandomGenerator random) {
        this(broker, TopicTable.of(topics, broker.term()), embedded, remotes, calls, ticker, random);
    }

    Registrar(
            BrokerIdentity broker,
            TopicTable topics,
            @Nullable NameServer embedded,
            List<InetSocketAddress> remotes,
            NameServerCalls calls,
            Ticker ticker,
            RandomGenerator random) {
        this.broker = broker;
        this.topics = topics;
        this.embedded = embedded;
        this.ticker = ticker;
        Runnable onRegistered = () -> registered.complete(null);
        this.remotes = remotes.stream()
                .map(address -> new RemoteRegistration(address, broker, topics, calls, ticker, random, onRegistered))
                .toList();
    }

    /** Registers at the embedded name server, and begins to at the remote ones; call once, before the first work. */
    public void start() {
        endOfChanges = topics.onChange(this::changed);
        if (embedded != null) {
            complainOnce(registerAt(embedded));
            registered.complete(null);
        }
        renewDueNs = ticker.nanoTime() + RENEW_NS;
        isRunning = true;
    }

    /** The lock keeps a change that happens meanwhile from being overwritten by what was read before it. */
    private RegistrationResult registerAt(NameServer names) {
        synchronized (embeddedLock) {
            return names.register(registration());
        }
    }

    private BrokerRegistration registration() {
        return new BrokerRegistration(
                broker.cluster(),
                broker.name(),
                broker.id(),
                broker.address(),
                broker.haAddress(),
                null,
                false,
                topics.version(),
                topics.all(),
                Set.of(),
                Long.MAX_VALUE,
                this);
    }

    /** Registers again only when something is missing, which is asked without the lock that changes of topics wait for. */
    private void renewAt(NameServer names) {
        renewDueNs = ticker.nanoTime() + RENEW_NS;
        if (names.isInForce(registration())) {
            return;
        }
        synchronized (embeddedLock) {
            if (isRunning) {
                complainOnce(registerAt(names));
            }
        }
    }

    private void complainOnce(RegistrationResult result) {
        boolean isRefused = !(result instanceof Registered);
        if (isRefused && !hasComplained) {
            LOG.log(Level.WARNING, "the embedded name server refuses this broker, will go on trying: {0}", result);
        }
        hasComplained = isRefused;
    }

    private void changed(String topic) {
        // Of a slave's topics a name server takes notice only while there is no master; it hears of them when that is
        // renewed.
        if (embedded != null && broker.id() == BrokerRegistration.MASTER_ID) {
            tell(embedded, topic);
        }
        remotes.forEach(remote -> remote.changed(topic));
    }

    private void tell(NameServer names, String name) {
        synchronized (embeddedLock) {
            Topic topic = topics.find(name);
            if (topic == null) {
                names.topicRemoved(broker.name(), name);
            } else {
                names.topicChanged(broker.name(), topic);
            }
        }
    }

    /** Completes when the first name server, embedded or remote, has this broker with all its topics. */
    public CompletableFuture<Void> registered() {
        return registered.copy();
    }

    /**
     * Completes when all name servers that can be reached route what changed by now, or after a second. The embedded one
     * does at once. Any thread.
     */
    public CompletableFuture<Void> told() {
        return CompletableFuture.allOf(
                        remotes.stream().map(RemoteRegistration::told).toArray(CompletableFuture<?>[]::new))
                .completeOnTimeout(null, TOLD_MS, TimeUnit.MILLISECONDS);
    }

    /** Whether some name server has this broker now, as far as it is known. */
    public boolean isRegistered() {
        return isRunning && (embedded != null || remotes.stream().anyMatch(RemoteRegistration::isUp));
    }

    @Override
    public int doWork() {
        int done = 0;
        if (isRunning) {
            for (RemoteRegistration remote : remotes) {
                done += remote.doWork();
            }
            if (embedded != null && renewDueNs - ticker.nanoTime() <= 0) {
                renewAt(embedded);
                done++;
            }
        }
        return done;
    }

    @Override
    public long restNs() {
        long restNs = Long.MAX_VALUE;
        if (isRunning) {
            if (embedded != null) {
                restNs = Math.max(0, renewDueNs - ticker.nanoTime());
            }
            for (RemoteRegistration remote : remotes) {
                restNs = Math.min(restNs, remote.restNs());
            }
        }
        return restNs;
    }

    @Override
    public void wakeBy(Runnable waker) {
        remotes.forEach(remote -> remote.wakeBy(waker));
    }

    @Override
    public String name() {
        return "registrar";
    }

    /** Registers no more, and leaves it to another one to register this broker anew, as something else. */
    public void retire() {
        endOfChanges.run();
        synchronized (embeddedLock) { // a renewal that began before must not come after
            isRunning = false;
        }
    }

    /** Unregisters everywhere; waits a second at most for name servers that do not answer. */
    @Override
    public void close() {
        endOfChanges.run();
        isRunning = false;
        if (embedded != null) {
            synchronized (embeddedLock) { // a renewal that began before must not come after
                embedded.unregister(broker.name(), broker.address());
            }
        }
        CompletableFuture<?>[] farewells =
                remotes.stream().map(remote -> remote.unregister(FAREWELL_MS)).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(farewells)
                .completeOnTimeout(null, FAREWELL_MS, TimeUnit.MILLISECONDS)
                .join();
    }
}
