package io.carillon.delayqueue;

import io.carillon.base.Secret;
import java.time.Duration;

/**
 * Redis 6.2 or newer, or Valkey.
 *
 * @param url {@code redis://host:port}, with TLS {@code rediss://host:port}; a cluster as {@code
 *     redis+cluster://host:port,host:port} or {@code rediss+cluster://...}
 * @param user for access lists; empty for the default user
 * @param password of that user; empty for none
 * @param connections how many connections at most
 * @param timeout how long to wait for an answer
 */
public record RedisConfig(String url, String user, Secret password, int connections, Duration timeout) {
    public RedisConfig {
        check(connections >= 4, "redis.connections must be at least 4");
    }

    boolean isCluster() {
        return url.startsWith("redis+cluster://") || url.startsWith("rediss+cluster://");
    }

    boolean isTls() {
        return url.startsWith("rediss");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
