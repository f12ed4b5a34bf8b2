package io.carillon.rocketmq;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.Topic;
import io.carillon.nameserver.BrokerRegistration;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.RegistrationResult.Registered;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Agent: registers this broker at every name server and keeps it registered. The embedded name server is told each
 * change of a topic before the change is answered; remote ones soon after, many changes together. One name server that
 * is down hinders no other.
 */
public final class Registrar implements Agent, AutoCloseable {
    private static final long FAREWELL_MS = 1_000;

    private final BrokerIdentity broker;
    private final TopicTable topics;
    private final @Nullable NameServer embedded;
    private final List<RemoteRegistration> remotes;
    private final CompletableFuture<Void> registered = new CompletableFuture<>();
    private final Object embeddedLock = new Object();
    private volatile boolean isRunning;

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
        this(broker, TopicTable.of(topics), embedded, remotes, calls, ticker, random);
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
        Runnable onRegistered = () -> registered.complete(null);
        this.remotes = remotes.stream()
                .map(address -> new RemoteRegistration(address, broker, topics, calls, ticker, random, onRegistered))
                .toList();
    }

    /** Registers at the embedded name server, and begins to at the remote ones; call once, before the first work. */
    public void start() {
        topics.onChange(this::changed);
        if (embedded != null) {
            registerAt(embedded);
            registered.complete(null);
        }
        isRunning = true;
    }

    /** The lock keeps a change that happens meanwhile from being overwritten by what was read before it. */
    private void registerAt(NameServer names) {
        synchronized (embeddedLock) {
            var result = names.register(new BrokerRegistration(
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
                    this));
            if (!(result instanceof Registered)) {
                throw new IllegalStateException("the embedded name server refused this broker: " + result);
            }
        }
    }

    private void changed(String topic) {
        if (embedded != null) {
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
        }
        return done;
    }

    @Override
    public long restNs() {
        long restNs = Long.MAX_VALUE;
        if (isRunning) {
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

    /** Unregisters everywhere; waits a second at most for name servers that do not answer. */
    @Override
    public void close() {
        isRunning = false;
        if (embedded != null) {
            embedded.unregister(broker.name(), broker.address());
        }
        CompletableFuture<?>[] farewells =
                remotes.stream().map(remote -> remote.unregister(FAREWELL_MS)).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(farewells)
                .completeOnTimeout(null, FAREWELL_MS, TimeUnit.MILLISECONDS)
                .join();
    }
}
