package io.carillon.delayqueue;

import io.carillon.base.CarillonException.BadConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * The connections to Redis, one server or a cluster. Any thread may call; all methods wait for the store, and throw {@link
 * StoreFailure} when it does not answer.
 */
final class Redis implements AutoCloseable {
    /** A script to be called on a bucket. */
    record Call(Script script, int bucket, List<byte[]> arguments) {
        /** The same of each of these buckets. */
        static List<Call> each(Collection<Integer> buckets, Script script, List<byte[]> arguments) {
            return buckets.stream()
                    .map(bucket -> new Call(script, bucket, arguments))
                    .toList();
        }
    }

    private static final byte[] NODES = bytes("{dq:nodes}");
    private static final Pattern VERSION = Pattern.compile("redis_version:(\\d{1,4})\\.(\\d{1,4})");

    private final RedisConfig config;
    private final SslOptions tls;
    private final StoreTimes times;
    private final AtomicInteger subscribed = new AtomicInteger();
    private volatile @Nullable UnifiedJedis client;
    private volatile boolean isClosed;

    /**
     * Asks nothing yet.
     *
     * @throws io.carillon.base.CarillonException.BadConfig when the address or the certificates are none
     */
    Redis(RedisConfig config, StoreTls given, StoreTimes times) {
        this.config = config;
        this.times = times;
        config.check();
        tls = RedisTls.by(given);
    }

    /** A cluster must answer before there can be a client of it, so one is made when it is asked, again and again. */
    private UnifiedJedis client() {
        UnifiedJedis made = client;
        return made == null ? makeClient() : made;
    }

    private synchronized UnifiedJedis makeClient() {
        UnifiedJedis made = client;
        if (made == null) {
            if (isClosed) {
                throw new JedisException("the client is closed");
            }
            made = config.isCluster() ? cluster() : single();
            client = made;
        }
        return made;
    }

    private DefaultJedisClientConfig.Builder settings() {
        DefaultJedisClientConfig.Builder settings = DefaultJedisClientConfig.builder()
                .clientName("carillon-delayqueue")
                .connectionTimeoutMillis((int) config.timeout().toMillis())
                .socketTimeoutMillis((int) config.timeout().toMillis())
                // That of a subscription, which has no end by itself.
                .blockingSocketTimeoutMillis(
                        (int) (News.ASK_EVERY_MS + config.timeout().toMillis()));
        if (config.isTls()) {
            settings.sslOptions(tls);
        }
        if (!config.user().isEmpty()) {
            settings.user(config.user());
        }
        if (!config.password().isEmpty()) {
            settings.password(config.password().reveal());
        }
        return settings;
    }

    private ConnectionPoolConfig pool() {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(config.connections());
        pool.setMaxIdle(config.connections());
        pool.setJmxEnabled(false);
        pool.setMaxWait(config.timeout());
        return pool;
    }

    private UnifiedJedis cluster() {
        return RedisClusterClient.builder()
                .nodes(config.nodes())
                .clientConfig(settings().build())
                .poolConfig(pool())
                .maxTotalRetriesDuration(config.timeout())
                .build();
    }

    private UnifiedJedis single() {
        return RedisClient.builder()
                .hostAndPort(config.nodes().iterator().next())
                .clientConfig(settings().database(config.database()).build())
                .poolConfig(pool())
                .build();
    }

    /**
     * Asks it whether it lets us in, once, at a start.
     *
     * @return what should be mended although it works; empty when nothing
     * @throws io.carillon.base.CarillonException.BadConfig when it answers, but not us
     * @throws StoreFailure when it does not answer
     */
    String greet() {
        try {
            timed("ping", () -> client().ping());
            checkVersion((String) timed("info", this::aboutServer));
            if (config.isCluster()) {
                return "";
            }
            checkNoCluster((String) timed("info", () -> client().info("cluster")));
            return faultOfMemory((String) timed("info", () -> client().info("memory")));
        } catch (StoreFailure failure) {
            throw faultOf(failure);
        }
    }

    /** Of a cluster what one of its nodes says. */
    private String aboutServer() {
        if (!config.isCluster()) {
            return client().info("server");
        }
        for (HostAndPort node : config.nodes()) {
            try (Jedis one = new Jedis(node, settings().build())) {
                return one.info("server");
            } catch (JedisException _) {
                // Another one answers: the cluster did.
            }
        }
        return "";
    }

    private static void checkVersion(String info) {
        Matcher version = VERSION.matcher(info);
        if (version.find() && isOld(Integer.parseInt(version.group(1)), Integer.parseInt(version.group(2)))) {
            throw new BadConfig("Redis is of version " + version.group(1) + "." + version.group(2)
                    + ", which is too old: 6.2 is the least");
        }
    }

    static boolean isOld(int major, int minor) {
        return major < 6 || (major == 6 && minor < 2);
    }

    private static RuntimeException faultOf(StoreFailure failure) {
        String why = failure.reason();
        if (why.contains("WRONGPASS") || why.contains("NOAUTH") || why.contains("ERR AUTH")) {
            return new BadConfig("Redis does not let us in: " + why + "; correct redis.user and redis.password");
        }
        if (why.contains("DB index is out of range")) {
            return new BadConfig("Redis has no such database: correct the number at the end of redis.url");
        }
        return why.contains("cluster support disabled")
                ? new BadConfig("this Redis is no cluster: write redis:// or rediss:// in redis.url")
                : failure;
    }

    private static void checkNoCluster(String info) {
        if (info.contains("cluster_enabled:1")) {
            throw new BadConfig(
                    "this Redis is a cluster: write redis+cluster://, or rediss+cluster://, and some of its nodes"
                            + " in redis.url");
        }
    }

    private static String faultOfMemory(String info) {
        boolean mayEvict = info.contains("maxmemory_policy:") && !info.contains("maxmemory_policy:noeviction");
        return mayEvict && !info.contains("maxmemory:0\r")
                ? "Redis may evict keys, which makes messages late: set its maxmemory-policy to noeviction"
                : "";
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] bytes(long number) {
        return bytes(Long.toString(number));
    }

    /** The tag that all keys of a bucket begin with. */
    static byte[] tag(int bucket) {
        return bytes("{dq:" + bucket + "}");
    }

    /** Calls one script. */
    Object call(Script script, int bucket, List<byte[]> arguments) {
        return call(script, tag(bucket), arguments);
    }

    /** Calls the script that keeps the list of nodes, which has a place of its own. */
    Object callNodes(List<byte[]> arguments) {
        return call(Script.NODES, NODES, arguments);
    }

    private Object call(Script script, byte[] tag, List<byte[]> arguments) {
        return timed(script.name(), () -> {
            try {
                return client().evalsha(script.sha(), List.of(tag), arguments);
            } catch (JedisNoScriptException _) {
                return client().eval(script.text(), List.of(tag), arguments);
            }
        });
    }

    /** Calls many scripts in one round trip; the answers are in the order of the calls. Each call is a step by itself. */
    List<Object> callAll(List<Call> calls) {
        if (calls.isEmpty()) {
            return List.of();
        }
        if (calls.size() == 1) {
            Call only = calls.getFirst();
            return List.of(call(only.script(), only.bucket(), only.arguments()));
        }
        return config.isCluster() ? callEachBucket(calls) : callInPipeline(calls);
    }

    private List<Object> callInPipeline(List<Call> calls) {
        List<Response<Object>> responses = new ArrayList<>(calls.size());
        // All of it is one question: what is timed is the way there and back.
        timed(calls.getFirst().script().name(), () -> {
            try (AbstractPipeline pipeline = client().pipelined()) {
                for (Call call : calls) {
                    responses.add(pipeline.evalsha(call.script().sha(), List.of(tag(call.bucket())), call.arguments()));
                }
                pipeline.sync();
            }
            return List.of();
        });
        List<Object> answers = new ArrayList<>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            answers.add(answer(calls.get(i), responses.get(i)));
        }
        return answers;
    }

    /**
     * In a cluster the buckets are asked side by side, each by a thread of its own: the library's pipeline over several nodes
     * never ends when one of them goes while it is asked.
     */
    private List<Object> callEachBucket(List<Call> calls) {
        Map<Integer, List<Integer>> places = new LinkedHashMap<>();
        for (int i = 0; i < calls.size(); i++) {
            places.computeIfAbsent(calls.get(i).bucket(), _ -> new ArrayList<>())
                    .add(i);
        }
        Object[] answers = new Object[calls.size()];
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (List<Integer> ofBucket : places.values()) {
            Runnable asked = () -> ofBucket.forEach(i -> {
                Call call = calls.get(i);
                answers[i] = call(call.script(), call.bucket(), call.arguments());
            });
            all.add(CompletableFuture.runAsync(asked, work -> Thread.ofVirtual().start(work)));
        }
        join(all);
        return Arrays.asList(answers);
    }

    private static void join(List<CompletableFuture<Void>> all) {
        try {
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof StoreFailure ofStore) {
                throw ofStore;
            }
            throw failure;
        }
    }

    private Object answer(Call call, Response<Object> response) {
        return asking(call.script().name(), () -> {
            try {
                return response.get();
            } catch (JedisNoScriptException _) {
                return client().eval(call.script().text(), List.of(tag(call.bucket())), call.arguments());
            }
        });
    }

    /** What tells one start of the server from the next; in a cluster the same always. */
    String runId() {
        if (config.isCluster()) {
            return "cluster";
        }
        String info = (String) timed("info", () -> client().info("server"));
        int at = info.indexOf("run_id:");
        return at < 0
                ? "unknown"
                : info.substring(at + 7, info.indexOf('\n', at)).strip();
    }

    void publish(String channel, String text) {
        timed("publish", () -> client().publish(channel, text));
    }

    /**
     * Hears what is published until the connection breaks, the listener unsubscribes, or nothing was heard for longer than
     * {@link News#ASK_EVERY_MS} and the time in which Redis must answer.
     *
     * @param over told when the listener's connection may be used no more
     */
    void subscribe(BinaryJedisPubSub listener, Runnable over, String... channels) {
        byte[][] names = new byte[channels.length][];
        for (int i = 0; i < channels.length; i++) {
            names[i] = bytes(channels[i]);
        }
        asking("subscribe", () -> {
            try (Connection connection = ofOneNode()) {
                hear(connection, listener, over, names);
            }
            return "";
        });
    }

    /** What is published at one node of a cluster is heard at each; after one that says nothing the next is tried. */
    private Connection ofOneNode() {
        UnifiedJedis now = client();
        if (now instanceof RedisClient single) {
            return single.getPool().getResource();
        }
        List<ConnectionPool> nodes =
                List.copyOf(((RedisClusterClient) now).getClusterNodes().values());
        JedisException why = new JedisException("no node of the cluster is known");
        for (int i = 0; i < nodes.size(); i++) {
            try {
                return nodes.get(Math.floorMod(subscribed.getAndIncrement(), nodes.size()))
                        .getResource();
            } catch (JedisException failure) {
                why = failure;
            }
        }
        throw why;
    }

    private static void hear(Connection connection, BinaryJedisPubSub listener, Runnable over, byte[][] channels) {
        try {
            listener.proceed(connection, channels);
        } finally {
            // A word on a connection that is closed would open it again, for nobody.
            over.run();
            // Who is interrupted here leaves news unread in the connection: nobody may get it after that.
            connection.setBroken();
        }
    }

    /** How many connections are in use. */
    int inUse() {
        return client instanceof RedisClient single ? single.getPool().getNumActive() : -1;
    }

    private Object timed(String doing, Supplier<Object> question) {
        return times.timed(doing, () -> asking(doing, question));
    }

    private Object asking(String doing, Supplier<Object> question) {
        try {
            return question.get();
        } catch (JedisException failure) {
            throw times.failed(new StoreFailure(StoreFailure.Store.REDIS, doing, failure));
        } catch (ClassCastException | IllegalStateException torn) {
            // An interrupted exchange leaves the client's objects half read.
            throw times.failed(new StoreFailure(StoreFailure.Store.REDIS, doing, torn));
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        UnifiedJedis made = client;
        if (made != null) {
            made.close();
        }
    }
}
