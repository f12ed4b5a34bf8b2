package io.carillon.delayqueue;

import io.carillon.base.CarillonException;
import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Metric;
import io.carillon.base.delayqueue.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings a node up: at once where MySQL answers, else as soon as it does, by trying again and again on a thread of its own.
 * Settings that the first try finds to be wrong end the start. Those that a later try finds do not: a MySQL that is just
 * being set up refuses, too, and somebody may correct it while the process runs.
 */
final class Starting implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Starting.class.getName());
    private static final long REST_NS = 500_000_000L;

    private final DelayQueueConfig config;
    private final DelayQueue.Given given;
    private final Steps steps;
    private final boolean audits;
    private final Consumer<Node> isUp;
    private final StoreTimes ofMysql;
    private final StoreTimes ofRedis;
    private final Life life;
    private final Properties mysqlOptions;
    /** Why it is not up; of no meaning once it is. */
    private volatile String faultOfMysql = "";

    private volatile String faultOfRedis = "";
    private volatile @Nullable Node node;
    private boolean isClosed;

    /** @param isUp told once of the node, before anybody can ask for it */
    Starting(DelayQueueConfig config, DelayQueue.Given given, Steps steps, boolean audits, Consumer<Node> isUp) {
        this.config = config;
        this.given = given;
        this.steps = steps;
        this.audits = audits;
        this.isUp = isUp;
        ofMysql = new StoreTimes(StoreFailure.Store.MYSQL, given.ticker());
        ofRedis = new StoreTimes(StoreFailure.Store.REDIS, given.ticker());
        life = new Life(given.ticker(), Steps.NONE);
        mysqlOptions = MysqlTls.options(given.tls().toMysql());
    }

    /**
     * Tries once, and goes on trying where a store cannot be reached. Waits for the stores.
     *
     * @throws BadConfig when an address is none, a store does not let us in, or the tables cannot be made
     */
    void begin() {
        try {
            up(open(true));
        } catch (StoreFailure failure) {
            CarillonException fault = StartFaults.of(failure, config.mysql());
            if (fault instanceof BadConfig) {
                close();
                throw fault;
            }
            note(failure.reason(), fault);
            life.loop("delayqueue-start", this::tryAgain);
        } catch (BadConfig wrong) {
            close();
            throw wrong;
        }
    }

    private long tryAgain() {
        try {
            up(open(false));
            life.end();
        } catch (StoreFailure failure) {
            note(failure.reason(), StartFaults.of(failure, config.mysql()));
        } catch (BadConfig fault) {
            note(String.valueOf(fault.getMessage()), fault);
        }
        return REST_NS;
    }

    private void note(String reason, CarillonException fault) {
        if (!reason.equals(faultOfMysql)) {
            faultOfMysql = reason;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "the delay queue waits for MySQL, and refuses everything until it has it; because="
                            + fault.getMessage());
        }
    }

    private synchronized void up(Node made) {
        if (isClosed) {
            made.close();
            return;
        }
        isUp.accept(made);
        node = made;
        if (!faultOfMysql.isEmpty()) {
            LOGGER.log(System.Logger.Level.INFO, "the delay queue has MySQL, and serves");
        }
    }

    private Node open(boolean isFirst) {
        config.redis().check();
        config.mysql().jdbcUrl();
        Redis redis = new Redis(config.redis(), given.tls(), ofRedis);
        Database database = null;
        try {
            greet(redis, isFirst);
            Database.greet(config.mysql(), mysqlOptions, ofMysql);
            database = new Database(config.mysql(), mysqlOptions, ofMysql);
            Migrations.apply(database);
            Partitions.keep(database, Partitions.today(database), config.keepDays());
            Node opened = new Node(config, given, steps, audits, new Node.Stores(database, redis, ofMysql, ofRedis));
            opened.run(given.sink(), faultOfRedis);
            return opened;
        } catch (RuntimeException failure) {
            redis.close();
            if (database != null) {
                database.close();
            }
            throw failure;
        }
    }

    /** It may come later: until then sends are taken, and nothing becomes due. */
    private void greet(Redis redis, boolean isFirst) {
        String fault = "";
        try {
            String advice = redis.greet();
            if (!advice.isEmpty() && isFirst) {
                LOGGER.log(System.Logger.Level.WARNING, advice);
            }
        } catch (StoreFailure failure) {
            fault = failure.reason();
        } catch (BadConfig wrong) {
            if (isFirst) {
                throw wrong;
            }
            fault = String.valueOf(wrong.getMessage());
        }
        if (!fault.isEmpty() && !fault.equals(faultOfRedis)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "Redis does not answer: nothing is handed out until it does; because=" + fault);
        }
        faultOfRedis = fault;
    }

    /** Null until it is up. */
    @Nullable
    Node node() {
        return node;
    }

    /** What everybody is told until it is up. */
    static Refusal refusal() {
        return Refusals.unavailable(StoreFailure.Store.MYSQL);
    }

    Health health() {
        Node now = node;
        return now != null
                ? now.overview().health()
                : new Health(
                        false,
                        List.of(
                                Overview.part(StoreFailure.Store.MYSQL, faultOfMysql),
                                Overview.part(StoreFailure.Store.REDIS, faultOfRedis)));
    }

    List<Metric> metrics() {
        Node now = node;
        if (now != null) {
            return now.overview().metrics();
        }
        List<Metric> all = new ArrayList<>();
        all.add(Overview.answering(faultOfMysql.isEmpty(), faultOfRedis.isEmpty()));
        all.addAll(ofMysql.metrics());
        all.addAll(ofRedis.metrics());
        return all;
    }

    @Override
    public void close() {
        Node now;
        synchronized (this) {
            isClosed = true;
            now = node;
        }
        life.end();
        life.await(2_000);
        if (now != null) {
            now.close();
        }
        MysqlTls.forget(mysqlOptions);
    }
}
