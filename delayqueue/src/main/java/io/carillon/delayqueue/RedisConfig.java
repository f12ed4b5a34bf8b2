package io.carillon.delayqueue;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.HostAndPort;

/**
 * Redis 6.2 or newer, or Valkey.
 *
 * @param url {@code redis://host:port}, with TLS {@code rediss://host:port}; a cluster as {@code
 *     redis+cluster://host:port,host:port} or {@code rediss+cluster://...}
 * @param user for access lists; empty for the default user
 * @param password of that user; empty for none
 * @param connections how many connections at most
 * @param timeout how long to wait for an answer
 * @param trust PEM file of the certificates that vouch for Redis where it is asked by TLS; when empty, those that Java trusts
 * @param certificate PEM file of the certificate that is shown to a Redis that asks who we are, and of those that lead from
 *     it to one that Redis trusts; empty for none
 * @param key PEM file of its private key, as PKCS#8 without a password
 */
public record RedisConfig(
        String url,
        String user,
        Secret password,
        int connections,
        Duration timeout,
        Path trust,
        Path certificate,
        Path key) {
    private static final int DEFAULT_PORT = 6379;
    private static final String NODE = "(?:[^/@,:\\[\\]\\s]+|\\[[0-9a-fA-F:.]+])(?::\\d{1,5})?";
    private static final Pattern SINGLE =
            Pattern.compile("rediss?://(?<nodes>" + NODE + ")(?:/(?<database>\\d{0,4}))?/?");
    private static final Pattern CLUSTER =
            Pattern.compile("rediss?\\+cluster://(?<nodes>" + NODE + "(?:," + NODE + ")*)/?");

    public RedisConfig {
        check(connections >= 4, "redis.connections must be at least 4");
    }

    boolean isCluster() {
        return url.startsWith("redis+cluster://") || url.startsWith("rediss+cluster://");
    }

    boolean isTls() {
        return url.startsWith("rediss");
    }

    /**
     * Where it is: one place, or some nodes of a cluster.
     *
     * @throws BadConfig when the address is none
     */
    Set<HostAndPort> nodes() {
        Set<HostAndPort> nodes = new LinkedHashSet<>();
        for (String node : read().group("nodes").split(",", -1)) {
            int colon = node.lastIndexOf(':');
            boolean hasPort = colon > node.lastIndexOf(']');
            String host = hasPort ? node.substring(0, colon) : node;
            nodes.add(new HostAndPort(host, hasPort ? Integer.parseInt(node.substring(colon + 1)) : DEFAULT_PORT));
        }
        return nodes;
    }

    /** Which of the databases of a single server. */
    int database() {
        String said = isCluster() ? null : read().group("database");
        return said == null || said.isEmpty() ? 0 : Integer.parseInt(said);
    }

    /** @throws BadConfig when the address is none */
    void check() {
        if (nodes().stream().anyMatch(node -> node.getPort() < 1 || node.getPort() > 65_535)) {
            throw new BadConfig("redis.url names a port that there cannot be: it is from 1 to 65535");
        }
        database();
        MysqlConfig.checkPair("redis", certificate, key);
        if (!certificate.toString().isEmpty() && !isTls()) {
            throw new BadConfig("redis.certificate is shown by TLS only: write rediss:// in redis.url");
        }
    }

    private Matcher read() {
        Matcher matcher = (isCluster() ? CLUSTER : SINGLE).matcher(url);
        if (matcher.matches()) {
            return matcher;
        }
        // What may hold a password is not repeated.
        throw new BadConfig(
                url.contains("@")
                        ? "redis.url names a user before the host: set redis.user and redis.password, from a file or the"
                                + " environment, and leave them out of the address"
                        : "redis.url is no address of Redis: '" + url
                                + "'; write for example redis://127.0.0.1:6379, with"
                                + " TLS rediss://redis.example:6380, or redis+cluster://127.0.0.1:7001,127.0.0.1:7002");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
