package io.carillon.server;

import io.carillon.base.CarillonException;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.delayqueue.EmbeddedEngine;
import io.carillon.broker.metadata.Members;
import io.carillon.http.Elsewhere;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP port of a member of a group, over the group's own messages. It is there for as long as the process; what answers
 * lives for a term, and is the leader in between.
 */
final class MemberHttp {
    private static final long KEY_PATIENCE_S = 10;

    private final Path data;
    private final Ticker ticker;
    private final RandomGenerator secureRandom;
    private final ExecutorService blocking;
    private final MemberDelayQueue delayQueue;
    private final HttpPort port;
    private volatile @Nullable InetSocketAddress leader;

    private MemberHttp(HttpPort.Needs needs, Supplier<BrokerConfig> config) {
        data = needs.config().data().toAbsolutePath().normalize();
        ticker = needs.ticker();
        secureRandom = needs.secureRandom();
        blocking = DelayEngines.blocking(needs.stops());
        delayQueue = new MemberDelayQueue(config, () -> leader != null);
        Secret secret = needs.config().security().clusterSecret();
        port = HttpPort.ofMember(delayQueue, new Elsewhere(() -> leader, secret), needs);
    }

    /**
     * Opens the port; nobody leads yet, as far as it knows.
     *
     * @throws StartFailure when it cannot
     */
    static MemberHttp open(HttpPort.Needs needs, Supplier<BrokerConfig> config) {
        return new MemberHttp(needs, config);
    }

    HttpPort port() {
        return port;
    }

    /** Requests go there from now on, those that are on their way elsewhere are ended; null for nowhere. Any thread. */
    void leaderAt(@Nullable InetSocketAddress at) {
        if (!Objects.equals(leader, at)) {
            leader = at;
            port.retarget();
        }
    }

    /**
     * Makes what answers in a term; waits for the log when it is the group's first.
     *
     * @throws CarillonException.StorageFault when the log does not take what receipts are to be signed with
     */
    EmbeddedEngine make(Broker broker) {
        Members members = broker.members();
        if (members.key() == null) {
            makeKey(members);
        }
        return broker.delayQueue(
                () -> Objects.requireNonNull(members.key(), "a key is for good"), ticker, secureRandom, blocking);
    }

    /** In the log, so that the next leader takes receipts of this one; this node's own, which it may have signed with alone. */
    private void makeKey(Members members) {
        CompletableFuture<Boolean> stored = new CompletableFuture<>();
        members.putKey(KeyFile.ofReceipts(data, secureRandom), refusal -> stored.complete(refusal == null));
        boolean isStored = stored.completeOnTimeout(false, KEY_PATIENCE_S, TimeUnit.SECONDS)
                .join();
        if (!isStored) {
            throw new CarillonException.StorageFault("the log did not take the key of receipts", null);
        }
    }

    /** This answers from now on. */
    void serveBy(EmbeddedEngine engine) {
        delayQueue.use(engine);
    }

    /** Nothing more is answered out of the state of a term that is over. Any thread. */
    void serveNoMore() {
        delayQueue.use(null);
    }
}
