package io.carillon.delayqueue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * The connections to Redis, one server or a cluster. Any thread may call; all methods wait for the store, and throw {@link
 * StoreFailure} when it does not answer.
 */
final class Redis implements AutoCloseable {
    /** A script to be called on a bucket. */
    record Call(Script script, int bucket, List<byte[]> arguments) {}

    private static final byte[] NODES = bytes("{dq:nodes}");

    private final UnifiedJedis client;
    private final boolean isCluster;

    Redis(RedisConfig config) {
        isCluster = config.isCluster();
        DefaultJedisClientConfig.Builder settings = DefaultJedisClientConfig.builder()
                .clientName("carillon-delayqueue")
                .connectionTimeoutMillis((int) config.timeout().toMillis())
                .socketTimeoutMillis((int) config.timeout().toMillis());
        if (config.isTls()) {
            settings.sslOptions(
                    SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL).build());
        }
        if (!config.user().isEmpty()) {
            settings.user(config.user());
        }
        if (!config.password().isEmpty()) {
            settings.password(config.password().reveal());
        }
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(config.connections());
        pool.setMaxIdle(config.connections());
        pool.setJmxEnabled(false);
        pool.setMaxWait(config.timeout());
        client = isCluster
                ? RedisClusterClient.builder()
                        .nodes(nodes(config.url()))
                        .clientConfig(settings.build())
                        .poolConfig(pool)
                        .build()
                : single(config.url(), settings, pool);
    }

    private static RedisClient single(
            String url, DefaultJedisClientConfig.Builder settings, ConnectionPoolConfig pool) {
        URI uri = URI.create(url);
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("not an address of Redis: write for example redis://127.0.0.1:6379");
        }
        if (uri.getPath() != null && uri.getPath().length() > 1) {
            settings.database(Integer.parseInt(uri.getPath().substring(1)));
        }
        return RedisClient.builder()
                .hostAndPort(new HostAndPort(uri.getHost(), uri.getPort() < 0 ? 6379 : uri.getPort()))
                .clientConfig(settings.build())
                .poolConfig(pool)
                .build();
    }

    private static Set<HostAndPort> nodes(String url) {
        Set<HostAndPort> nodes = new HashSet<>();
        for (String node : url.substring(url.indexOf("//") + 2).split(",", -1)) {
            nodes.add(HostAndPort.from(node));
        }
        return nodes;
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
        return asking(script.name(), () -> {
            try {
                return client.evalsha(script.sha(), List.of(tag), arguments);
            } catch (JedisNoScriptException _) {
                return client.eval(script.text(), List.of(tag), arguments);
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
        List<Response<Object>> responses = new ArrayList<>(calls.size());
        asking("pipeline", () -> {
            try (AbstractPipeline pipeline = client.pipelined()) {
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

    private Object answer(Call call, Response<Object> response) {
        return asking(call.script().name(), () -> {
            try {
                return response.get();
            } catch (JedisNoScriptException _) {
                return client.eval(call.script().text(), List.of(tag(call.bucket())), call.arguments());
            }
        });
    }

    /** What tells one start of the server from the next; in a cluster the same always. */
    String runId() {
        if (isCluster) {
            return "cluster";
        }
        String info = (String) asking("info", () -> client.info("server"));
        int at = info.indexOf("run_id:");
        return at < 0
                ? "unknown"
                : info.substring(at + 7, info.indexOf('\n', at)).strip();
    }

    void publish(String channel, String text) {
        asking("publish", () -> client.publish(channel, text));
    }

    /** Hears what is published until the connection breaks or the listener unsubscribes. */
    void subscribe(BinaryJedisPubSub listener, String... channels) {
        byte[][] names = new byte[channels.length][];
        for (int i = 0; i < channels.length; i++) {
            names[i] = bytes(channels[i]);
        }
        asking("subscribe", () -> {
            if (client instanceof RedisClient single) {
                try (Connection connection = single.getPool().getResource()) {
                    hear(connection, listener, names);
                }
            } else {
                client.subscribe(listener, names);
            }
            return "";
        });
    }

    private static void hear(Connection connection, BinaryJedisPubSub listener, byte[][] channels) {
        try {
            listener.proceed(connection, channels);
        } finally {
            // Who is interrupted here leaves news unread in the connection: nobody may get it after that.
            connection.setBroken();
        }
    }

    /** How many connections are in use. */
    int inUse() {
        return client instanceof RedisClient single ? single.getPool().getNumActive() : -1;
    }

    private static Object asking(String doing, java.util.function.Supplier<Object> question) {
        try {
            return question.get();
        } catch (JedisException failure) {
            throw new StoreFailure(StoreFailure.Store.REDIS, doing, failure);
        } catch (ClassCastException | IllegalStateException torn) {
            // An interrupted exchange leaves the client's objects half read.
            throw new StoreFailure(StoreFailure.Store.REDIS, doing, torn);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
