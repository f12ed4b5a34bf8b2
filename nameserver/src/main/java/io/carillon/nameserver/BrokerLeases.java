package io.carillon.nameserver;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who was heard of when: a broker that stays silent for its heartbeat timeout loses its routes. Works when the next
 * lease ends and not before, so without brokers it never does.
 *
 * <p>Leases are made and ended under the lock of {@link NameServer}; a heartbeat takes no lock.
 */
final class BrokerLeases implements Agent {
    private final Ticker ticker;
    private final Consumer<String> onSilence;
    private final Map<String, Lease> leases = new ConcurrentHashMap<>();
    private volatile Runnable waker = () -> {};

    /** @param onSilence told the address of a broker that was silent for too long; must ask {@link #isSilent} again */
    BrokerLeases(Ticker ticker, Consumer<String> onSilence) {
        this.ticker = ticker;
        this.onSilence = onSilence;
    }

    /** One broker's lease. */
    static final class Lease {
        final String group;
        final String haAddress;
        final TableVersion version;
        final long timeoutNs;
        private volatile Object channel;
        private volatile long heardNs;

        private Lease(BrokerRegistration broker, TableVersion version, long nowNs) {
            this.group = broker.name();
            this.haAddress = broker.haAddress();
            this.version = version;
            this.timeoutNs = TimeUnit.MILLISECONDS.toNanos(broker.heartbeatTimeoutMs());
            this.channel = broker.channel();
            this.heardNs = nowNs;
        }

        @SuppressWarnings("ReferenceEquality") // two channels are the same only when they are one
        private boolean isHeldBy(Object other) {
            return channel == other;
        }

        private long leftNs(long nowNs) {
            return timeoutNs - (nowNs - heardNs);
        }
    }

    void begin(BrokerRegistration broker, TableVersion version) {
        leases.put(broker.address(), new Lease(broker, version, ticker.nanoTime()));
        waker.run();
    }

    @Nullable
    Lease of(String address) {
        return leases.get(address);
    }

    void end(String address) {
        leases.remove(address);
    }

    /** Renews the lease, which from now on ends with this channel; nothing happens when there is none. */
    void renew(String address, Object channel) {
        Lease lease = leases.get(address);
        if (lease != null) {
            lease.channel = channel;
            lease.heardNs = ticker.nanoTime();
        }
    }

    /** The addresses of the brokers that came by this channel. */
    List<String> by(Object channel) {
        return leases.entrySet().stream()
                .filter(lease -> lease.getValue().isHeldBy(channel))
                .map(Map.Entry::getKey)
                .toList();
    }

    boolean isSilent(String address) {
        Lease lease = leases.get(address);
        return lease != null && lease.leftNs(ticker.nanoTime()) <= 0;
    }

    @Override
    public int doWork() {
        int ended = 0;
        for (String address : leases.keySet()) {
            if (isSilent(address)) {
                onSilence.accept(address);
                ended++;
            }
        }
        return ended;
    }

    @Override
    public long restNs() {
        long nowNs = ticker.nanoTime();
        long restNs = Long.MAX_VALUE;
        for (Lease lease : leases.values()) {
            restNs = Math.min(restNs, lease.leftNs(nowNs));
        }
        return Math.max(restNs, 0);
    }

    @Override
    public void wakeBy(Runnable waker) {
        this.waker = waker;
    }

    @Override
    public String name() {
        return "broker-leases";
    }
}
