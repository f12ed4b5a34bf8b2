package io.carillon.server;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Sink;
import io.carillon.broker.Broker;
import io.carillon.delayqueue.ClientCertificate;
import io.carillon.delayqueue.DelayQueue;
import io.carillon.delayqueue.DelayQueueConfig;
import io.carillon.delayqueue.DelayQueueConfig.DeliverTo;
import io.carillon.delayqueue.MysqlConfig;
import io.carillon.delayqueue.RedisConfig;
import io.carillon.delayqueue.StoreTls;
import io.carillon.remoting.TlsConfig;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes the engine of the delay queue that the configuration names. The seam where another one is added. */
final class DelayEngines {
    private DelayEngines() {}

    /**
     * @param broker null where none runs
     * @param stops takes what has to be stopped after the engine
     * @throws StartFailure when it is not said where its stores are
     */
    static DelayEngine open(
            ServerConfig config, @Nullable Broker broker, Ticker ticker, RandomGenerator secureRandom, StopList stops) {
        if (broker != null && config.delayEngine() == DelayEngineKind.EMBEDDED) {
            return embedded(config, broker, ticker, secureRandom, stops);
        }
        checkStores(config.delayqueue());
        return config.delayqueue().deliverTo() == DeliverTo.BROKER
                ? redisMysqlToBroker(config, broker, ticker, secureRandom, stops)
                : redisMysql(config.delayqueue(), ticker, null);
    }

    private static DelayEngine redisMysql(DelayQueueConfig config, Ticker ticker, @Nullable Sink sink) {
        return DelayQueue.open(config, new DelayQueue.Given(ticker, sink, tls(config.mysql(), config.redis())));
    }

    private static StoreTls tls(MysqlConfig mysql, RedisConfig redis) {
        return new StoreTls(
                TlsConfig.isSet(redis.trust()) ? ConfigReader.bytesOf(redis.trust()) : null,
                shown(redis.certificate(), redis.key()),
                shown(mysql.certificate(), mysql.key()));
    }

    /** Where only one of both is named, who opens says so. */
    private static @Nullable ClientCertificate shown(Path certificate, Path key) {
        return TlsConfig.isSet(certificate) && TlsConfig.isSet(key)
                ? new ClientCertificate(ConfigReader.bytesOf(certificate), ConfigReader.bytesOf(key))
                : null;
    }

    private static void checkStores(DelayQueueConfig config) {
        if (config.mysql().url().isEmpty() || config.redis().url().isEmpty()) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "a delay queue over Redis and MySQL needs to know where they are: say for example"
                            + " --mysql=mysql://127.0.0.1:3306/carillon --redis=redis://127.0.0.1:6379, with mysql.user"
                            + " and mysql.password in a file or the environment");
        }
    }

    private static DelayEngine redisMysqlToBroker(
            ServerConfig config, @Nullable Broker broker, Ticker ticker, RandomGenerator secureRandom, StopList stops) {
        if (broker == null) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "delayqueue.deliver-to=broker needs a broker in the same process that is no member of a group: start it"
                            + " as 'carillon server --delay-engine=redis-mysql', or leave the setting out");
        }
        Sink sink = broker.sink(ticker, secureRandom, blocking(stops));
        return redisMysql(config.delayqueue().withBodyMax(config.broker().messageSizeMax()), ticker, sink);
    }

    /** What the work of a delay queue runs on, each piece by itself. */
    static ExecutorService blocking(StopList stops) {
        ExecutorService blocking = Threads.virtual("delayqueue");
        stops.add("work of the delay queue", blocking::shutdownNow);
        return blocking;
    }

    private static DelayEngine embedded(
            ServerConfig config, Broker broker, Ticker ticker, RandomGenerator secureRandom, StopList stops) {
        Path data = config.data().toAbsolutePath().normalize();
        return broker.delayQueue(receiptKey(broker, data, secureRandom), ticker, secureRandom, blocking(stops));
    }

    /**
     * Read, or made, by the first that needs it: a start need not wait for a file that few use. What was a group's log goes on
     * with the group's.
     */
    private static Supplier<byte[]> receiptKey(Broker broker, Path data, RandomGenerator secureRandom) {
        return new Supplier<>() {
            private byte[] key = {};

            @Override
            public synchronized byte[] get() {
                if (key.length == 0) {
                    byte[] ofGroup = broker.members().key();
                    key = ofGroup == null ? KeyFile.ofReceipts(data, secureRandom) : ofGroup;
                }
                return key;
            }
        };
    }
}
