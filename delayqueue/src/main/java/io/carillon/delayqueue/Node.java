package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Sink;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Builds the parts of one node, runs their loops, and ends them. Holds no logic of its own. */
final class Node implements AutoCloseable {
    private static final long CLOSE_NS = 2_000_000_000L;
    private static final long DAY_KEEPING_NS = 600_000_000_000L;
    private static final long CLOCK_NS = 5_000_000_000L;

    /** The connections that it closes at its end, and what is counted about them. */
    record Stores(Database database, Redis redis, StoreTimes ofMysql, StoreTimes ofRedis) {}

    private final DelayQueueConfig config;
    private final Life life;
    private final Database database;
    private final Redis redis;
    private final Buckets buckets;
    private final BucketCounts counts;
    private final EngineClock clock;
    private final Figures figures = new Figures();
    private final Topics topics;
    private final Receipts receipts;
    private final Leases leases;
    private final Leftovers leftovers;
    private final Mover mover;
    private final Keeper keeper;
    private final Waits waits;
    private final Sends sends;
    private final Settling settling;
    private final Looks looks;
    private final Changes changes;
    private final Burials burials;
    private final Depths depths;
    private final Overview overview;
    private final News news;

    /** Reads and takes numbers from MySQL, which has the tables already; asks Redis nothing yet. */
    Node(DelayQueueConfig config, DelayQueue.Given given, Steps steps, boolean audits, Stores stores) {
        Ticker ticker = given.ticker();
        this.config = config;
        database = stores.database();
        life = new Life(ticker, steps);
        redis = stores.redis();
        buckets = new Buckets(redis);
        BucketLeases kept = new BucketLeases(redis);
        counts = new BucketCounts(redis);
        clock = new EngineClock(ticker);
        clock.ask(database);
        MessageTable messages = new MessageTable(database);
        DeadLetterTable deadLetters = new DeadLetterTable(database);
        TopicTable table = new TopicTable(database);
        topics = new Topics(table, buckets);
        topics.refresh();
        receipts = new Receipts(Migrations.receiptKey(database));
        Serials serials = new Serials(database);
        // No two processes ever have the same name, so that no lease can be taken for another's.
        String name = (config.node().isEmpty() ? "node" : config.node()) + "-" + Serials.take(database, "epoch", 1);
        leases = new Leases(
                life, kept, database, clock, name, config.delayTimer(), bucket -> topics.tell(List.of(bucket)));
        leftovers = new Leftovers(life, new LeftoverTable(database), topics, leases, config.delayTimer());
        Pulls pulls = new Pulls(life, buckets, counts, messages, topics, receipts, figures);
        waits = new Waits(life, pulls, config.waitingMax());
        topics.onChange(waits::endGone);
        burials = new Burials(life, buckets, deadLetters, clock, figures, waits);
        mover = new Mover(
                life, leases, buckets, redis, figures, config.delayTimer(), name, audits, waits, burials::bury);
        keeper = new Keeper(
                life, leases, buckets, kept, redis, messages, topics, clock, figures, config.delayTimer(), mover);
        sends = new Sends(life, database, serials, buckets, clock, figures, config.delayKeep());
        settling = new Settling(life, buckets, messages, receipts, figures);
        looks = new Looks(database, messages, deadLetters, buckets, counts, topics, clock);
        changes = new Changes(life, messages, deadLetters, buckets, clock, figures, config.delayKeep());
        depths = new Depths(life, leases, topics, counts, config.delayTimer());
        news = new News(redis, this::heard);
        overview = new Overview(new Overview.Parts(
                figures, leases, keeper, waits, depths, clock, news, stores.ofMysql(), stores.ofRedis()));
    }

    /**
     * Begins to work.
     *
     * @param faultOfRedis why Redis does not answer; empty when it does
     */
    void run(@Nullable Sink sink, String faultOfRedis) {
        overview.note(StoreFailure.Store.REDIS, faultOfRedis);
        life.loop("delayqueue-leases", watched(StoreFailure.Store.REDIS, leases::round));
        life.loop("delayqueue-move", mover::round);
        life.loop("delayqueue-horizon", keeper::horizon);
        life.loop("delayqueue-rebuild", keeper::rebuild);
        life.loop("delayqueue-reconcile", keeper::reconcile);
        life.loop("delayqueue-waits", waits::round);
        life.loop("delayqueue-look", waits::look);
        life.loop("delayqueue-topics", watched(StoreFailure.Store.MYSQL, this::refreshTopics));
        life.loop("delayqueue-days", this::keepDays);
        life.loop("delayqueue-clock", this::askTheTime);
        life.loop("delayqueue-leftovers", leftovers::round);
        life.loop("delayqueue-depths", depths::round);
        life.loop("delayqueue-news", news::listen);
        life.loop("delayqueue-news-life", news::askForLife);
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
                overview.note(store, "");
                return restNs;
            } catch (StoreFailure failure) {
                overview.note(failure.store(), failure.reason());
                throw failure;
            }
        };
    }

    private long refreshTopics() {
        topics.refresh();
        topics.keepTold(leases.buckets());
        return 1_000_000_000L;
    }

    private long keepDays() {
        int today = Partitions.today(database);
        Partitions.keep(database, today, config.keepDays());
        Partitions.purge(database, today, clock.nowMs());
        return DAY_KEEPING_NS;
    }

    private long askTheTime() {
        clock.ask(database);
        return CLOCK_NS;
    }

    private void heard(String channel, String text) {
        if (life.isOver()) {
            return;
        }
        switch (channel) {
            case "dq:wake" -> mover.wake(Integer.parseInt(text.substring(text.indexOf(':') + 1, text.length() - 1)));
            case "dq:ready" -> mover.heard(text);
            // The buckets were let know by who made the change; that they were is seen to by the loop.
            default -> life.start("delayqueue-topics", topics::refresh);
        }
    }

    /** Lets other nodes look at once; they look every second anyway. */
    void tellOfTopics() {
        try {
            redis.publish("dq:topics", "changed");
        } catch (StoreFailure _) {
            // They look by themselves.
        }
    }

    /** A new group gets what is due and not finished: others have it, or had it and are not done. */
    void fill(int topic) {
        keeper.fill(topic);
    }

    /** At once: what becomes of it otherwise is seen to later. */
    void finishLeftovers(int topic, int bit) {
        life.start("delayqueue-leftovers", () -> leftovers.finish(new Leftovers.Of(topic, bit)));
    }

    Overview overview() {
        return overview;
    }

    Burials burials() {
        return burials;
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

    BucketCounts counts() {
        return counts;
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
        } catch (StoreFailure _) {
            // They go by themselves.
        }
        news.end();
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
