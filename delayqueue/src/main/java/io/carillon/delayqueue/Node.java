package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Metric;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.Sink;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.BinaryJedisPubSub;

/** Builds the parts of one node, runs their loops, and ends them. Holds no logic of its own. */
final class Node implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Node.class.getName());
    private static final int BURY_MAX = 100;
    private static final long CLOSE_NS = 2_000_000_000L;
    private static final long DAY_KEEPING_NS = 600_000_000_000L;

    private final DelayQueueConfig config;
    private final Life life;
    private final Database database;
    private final Redis redis;
    private final Buckets buckets;
    private final EngineClock clock;
    private final Figures figures = new Figures();
    private final Topics topics;
    private final Receipts receipts;
    private final Leases leases;
    private final Mover mover;
    private final Keeper keeper;
    private final Waits waits;
    private final Sends sends;
    private final Settling settling;
    private final Looks looks;
    private final Changes changes;
    private final DeadLetterTable deadLetters;
    private final Set<Integer> burying = ConcurrentHashMap.newKeySet();
    /** Why a store does not answer; empty while it does. */
    private volatile String faultOfMysql = "";

    private volatile String faultOfRedis = "";
    private volatile @Nullable BinaryJedisPubSub subscription;

    private Node(DelayQueueConfig config, DelayQueue.Given given, Steps steps, boolean audits, Database database) {
        Ticker ticker = given.ticker();
        this.config = config;
        this.database = database;
        life = new Life(ticker, steps);
        redis = new Redis(config.redis(), given.redisTrust());
        buckets = new Buckets(redis);
        clock = new EngineClock(ticker);
        MessageTable messages = new MessageTable(database);
        deadLetters = new DeadLetterTable(database);
        topics = new Topics(new TopicTable(database), buckets);
        receipts = new Receipts(Migrations.receiptKey(database));
        Serials serials = new Serials(database);
        // No two processes ever have the same name, so that no lease can be taken for another's.
        String name = (config.node().isEmpty() ? "node" : config.node()) + "-" + Serials.take(database, "epoch", 1);
        leases = new Leases(
                life, buckets, database, clock, name, config.delayTimer(), bucket -> topics.tell(List.of(bucket)));
        Pulls pulls = new Pulls(life, buckets, messages, topics, receipts, figures);
        waits = new Waits(life, pulls, config.waitingMax());
        mover = new Mover(life, leases, buckets, redis, figures, config.delayTimer(), name, audits, waits, this::bury);
        keeper = new Keeper(life, leases, buckets, redis, messages, clock, figures, config.delayTimer(), mover);
        sends = new Sends(life, database, serials, buckets, clock, figures, config.delayKeep());
        settling = new Settling(life, buckets, messages, figures);
        looks = new Looks(database, messages, deadLetters, buckets, topics, clock);
        changes = new Changes(life, messages, deadLetters, buckets, clock, config.delayKeep());
    }

    static Node start(DelayQueueConfig config, DelayQueue.Given given, Steps steps, boolean audits) {
        config.redis().check();
        Database database = new Database(config.mysql());
        try {
            database.greet();
            Migrations.apply(database);
            Partitions.keep(database, Partitions.today(database), config.keepDays());
            Node node = new Node(config, given, steps, audits, database);
            node.greetRedis();
            node.topics.refresh();
            node.run(given.sink());
            return node;
        } catch (RuntimeException failure) {
            database.close();
            throw failure;
        }
    }

    /** It may come later: until then sends are taken, and nothing becomes due. */
    private void greetRedis() {
        try {
            String fault = redis.greet();
            if (!fault.isEmpty()) {
                LOGGER.log(System.Logger.Level.WARNING, fault);
            }
        } catch (StoreFailure failure) {
            faultOfRedis = failure.reason();
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "Redis does not answer: messages are taken, and none is handed out until it does; because="
                            + failure.reason());
        } catch (RuntimeException fault) {
            redis.close();
            throw fault;
        }
    }

    private void run(@Nullable Sink sink) {
        life.loop("delayqueue-leases", watched(StoreFailure.Store.REDIS, leases::round));
        life.loop("delayqueue-move", mover::round);
        life.loop("delayqueue-horizon", keeper::horizon);
        life.loop("delayqueue-rebuild", keeper::rebuild);
        life.loop("delayqueue-reconcile", keeper::reconcile);
        life.loop("delayqueue-waits", waits::round);
        life.loop("delayqueue-topics", watched(StoreFailure.Store.MYSQL, this::refreshTopics));
        life.loop("delayqueue-days", this::keepDays);
        life.loop("delayqueue-news", this::listen);
        if (sink != null) {
            SinkLoop loop = new SinkLoop(this, sink);
            life.loop("delayqueue-sink", loop::round);
        }
    }

    /** Notes whether a store answers, for who asks how we are. */
    private Life.Round watched(StoreFailure.Store store, Life.Round round) {
        return () -> {
            try {
                long restNs = round.go();
                note(store, "");
                return restNs;
            } catch (StoreFailure failure) {
                note(failure.store(), failure.reason());
                throw failure;
            }
        };
    }

    /** @param fault why it does not answer; empty when it does */
    private void note(StoreFailure.Store store, String fault) {
        switch (store) {
            case MYSQL -> faultOfMysql = fault;
            case REDIS -> faultOfRedis = fault;
        }
    }

    private static Health.Part part(String name, String fault) {
        return new Health.Part(name, fault.isEmpty(), fault.isEmpty() ? "answers" : "does not answer: " + fault);
    }

    private long refreshTopics() {
        if (topics.refresh()) {
            topics.tell(leases.held().stream().map(Leases.Held::bucket).toList());
        }
        return 1_000_000_000L;
    }

    private long keepDays() {
        int today = Partitions.today(database);
        Partitions.keep(database, today, config.keepDays());
        Partitions.purge(database, today, clock.nowMs());
        return DAY_KEEPING_NS;
    }

    private long listen() {
        BinaryJedisPubSub listener = new BinaryJedisPubSub() {
            @Override
            public void onMessage(byte[] channel, byte[] text) {
                heard(new String(channel, StandardCharsets.US_ASCII), new String(text, StandardCharsets.US_ASCII));
            }
        };
        subscription = listener;
        redis.subscribe(listener, "dq:wake", "dq:ready", "dq:topics");
        return 100_000_000L;
    }

    private void heard(String channel, String text) {
        if (life.isOver()) {
            return;
        }
        switch (channel) {
            case "dq:wake" -> mover.wake(Integer.parseInt(text.substring(text.indexOf(':') + 1, text.length() - 1)));
            case "dq:ready" -> mover.heard(text);
            default -> life.start("delayqueue-topics", this::refreshTopics);
        }
    }

    /** Lets other nodes look at once; they look every second anyway. */
    void tellOfTopics() {
        try {
            redis.publish("dq:topics", "changed");
        } catch (StoreFailure failure) {
            figures.redisFailures.increment();
        }
    }

    /** Notes in the truth what was tried as often as may be, then forgets it in the order. */
    private void bury(int bucket) {
        if (!burying.add(bucket)) {
            return;
        }
        life.start("delayqueue-bury", () -> {
            try {
                buryAll(bucket);
            } finally {
                burying.remove(bucket);
            }
        });
    }

    /** Several may do it at once: what is buried is buried once. */
    private void buryAll(int bucket) {
        for (List<Buckets.Dying> dying = buckets.dying(bucket, BURY_MAX);
                !dying.isEmpty();
                dying = buckets.dying(bucket, BURY_MAX)) {
            deadLetters.bury(dying, clock.nowMs());
            life.at("dead:buried");
            forget(dying);
            figures.dead.add(dying.size());
        }
    }

    private void forget(List<Buckets.Dying> dying) {
        Map<Integer, List<Member>> byBit = new HashMap<>();
        dying.forEach(one -> byBit.computeIfAbsent(one.bit(), _ -> new java.util.ArrayList<>())
                .add(one.member()));
        byBit.forEach((bit, members) -> buckets.forget(members, bit));
    }

    /** What a release means for who waits, and for the dead. */
    void released(Receipts.Receipt receipt, Answer<Released> answer) {
        if (answer instanceof Answer.Done<Released>(Released released)) {
            if (released.isDead()) {
                buryReleased(receipt.member().bucket());
            } else {
                waits.isReady(
                        receipt.member().topic(),
                        receipt.bit(),
                        receipt.member().bucket());
            }
        }
    }

    /** Before the answer, so that whoever hears of a dead letter finds it. */
    private void buryReleased(int bucket) {
        try {
            buryAll(bucket);
        } catch (StoreFailure failure) {
            // The next move finds it among the dying.
            figures.unburied.increment();
        }
    }

    /** A new group gets what is due and not finished: others have it, or had it and are not done. */
    void fill(int topic) {
        life.start("delayqueue-fill", () -> keeper.fill(topic));
    }

    void finishLeftovers(int topic, int bit) {
        life.start("delayqueue-leftovers", () -> {
            while (topics.finishLeftovers(topic, bit) > 0) {
                life.at("leftovers:some");
            }
        });
    }

    Health health() {
        long rebuilding = keeper.rebuilding();
        return new Health(
                faultOfMysql.isEmpty() && faultOfRedis.isEmpty(),
                List.of(
                        part("mysql", faultOfMysql),
                        part("redis", faultOfRedis),
                        new Health.Part(
                                "order",
                                rebuilding == 0,
                                rebuilding == 0 ? "whole" : rebuilding + " buckets are being built again"),
                        new Health.Part(
                                "leases", true, leases.held().size() + " of " + MessageId.BUCKETS + " buckets")));
    }

    List<Metric> metrics() {
        return figures.metrics(leases.held().size(), keeper.rebuilding(), waits.waiting(), clock.aheadMs());
    }

    DelayQueueConfig config() {
        return config;
    }

    EngineClock clock() {
        return clock;
    }

    Topics topics() {
        return topics;
    }

    Receipts receipts() {
        return receipts;
    }

    Waits waits() {
        return waits;
    }

    Sends sends() {
        return sends;
    }

    Settling settling() {
        return settling;
    }

    Looks looks() {
        return looks;
    }

    Changes changes() {
        return changes;
    }

    Buckets buckets() {
        return buckets;
    }

    Leases leases() {
        return leases;
    }

    Figures figures() {
        return figures;
    }

    Life life() {
        return life;
    }

    boolean isOver() {
        return life.isOver();
    }

    void execute(Runnable work) {
        life.execute(work);
    }

    /** Ends as a crash would: nothing is said to the stores any more. */
    void kill() {
        life.end();
        database.close();
        redis.close();
    }

    @Override
    public void close() {
        if (life.isOver()) {
            return;
        }
        waits.close();
        awaitAnswers();
        life.end();
        life.await(2_000);
        try {
            leases.freeAll();
        } catch (StoreFailure failure) {
            // They go by themselves.
            figures.redisFailures.increment();
        }
        BinaryJedisPubSub listener = subscription;
        if (listener != null && listener.isSubscribed()) {
            listener.unsubscribe();
        }
        redis.close();
        database.close();
    }

    /** What was handed over gets its answer. */
    private void awaitAnswers() {
        long endNs = life.ticker().nanoTime() + CLOSE_NS;
        while ((sends.isBusy() || settling.isBusy()) && life.ticker().nanoTime() - endNs < 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
