package io.carillon.server;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.broker.access.Access;
import io.carillon.broker.access.AccessResult;
import io.carillon.broker.access.AccessService;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.access.SecurityConfig;
import io.carillon.broker.access.User;
import io.carillon.remoting.Guard;
import io.carillon.remoting.RequestCode;
import io.carillon.rocketmq.AccessGuard;
import io.carillon.rocketmq.Credentials;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who must show who he is, as the configuration wants it: the guard before all requests, the key, the first user. */
final class Security {
    private static final Logger LOG = LoggerFactory.getLogger(Security.class);
    private static final int SECRET_BYTES = 24;
    private static final long PATIENCE_S = 60;

    /** What a name server by itself tells everybody, as it knows nobody but the brokers: the way to topics. */
    private static final Set<Integer> OPEN_ROUTES = Set.of(
            RequestCode.GET_ROUTEINFO_BY_TOPIC,
            RequestCode.GET_BROKER_CLUSTER_INFO,
            RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
            RequestCode.GET_TOPICS_BY_CLUSTER,
            RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS,
            RequestCode.GET_KV_CONFIG,
            RequestCode.GET_KVLIST_BY_NAMESPACE,
            RequestCode.GET_BROKER_MEMBER_GROUP);

    private final SecurityConfig config;
    private final String cluster;
    private final boolean isMember;
    private final SecretBox box;
    private final RandomGenerator random;
    private final Ticker ticker;
    private final Counters counters;

    /** @param random must not be guessable */
    Security(ServerConfig server, RandomGenerator random, Ticker ticker, Counters counters, boolean isNameServerOnly) {
        config = server.security();
        cluster = server.broker().cluster();
        isMember = server.replication().isMember();
        this.random = random;
        this.ticker = ticker;
        this.counters = counters;
        box = new SecretBox(keyOf(server, isNameServerOnly), random);
    }

    /** A name server by itself stores nothing, so a key that ends with the process will do. */
    private byte[] keyOf(ServerConfig server, boolean isNameServerOnly) {
        if (!isNameServerOnly) {
            return KeyFile.key(config, server.data().toAbsolutePath().normalize(), random);
        }
        byte[] key = new byte[SecretBox.KEY_BYTES];
        random.nextBytes(key);
        return key;
    }

    SecretBox box() {
        return box;
    }

    /**
     * Before a broker's requests, and those to a name server in the same process. Where the broker is a member of a group, the
     * configured user of the cluster may do everything, too: that is who the other members are.
     */
    Guard guard(AccessService access) {
        access.current().users().values().forEach(this::checkReadable);
        Supplier<Access> known =
                isMember && !config.clusterUser().isEmpty() ? new WithCluster(access) : access::current;
        return new AccessGuard(known, box, cluster, config, Set.of(), ticker, counters);
    }

    /** All users with that of the cluster; made anew only when they changed. Any thread. */
    private final class WithCluster implements Supplier<Access> {
        private final AccessService access;
        private final User user = clusterUser();
        private volatile Made made;

        private record Made(Access of, Access all) {}

        WithCluster(AccessService access) {
            this.access = access;
            made = make(access.current());
        }

        private Made make(Access of) {
            Map<String, User> users = new HashMap<>(of.users());
            users.put(user.name(), user);
            return new Made(of, new Access(users, of.policies()));
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // asked for each request: another one is made for each change
        public Access get() {
            Access now = access.current();
            Made last = made;
            if (last.of() != now) {
                last = make(now);
                made = last;
            }
            return last.all();
        }
    }

    private User clusterUser() {
        String name = config.clusterUser();
        return new User(name, box.seal(name, config.clusterSecret().bytes()), true, true);
    }

    private void checkReadable(User user) {
        if (!box.canOpen(user)) {
            throw new BadConfig("the secret of user " + user.name() + " was sealed with another key than " + box.keyId()
                    + ", the one of security.key-file: give the server the key that it had then");
        }
    }

    /**
     * Before a name server that runs by itself.
     *
     * @throws StartFailure when nobody could register there
     */
    Guard guardOfNames() {
        if (config.clusterUser().isEmpty()) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "a secure name server by itself needs security.cluster-user and security.cluster-secret: whom brokers"
                            + " register as");
        }
        User user = clusterUser();
        Access access = new Access(Map.of(user.name(), user), Map.of());
        return new AccessGuard(() -> access, box, cluster, config, OPEN_ROUTES, ticker, counters);
    }

    /** Whom this process registers at name servers elsewhere as; null for nobody. */
    static @Nullable Credentials ofCluster(SecurityConfig config) {
        return config.clusterUser().isEmpty() ? null : new Credentials(config.clusterUser(), config.clusterSecret());
    }

    /**
     * Makes the first user when there is none, or gives the configured one the configured secret; the log's agents must
     * run.
     *
     * @return what the one who started the server is to be told, this once
     */
    Optional<String> makeAdmin(AccessService access) {
        User before = access.current().find(config.admin());
        boolean isConfigured = !config.adminSecret().isEmpty();
        if (isConfigured && (before == null || !isSame(before))) {
            put(access, before, config.adminSecret());
            LOG.info("the user has the configured secret now user={}", config.admin());
        } else if (!isConfigured && access.current().users().isEmpty()) {
            Secret secret = madeUp();
            put(access, null, secret);
            return Optional.of(
                    "carillon made the first user, who may do everything: name=" + config.admin() + " secret="
                            + secret.reveal() + " (shown this once; 'carillon user' and 'carillon acl' make more)");
        }
        return Optional.empty();
    }

    private boolean isSame(User user) {
        return user.isSuper()
                && user.isEnabled()
                && Arrays.equals(box.open(user), config.adminSecret().bytes());
    }

    /** A secret that nobody guesses: 24 random bytes as text. */
    static Secret madeUp() {
        byte[] bytes = new byte[SECRET_BYTES];
        Server.unguessable().nextBytes(bytes);
        return Secret.of(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    private void put(AccessService access, @Nullable User before, Secret secret) {
        User user = new User(config.admin(), box.seal(config.admin(), secret.bytes()), true, true);
        CompletableFuture<AccessResult> told = new CompletableFuture<>();
        if (before == null) {
            access.createUser(user, told::complete);
        } else {
            access.updateUser(user, told::complete);
        }
        await(told);
    }

    private static void await(CompletableFuture<AccessResult> told) {
        try {
            AccessResult result = told.get(PATIENCE_S, TimeUnit.SECONDS);
            if (!(result instanceof AccessResult.Done)) {
                throw new StartFailure(ExitCode.FAULT, "the first user could not be made: " + result);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure(ExitCode.FAULT, "interrupted while the first user was made", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new StartFailure(ExitCode.FAULT, "the first user could not be made: " + e, e);
        }
    }
}
